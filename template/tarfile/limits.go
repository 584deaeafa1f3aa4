package tarfile

import "io"

// Limits bounds what an archive may unpack to, on the way and on the host. A zero
// field means its default.
type Limits struct {
	// Bytes bounds the unpacked archive; 0 means 64 GiB.
	Bytes int64
	// Entries bounds how many entries it has; 0 means 16384.
	Entries int
	// Ratio bounds how many times larger than the compressed input the unpacked
	// archive may be, once it is larger than 64 MiB; 0 means 100.
	Ratio int64
}

// The default Limits, and what a source downloads at most if it does not say.
const (
	DefaultBytes    = 64 << 30
	DefaultEntries  = 16384
	DefaultRatio    = 100
	DefaultMaxBytes = 16 << 30
)

// ratioFrom is how much may be unpacked before its ratio counts: the first few
// kilobytes of an honest archive can be nothing but zeros.
const ratioFrom = 64 << 20

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = DefaultBytes
	}
	if l.Entries <= 0 {
		l.Entries = DefaultEntries
	}
	if l.Ratio <= 0 {
		l.Ratio = DefaultRatio
	}
	return l
}

// bounded counts what comes out of the decompressor and ends it at the limits.
type bounded struct {
	reader io.Reader
	input  *input
	limits Limits
	n      int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.reader.Read(p)
	b.n += int64(n)
	switch {
	case b.n > b.limits.Bytes:
		return 0, tooMuch("the archive unpacks to more than %d bytes", b.limits.Bytes)
	case b.n > ratioFrom && b.n/b.limits.Ratio > b.input.n:
		return 0, tooMuch("the archive unpacks to more than %d times its size", b.limits.Ratio)
	}
	return n, err
}

func drain(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}
