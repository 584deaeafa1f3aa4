package tarfile

import (
	"fmt"
	"io"
	"os"

	"github.com/dockerhv/dockerhv"
)

// spool is a file for content whose size must be known before it is sent. It has
// no name where the system allows that, so that nothing is left of it however this
// process ends.
type spool struct {
	file *os.File
	name string // to be removed; empty if that was done
	size int64
}

// newSpool makes a spool in a directory; empty is the system's own.
func newSpool(dir string) (*spool, error) {
	file, err := os.CreateTemp(dir, "dockerhv-layer-")
	if err != nil {
		return nil, spoolError(err)
	}
	s := &spool{file: file, name: file.Name()}
	if os.Remove(s.name) == nil {
		s.name = ""
	}
	return s, nil
}

func (s *spool) Write(p []byte) (int, error) {
	n, err := s.file.Write(p)
	s.size += int64(n)
	if err != nil {
		err = spoolError(err)
	}
	return n, err
}

// content returns all that was written, from its beginning.
func (s *spool) content() (io.Reader, int64, error) {
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return nil, 0, spoolError(err)
	}
	return s.file, s.size, nil
}

func (s *spool) close() {
	_ = s.file.Close()
	if s.name != "" {
		_ = os.Remove(s.name)
	}
}

func spoolError(err error) error {
	return &dockerhv.Error{
		Class: dockerhv.ErrFailed, Err: fmt.Errorf("keep a layer: %w", err),
		Next: "give a temporary directory with room for the template's largest layer",
	}
}
