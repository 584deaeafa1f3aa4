package tarfile

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/dockerhv/dockerhv/internal/compression"
)

const inputBuffer = 64 << 10

// plain is decompressed content.
type plain struct {
	*bufio.Reader
	close func()
}

// decompress returns the content of an input.
func decompress(in io.Reader, count *meter) (plain, error) {
	packed := bufio.NewReaderSize(in, inputBuffer)
	head, err := packed.Peek(compression.MagicLength)
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
	head, _ := in.Peek(compression.MagicLength)
	r, done, err := compression.NewReader(in, compression.Of(head))
	if err != nil {
		return plain{}, err
	}
	out := plain{Reader: bufio.NewReaderSize(&metered{r, count}, inputBuffer), close: done}
	head, err = out.Peek(compression.MagicLength)
	switch {
	case compression.Of(head) != compression.None:
		err = refuse("it is compressed twice")
	case errors.Is(err, io.EOF):
		err = nil // for whoever reads it to see
	}
	if err != nil {
		done()
	}
	return out, err
}
