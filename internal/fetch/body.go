package fetch

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/dockerhv/dockerhv/template"
)

// Body is the content of a download. It is not safe for concurrent use, but Close
// may be called while a Read is under way, and ends it.
type Body struct {
	// Size is the number of bytes that the server announced; -1 if it did not.
	Size int64

	content io.Reader
	close   func() error
	fail    func(error) error
	err     error
}

// newBody layers the checks over an answer's body: each byte is counted before it
// is hashed, and what is too long or too short never gets to be compared.
func newBody(
	ctx context.Context, cancel context.CancelFunc, d download, response *http.Response, sum template.Checksum,
) *Body {
	counted := &counter{reader: response.Body, limit: d.policy.MaxBytes, want: response.ContentLength}
	return &Body{
		Size:    response.ContentLength,
		content: Verify(counted, sum),
		fail:    func(err error) error { return d.fail(ctx, err) },
		close: func() error {
			cancel()
			return response.Body.Close()
		},
	}
}

// Read reads the file. The Read that reaches its end returns io.EOF only if the
// file is whole and has the checksum; otherwise, and where the download breaks
// off, it returns a *dockerhv.Error. A *template.ChecksumError, a *TooLargeError
// or a *TruncatedError is found in it with errors.As.
func (b *Body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.content.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = b.fail(err)
	}
	b.err = err
	return n, err
}

// Close ends the download and its connection. Closing twice is harmless.
func (b *Body) Close() error { return b.close() }

// counter bounds a body and tells when it ends too early.
type counter struct {
	reader io.Reader
	limit  int64
	want   int64 // -1 is unknown
	got    int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.reader.Read(p)
	c.got += int64(n)
	switch {
	case c.got > c.limit:
		return 0, &TooLargeError{Limit: c.limit}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return n, &TruncatedError{Got: c.got, Want: c.want}
	}
	return n, err
}
