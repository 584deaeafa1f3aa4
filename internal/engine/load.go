package engine

import (
	"context"
	"io"

	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/jsonmessage"
)

// Load streams an archive in. When the archive's reader fails, its error is the
// one to return: what the engine says then is only that the upload broke off.
func (s Images) Load(ctx context.Context, archive io.Reader) error {
	source := &sourceReader{reader: archive}
	response, err := s.cli.ImageLoad(ctx, source, client.ImageLoadWithQuiet(true))
	if err == nil {
		err = drain(response.Body, func(jsonmessage.JSONMessage) {})
		_ = response.Body.Close()
	}
	switch {
	case source.err != nil:
		return source.err
	case err != nil:
		return s.fail(opLoad, "", err)
	}
	return nil
}

// sourceReader remembers why reading ended.
type sourceReader struct {
	reader io.Reader
	err    error
}

func (r *sourceReader) Read(p []byte) (int, error) {
	n, err := r.reader.Read(p)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}
