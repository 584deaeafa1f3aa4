package engine

import (
	"context"
	"errors"
	"io"
	"regexp"

	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/jsonmessage"
)

// Load streams an archive in. When the archive's reader fails, its error is the
// one to return: what the engine says then is only that the upload broke off.
func (s Images) Load(ctx context.Context, archive io.Reader) error {
	source := &sourceReader{reader: archive}
	var broken []brokenImage
	response, err := s.cli.ImageLoad(ctx, source, client.ImageLoadWithQuiet(true))
	if err == nil {
		err = drain(response.Body, func(m jsonmessage.JSONMessage) {
			if match := unpackFailure.FindStringSubmatch(m.Stream); match != nil {
				broken = append(broken, brokenImage{name: match[1], cause: errors.New(match[2])})
			}
		})
		_ = response.Body.Close()
	}
	switch {
	case source.err != nil:
		return source.err
	case err != nil:
		return s.fail(opLoad, "", err)
	case broken != nil:
		return s.dropBroken(ctx, broken)
	}
	return nil
}

// unpackFailure is how containerd's image store says that an image is not good. It
// is no error to the engine, which has registered the image already and finds the
// same again whenever something is to be created from it.
var unpackFailure = regexp.MustCompile(`^Error unpacking image (\S+): (.*)`)

// brokenImage is one that can't be unpacked.
type brokenImage struct {
	name  string
	cause error
}

// dropBroken takes back what can't be unpacked, and says why the first can't.
func (s Images) dropBroken(ctx context.Context, broken []brokenImage) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeBackTimeout)
	defer cancel()
	err := s.fail(opLoad, "", broken[0].cause)
	for _, b := range broken {
		if left := s.Remove(ctx, b.name); left != nil {
			err = errors.Join(err, left)
		}
	}
	return err
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
