package tarfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/internal/fetch"
	"github.com/dockerhv/dockerhv/template"
)

// input is the archive as it is stored: compressed, verified as it is read, and
// counted for the progress. It remembers why it ended.
type input struct {
	reader   io.Reader
	closer   io.Closer
	alive    func() error
	progress *reporter
	n        int64
	ended    bool
	err      error // why reading failed
}

// open opens the archive where the source says it is.
func (s Source) open(ctx context.Context, progress *reporter) (*input, error) {
	in := &input{alive: func() error { return context.Cause(ctx) }, progress: progress}
	var err error
	switch {
	case s.URL != "":
		err = in.download(ctx, s)
	case s.Path != "":
		err = in.openFile(s.Path)
	default:
		err = in.openReader(ctx, s.Reader)
	}
	if err != nil {
		return nil, err
	}
	in.reader = fetch.Verify(in.reader, s.Checksum)
	progress.count(0)
	return in, nil
}

func (in *input) download(ctx context.Context, s Source) error {
	if s.Download.MaxBytes <= 0 {
		s.Download.MaxBytes = DefaultMaxBytes
	}
	body, err := fetch.Get(ctx, s.URL, s.Download, template.Checksum{}) // open verifies any input
	if err != nil {
		return err
	}
	in.reader, in.closer = body, body
	in.progress.total = max(body.Size, 0)
	return nil
}

func (in *input) openFile(name string) error {
	file, size, err := openFile(name)
	in.reader, in.closer = file, file
	in.progress.total = size
	return err
}

func openFile(name string) (*os.File, int64, error) {
	// Only a regular file: opening a pipe would wait for its writer.
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		return nil, 0, invalid("give the path of an archive", "it is not a file")
	}
	var file *os.File
	if err == nil {
		file, err = os.Open(name)
	}
	if err != nil {
		return nil, 0, fileError(err)
	}
	return file, info.Size(), nil
}

func (in *input) openReader(ctx context.Context, open func(context.Context) (io.ReadCloser, error)) error {
	r, err := open(ctx)
	if err == nil && r == nil {
		err = &dockerhv.FieldError{Field: "reader", Reason: "returned nothing"}
	}
	in.reader, in.closer = r, r
	return err
}

// fileError gives the error of opening a file its class.
func fileError(err error) error {
	class := dockerhv.ErrFailed
	switch {
	case errors.Is(err, fs.ErrNotExist):
		class = dockerhv.ErrNotFound
	case errors.Is(err, fs.ErrPermission):
		class = dockerhv.ErrDenied
	}
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		err = at.Err // the error's ID is the path
	}
	return &dockerhv.Error{Class: class, Err: err, Next: "check the path"}
}

// Read reads the stored bytes, while the context lives.
func (in *input) Read(p []byte) (int, error) {
	switch {
	case in.ended:
		return 0, io.EOF
	case in.err == nil:
		in.err = in.alive()
	}
	if in.err != nil {
		return 0, in.err
	}
	n, err := in.reader.Read(p)
	in.n += int64(n)
	switch {
	case errors.Is(err, io.EOF):
		in.ended = true
		in.progress.finish(in.n)
		return n, io.EOF
	case err != nil:
		in.err = readError(err)
		return n, in.err
	}
	in.progress.count(in.n)
	return n, nil
}

// readError says what to do about an error that brings only its class, or nothing.
func readError(err error) error {
	_, ours := errors.AsType[*dockerhv.Error](err)
	_, wrong := errors.AsType[*template.ChecksumError](err)
	switch {
	case ours:
		return err
	case wrong:
		return &dockerhv.Error{Err: err, Next: "check the archive and the checksum that it was registered with"}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return corrupt(err)
	}
	return fmt.Errorf("reading it: %w", err)
}

func (in *input) close() { _ = in.closer.Close() }

// item names the source in progress and errors: its file's name.
func (s Source) item() string {
	switch {
	case s.Path != "":
		return filepath.Base(s.Path)
	case s.URL != "":
		u, err := url.Parse(s.URL)
		if err != nil || u.Path == "" || u.Path == "/" {
			return fetch.Redact(s.URL)
		}
		return path.Base(u.EscapedPath())
	}
	return "archive"
}

// phase is what reading the input is called.
func (s Source) phase() template.Phase {
	if s.URL != "" {
		return template.Downloading
	}
	return template.Loading
}
