package tarfile

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/therootcompany/xz"

	"github.com/dockerhv/dockerhv"
)

const (
	inputBuffer = 64 << 10
	// maxWindow bounds the memory that a compressed archive may ask for: what
	// `xz -9` and `zstd --long=26` do.
	maxWindow = 64 << 20
)

// plain is the decompressed archive.
type plain struct {
	io.Reader
	close func()
}

// decompress looks at the first bytes of the input and returns its content.
func decompress(in io.Reader) (plain, error) {
	buffered := bufio.NewReaderSize(in, inputBuffer)
	head, err := buffered.Peek(6)
	if len(head) == 0 && errors.Is(err, io.EOF) {
		return plain{}, invalid("give a docker-archive, as docker save writes it", "it is empty")
	}
	out := plain{Reader: buffered, close: func() {}}
	is := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case is("\x1f\x8b"):
		out.Reader, err = gzip.NewReader(buffered)
	case is("BZh"):
		out.Reader, err = bzip2.NewReader(buffered), nil
	case is("\xfd7zXZ\x00"):
		out.Reader, err = xz.NewReader(buffered, maxWindow)
	case is("\x28\xb5\x2f\xfd"), isSkippable(head):
		out, err = newZstd(buffered)
	default:
		err = refuseFormat(is)
	}
	if err != nil {
		return plain{}, corrupt(err)
	}
	return out, nil
}

// newZstd decompresses on the reader's own goroutine: a decoder with others would
// read the input, and with it report progress, beside the one who installs.
func newZstd(r io.Reader) (plain, error) {
	decoder, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return plain{}, err
	}
	return plain{Reader: decoder, close: decoder.Close}, nil
}

// isSkippable tells whether a zstd file begins with a frame of metadata.
func isSkippable(head []byte) bool {
	return len(head) >= 4 && head[0]&0xf0 == 0x50 && string(head[1:4]) == "\x2a\x4d\x18"
}

// refuseFormat names what is often given in place of a tar archive.
func refuseFormat(is func(magic string) bool) error {
	for magic, name := range map[string]string{
		"\x04\x22\x4d\x18": "compressed with lz4",
		"LZIP":             "compressed with lzip",
		"\x1f\x9d":         "compressed with compress",
		"\x89LZO":          "compressed with lzop",
		"PK\x03\x04":       "a zip archive",
		"7z\xbc\xaf\x27":   "a 7z archive",
		"QFI\xfb":          "a qcow2 disk",
		"<!DOC":            "a web page",
		"<!doc":            "a web page",
		"<html":            "a web page",
	} {
		if is(magic) {
			return unsupported("give a docker-archive, plain or in gzip, bzip2, zstd or xz", "it is %s", name)
		}
	}
	return nil
}

// corrupt makes the module's error of what a decompressor or the tar reader says,
// and leaves one that has its class as it is.
func corrupt(err error) error {
	_, ours := errors.AsType[*dockerhv.Error](err)
	r, refused := errors.AsType[*refusal](err)
	switch {
	case ours:
		return err
	case refused:
		return &dockerhv.Error{Class: r.class, Err: r, Next: r.next}
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded),
		errors.Is(err, xz.ErrMemlimit):
		return invalid("compress it with a smaller window", "its window is larger than %d bytes", maxWindow)
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("it is truncated: %w", err)
	default:
		err = fmt.Errorf("it is corrupt: %w", err)
	}
	return &dockerhv.Error{Class: dockerhv.ErrIntegrity, Err: err, Next: "get the archive again"}
}
