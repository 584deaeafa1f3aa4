package tarfile

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/therootcompany/xz"
)

const (
	inputBuffer = 64 << 10
	// maxWindow bounds the memory that compressed content may ask for: what `xz -9`
	// and `zstd --long=26` do.
	maxWindow = 64 << 20
)

// compression is how content is compressed.
type compression int

const (
	uncompressed compression = iota
	byGzip
	byBzip2
	byXz
	byZstd
)

// magicLength is how much of content tells its compression.
const magicLength = 6

// compressionOf tells it by the content's first bytes.
func compressionOf(head []byte) compression {
	for magic, c := range map[string]compression{
		"\x1f\x8b": byGzip, "BZh": byBzip2, "\xfd7zXZ\x00": byXz, "\x28\xb5\x2f\xfd": byZstd,
	} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return c
		}
	}
	if isSkippable(head) {
		return byZstd
	}
	return uncompressed
}

// isSkippable tells whether a zstd file begins with a frame of metadata.
func isSkippable(head []byte) bool {
	return len(head) >= 4 && head[0]&0xf0 == 0x50 && string(head[1:4]) == "\x2a\x4d\x18"
}

// plain is decompressed content.
type plain struct {
	*bufio.Reader
	close func()
}

// decompress returns the content of an input.
func decompress(in io.Reader, count *meter) (plain, error) {
	packed := bufio.NewReaderSize(in, inputBuffer)
	head, err := packed.Peek(magicLength)
	if len(head) == 0 && errors.Is(err, io.EOF) {
		return plain{}, invalid(giveArchive, "it is empty")
	}
	if err := refuseFormat(head); err != nil {
		return plain{}, err
	}
	return unpack(packed, count)
}

// refuseFormat names what is often given in place of a tar archive.
func refuseFormat(head []byte) error {
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
		if bytes.HasPrefix(head, []byte(magic)) {
			return unsupported("give a tar archive, plain or in gzip, bzip2, zstd or xz", "it is %s", name)
		}
	}
	return nil
}

// unpack decompresses content, which must not be compressed once more.
func unpack(in *bufio.Reader, count *meter) (plain, error) {
	head, _ := in.Peek(magicLength)
	r, done, err := newDecompressor(in, compressionOf(head))
	if err != nil {
		return plain{}, err
	}
	out := plain{Reader: bufio.NewReaderSize(&metered{r, count}, inputBuffer), close: done}
	head, err = out.Peek(magicLength)
	switch {
	case compressionOf(head) != uncompressed:
		err = refuse("it is compressed twice")
	case errors.Is(err, io.EOF):
		err = nil // for whoever reads it to see
	}
	if err != nil {
		done()
	}
	return out, err
}

func newDecompressor(in *bufio.Reader, by compression) (r io.Reader, done func(), err error) {
	done = func() {}
	switch by {
	case byGzip:
		r, err = gzip.NewReader(in)
	case byBzip2:
		r = bzip2.NewReader(in)
	case byXz:
		r, err = xz.NewReader(in, maxWindow)
	case byZstd:
		// On the reader's own goroutine: a decoder with others would read the input,
		// and with it report progress, beside the one who installs.
		var decoder *zstd.Decoder
		decoder, err = zstd.NewReader(in, zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err == nil {
			r, done = decoder, decoder.Close
		}
	case uncompressed:
		r = in
	}
	return r, done, err
}
