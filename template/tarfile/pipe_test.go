package tarfile

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
	"testing/synctest"
)

// TestPipe brings all of it through, in pieces of any size on either side.
func TestPipe(t *testing.T) {
	content := make([]byte, 5*ahead+123)
	random := rand.NewChaCha8([32]byte{})
	_, _ = random.Read(content)
	sizes := rand.New(random)
	for name, slow := range map[string]func(io.Reader) io.Reader{
		"as it comes": func(r io.Reader) io.Reader { return r }, "by halves": iotest.HalfReader,
	} {
		p := newPipe()
		go func() {
			for rest := content; len(rest) > 0; {
				n := min(len(rest), 1+sizes.IntN(2*ahead))
				if _, err := p.Write(rest[:n]); err != nil {
					t.Error(err)
				}
				rest = rest[n:]
			}
			p.finish(io.EOF)
			p.finish(errors.New("too late"))
		}()
		got, err := io.ReadAll(slow(p))
		if err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: %d bytes of %d, %v", name, len(got), len(content), err)
		}
	}
}

func TestPipeEnds(t *testing.T) {
	lost := errors.New("connection reset")
	for name, test := range map[string]struct {
		fill  int
		end   func(p *pipe)
		read  error
		write error
	}{
		"a bad end overtakes": {ahead, func(p *pipe) { p.finish(lost) }, lost, io.ErrClosedPipe},
		"a bad end, empty":    {0, func(p *pipe) { p.finish(lost) }, lost, io.ErrClosedPipe},
		"a good end, empty":   {0, func(p *pipe) { p.finish(io.EOF) }, io.EOF, io.ErrClosedPipe},
		"a reader gone":       {ahead, func(p *pipe) { p.leave(lost) }, io.ErrClosedPipe, lost},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPipe()
				_, _ = p.Write(make([]byte, test.fill))
				results := make(chan error, 1)
				go func() { // it waits: for content, or for room
					var err error
					if test.fill == 0 {
						_, err = p.Read(make([]byte, 1))
					} else {
						_, err = p.Write([]byte("x"))
					}
					results <- err
				}()
				synctest.Wait()
				test.end(p)
				_, readErr := p.Read(make([]byte, 1))
				_, writeErr := p.Write([]byte("x"))
				if waited := <-results; !errors.Is(waited, test.read) && !errors.Is(waited, test.write) {
					t.Errorf("who waited got %v", waited)
				}
				if !errors.Is(readErr, test.read) || !errors.Is(writeErr, test.write) {
					t.Errorf("read %v, wrote %v; want %v, %v", readErr, writeErr, test.read, test.write)
				}
			})
		})
	}
}
