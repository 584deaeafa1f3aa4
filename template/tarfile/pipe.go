package tarfile

import (
	"io"
	"sync"
)

// ahead is how far the reading of an archive may be ahead of its sending. It lets
// both go on at the same time, and with few turns between them.
const ahead = 1 << 20

// pipe is an io.Pipe with room. A cause of its end other than io.EOF overtakes what
// is still in it: what was not verified must not be read to a good end.
type pipe struct {
	mu     sync.Mutex
	turn   sync.Cond
	buffer []byte
	start  int   // of what is in the buffer
	n      int   // and how much that is
	end    error // for the reader; nil while more may come
	gone   error // for the writer; nil while the reader is there
}

func newPipe() *pipe {
	p := &pipe{buffer: make([]byte, ahead)}
	p.turn.L = &p.mu
	return p
}

// Write waits for room. It fails when the pipe was closed, by either side.
func (p *pipe) Write(content []byte) (written int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(content) > 0 {
		for p.n == len(p.buffer) && p.gone == nil && p.end == nil {
			p.turn.Wait()
		}
		switch {
		case p.gone != nil:
			return written, p.gone
		case p.end != nil:
			return written, io.ErrClosedPipe
		}
		at := (p.start + p.n) % len(p.buffer)
		n := copy(p.buffer[at:min(len(p.buffer), at+len(p.buffer)-p.n)], content)
		content, written = content[n:], written+n
		if p.n += n; p.n == n {
			p.turn.Broadcast()
		}
	}
	return written, nil
}

// Read waits for content.
func (p *pipe) Read(to []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.n == 0 && p.end == nil && p.gone == nil {
		p.turn.Wait()
	}
	switch {
	case p.gone != nil:
		return 0, io.ErrClosedPipe
	case p.end != nil && (p.n == 0 || p.end != io.EOF): //nolint:errorlint // it is as it was given
		return 0, p.end
	}
	n := copy(to, p.buffer[p.start:min(p.start+p.n, len(p.buffer))])
	before := p.n
	p.start, p.n = (p.start+n)%len(p.buffer), p.n-n
	if half := len(p.buffer) / 2; before > half && p.n <= half {
		p.turn.Broadcast()
	}
	return n, nil
}

// finish is the writer's end: io.EOF is a good one. Only the first counts.
func (p *pipe) finish(cause error) { p.set(&p.end, cause) }

// leave is the reader's, and what the writer is told.
func (p *pipe) leave(cause error) { p.set(&p.gone, cause) }

// unread is how much is left in it.
func (p *pipe) unread() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.n
}

func (p *pipe) set(end *error, cause error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if *end == nil {
		*end = cause
	}
	p.turn.Broadcast()
}
