// Package compression tells by its first bytes how content is compressed, and
// decompresses it in bounded memory.
package compression

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

// MaxWindow bounds the memory that compressed content may ask for: what `xz -9`
// and `zstd --long=26` do.
const MaxWindow = 64 << 20

// Kind is how content is compressed.
type Kind int

// The kinds.
const (
	None Kind = iota
	Gzip
	Bzip2
	Xz
	Zstd
)

// MagicLength is how much of content tells its kind.
const MagicLength = 6

// Of tells the kind by the content's first bytes.
func Of(head []byte) Kind {
	for magic, kind := range map[string]Kind{
		"\x1f\x8b": Gzip, "BZh": Bzip2, "\xfd7zXZ\x00": Xz, "\x28\xb5\x2f\xfd": Zstd,
	} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return kind
		}
	}
	if isSkippable(head) {
		return Zstd
	}
	return None
}

// isSkippable tells whether a zstd file begins with a frame of metadata.
func isSkippable(head []byte) bool {
	return len(head) >= 4 && head[0]&0xf0 == 0x50 && string(head[1:4]) == "\x2a\x4d\x18"
}

// NewReader returns what content of a kind unpacks to. The caller calls done at the
// end, also of one that is not read to its end.
func NewReader(content *bufio.Reader, kind Kind) (r io.Reader, done func(), err error) {
	done = func() {}
	switch kind {
	case Gzip:
		r, err = gzip.NewReader(content)
	case Bzip2:
		r = bzip2.NewReader(content)
	case Xz:
		r, err = xz.NewReader(content, MaxWindow)
	case Zstd:
		// On the reader's own goroutine: a decoder with others would read the input,
		// and with it report progress, beside the one who installs.
		var decoder *zstd.Decoder
		decoder, err = zstd.NewReader(content, zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(MaxWindow))
		if err == nil {
			r, done = decoder, decoder.Close
		}
	case None:
		r = content
	}
	return r, done, err
}

// IsTooWide tells whether an error is of content that asks for more than MaxWindow.
func IsTooWide(err error) bool {
	return errors.Is(err, zstd.ErrWindowSizeExceeded) || errors.Is(err, zstd.ErrDecoderSizeExceeded) ||
		errors.Is(err, xz.ErrMemlimit)
}
