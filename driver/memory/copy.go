package memory

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"io"

	"github.com/dockerhv/dockerhv"
)

// CopyIn unpacks a tar archive, plain or gzip, into a folder of the instance. One
// that breaks off changes nothing.
func (d *Driver) CopyIn(ctx context.Context, id, folder string, archive io.Reader) error {
	return d.call(ctx, "copy into instance", id, func() error {
		in := func(put func(*instance) error) error {
			return d.on(id, func(i *instance) error {
				if !i.files.isFolder(absolute(folder)) {
					return notThere(folder)
				}
				return put(i)
			})
		}
		if err := in(func(*instance) error { return nil }); err != nil {
			return err
		}
		files, err := read(archive)
		if err != nil {
			return err
		}
		return in(func(i *instance) error {
			i.files.put(absolute(folder), files)
			return nil
		})
	})
}

// read unpacks an archive that may be compressed.
func read(archive io.Reader) (tree, error) {
	buffered := bufio.NewReader(archive)
	if magic, _ := buffered.Peek(2); !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return unpack(buffered)
	}
	plain, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, refuse(dockerhv.ErrIntegrity, "send it again", "the archive is damaged: %w", err)
	}
	return unpack(plain)
}

// CopyOut returns a file or folder of the instance as a tar archive.
func (d *Driver) CopyOut(ctx context.Context, id, path string) (out io.ReadCloser, err error) {
	err = d.call(ctx, "copy out of instance", id, func() error {
		return d.on(id, func(i *instance) error {
			if _, ok := (*i.files)[absolute(path)]; !ok {
				return notThere(path)
			}
			var archive bytes.Buffer
			if err := i.files.pack(absolute(path), &archive); err != nil {
				return err
			}
			out = io.NopCloser(&archive)
			return nil
		})
	})
	return out, err
}
