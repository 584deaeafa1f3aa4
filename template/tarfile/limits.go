package tarfile

import (
	"io"
	"time"
)

// Limits bounds what an archive may unpack to, on the way and on the host, and how
// long that may take. A zero field means its default.
type Limits struct {
	// Bytes bounds what is unpacked of the archive and of its layers together; 0
	// means 64 GiB.
	Bytes int64
	// Entries bounds how many entries it has; 0 means 16384, and 1048576 of a root
	// file system.
	Entries int
	// Ratio bounds how many times larger than the compressed input all that is
	// unpacked may be, once that is more than 32 MiB; 0 means 100.
	Ratio int64
	// Time bounds the whole installation; 0 means 2 hours.
	Time time.Duration
}

// The default Limits, and what a source downloads at most if it does not say.
const (
	DefaultBytes       = 64 << 30
	DefaultEntries     = 16384
	DefaultRootEntries = 1 << 20
	DefaultRatio       = 100
	DefaultTime        = 2 * time.Hour
	DefaultMaxBytes    = 16 << 30
)

// ratioFrom is how much may be unpacked before its ratio counts: the first few
// kilobytes of an honest archive can be nothing but zeros. It is also about what a
// bomb gets to write, here and on the host.
const ratioFrom = 32 << 20

func (l Limits) withDefaults(rootFS bool) Limits {
	if l.Bytes <= 0 {
		l.Bytes = DefaultBytes
	}
	if l.Entries <= 0 {
		l.Entries = DefaultEntries
		if rootFS {
			l.Entries = DefaultRootEntries
		}
	}
	if l.Ratio <= 0 {
		l.Ratio = DefaultRatio
	}
	if l.Time <= 0 {
		l.Time = DefaultTime
	}
	return l
}

// meter counts all that comes out of decompressors, against the input.
type meter struct {
	limits Limits
	input  *input
	n      int64
}

// fits tells whether so many bytes more are allowed.
func (m *meter) fits(n int64) error {
	if n > m.limits.Bytes-m.n {
		return tooMuch("the archive unpacks to more than %d bytes", m.limits.Bytes)
	}
	return nil
}

func (m *meter) add(n int) error {
	if err := m.fits(int64(n)); err != nil {
		return err
	}
	m.n += int64(n)
	if m.n > ratioFrom && m.n/m.limits.Ratio > m.input.n {
		return tooMuch("the archive unpacks to more than %d times its size", m.limits.Ratio)
	}
	return nil
}

// metered is the output of one decompressor, which ends at the limits.
type metered struct {
	reader io.Reader
	meter  *meter
}

func (r *metered) Read(p []byte) (int, error) {
	n, err := r.reader.Read(p)
	if over := r.meter.add(n); over != nil {
		return 0, over
	}
	return n, err
}

func drain(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}
