package dockerfile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/internal/fetch"
	"github.com/dockerhv/dockerhv/template"
)

// defaultFile is the Dockerfile's usual name.
const defaultFile = "Dockerfile"

// locate fills in where the Dockerfile is, from what a cloud calls its URL.
func (s *Source) locate(where string, allowLocal bool) error {
	if strings.Contains(where, "://") && !strings.HasPrefix(where, "file://") {
		s.URL = where
		return nil
	}
	if !allowLocal {
		return &dockerhv.FieldError{Field: "url", Reason: "is a local path; use an http or https URL"}
	}
	path := strings.TrimPrefix(where, "file://")
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return &dockerhv.Error{Op: "open Dockerfile", ID: path, Class: classOf(err), Err: cause(err), Next: "check the path"}
	case info.IsDir():
		s.Dir = path
	default:
		s.Dir, s.File = filepath.Split(path)
		if s.Dir == "" {
			s.Dir = "."
		}
	}
	return nil
}

// read returns the Dockerfile's text, whose checksum is right.
func (s Source) read(ctx context.Context) ([]byte, error) {
	download := s.Download
	if download.MaxBytes == 0 {
		download.MaxBytes = maxDockerfile
	}
	switch {
	case s.URL != "":
		return s.download(ctx, download)
	case s.Dir != "":
		return s.readFile(download.MaxBytes)
	}
	return []byte(s.Text), s.verify([]byte(s.Text))
}

func (s Source) download(ctx context.Context, policy template.Download) ([]byte, error) {
	body, err := fetch.Get(ctx, s.URL, policy, s.Checksum)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(body)
}

// readFile reads the file in the context's folder, and nowhere else.
func (s Source) readFile(limit int64) ([]byte, error) {
	file, err := os.OpenInRoot(s.Dir, s.file())
	if err != nil {
		return nil, s.fail(classOf(err), cause(err), fmt.Sprintf("put a Dockerfile into %s or name it", s.Dir))
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, s.fail(classOf(err), cause(err), "check the file")
	}
	if int64(len(text)) > limit {
		return nil, s.fail(dockerhv.ErrInvalid, fmt.Errorf("it has more than %d bytes", limit), "raise Download.MaxBytes")
	}
	return text, s.verify(text)
}

func (s Source) verify(text []byte) error {
	sum := sha256.Sum256(text)
	got := template.Checksum{Hex: hex.EncodeToString(sum[:])}
	if s.Checksum == (template.Checksum{}) || got == s.Checksum {
		return nil
	}
	return s.fail(nil, &template.ChecksumError{Want: s.Checksum, Got: got}, "register the template again with its new checksum")
}

func (s Source) file() string {
	if s.File == "" {
		return defaultFile
	}
	return s.File
}

// classOf translates what the file system says.
func classOf(err error) error {
	switch {
	case errors.Is(err, os.ErrNotExist):
		return dockerhv.ErrNotFound
	case errors.Is(err, os.ErrPermission):
		return dockerhv.ErrDenied
	}
	return dockerhv.ErrInvalid
}

// cause is the error without the path, which the module's error names itself.
func cause(err error) error {
	if path, ok := errors.AsType[*os.PathError](err); ok {
		return path.Err
	}
	return err
}
