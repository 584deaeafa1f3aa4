package driver

import (
	"fmt"
	"strconv"
)

// Mark says how a figure is known, so that a zero which was measured is told from one
// that nobody knows.
type Mark string

// The marks. In JSON the last is "unknown".
const (
	Measured    Mark = "measured"  // the host or its kernel says so
	Allocated   Mark = "allocated" // computed from what was promised to instances
	MarkUnknown Mark = ""          // nobody knows
)

// MarshalText returns the mark's word.
func (m Mark) MarshalText() ([]byte, error) {
	if m == MarkUnknown {
		return []byte("unknown"), nil
	}
	return []byte(m), nil
}

// UnmarshalText reads what MarshalText returns. A word that it does not know is
// refused: how a figure is known is no matter to guess at.
func (m *Mark) UnmarshalText(text []byte) error {
	switch word := Mark(text); word {
	case Measured, Allocated:
		*m = word
	case MarkUnknown, "unknown":
		*m = MarkUnknown
	default:
		return fmt.Errorf("the mark of a figure is %q", text)
	}
	return nil
}

// Figure is a number of a host, and how it is known. The zero value is unknown.
type Figure struct {
	Value float64 `json:"value"`
	Mark  Mark    `json:"mark"`
}

// Measure returns a figure that was measured.
func Measure[T int | int64 | uint64 | float64](value T) Figure {
	return Figure{Value: float64(value), Mark: Measured}
}

// String returns the number, or "unknown".
func (f Figure) String() string {
	if f.Mark == MarkUnknown {
		return "unknown"
	}
	return strconv.FormatFloat(f.Value, 'f', -1, 64)
}

// Less returns the figure without what was promised of it, which is then known by
// computing. What is unknown stays so.
func (f Figure) Less(promised float64) Figure {
	if f.Mark == MarkUnknown {
		return f
	}
	return Figure{Value: f.Value - promised, Mark: Allocated}
}

// Capacity is how much of each thing there is.
type Capacity struct {
	// CPUs is how many CPUs the engine may use.
	CPUs Figure `json:"cpus"`
	// Memory and Swap are in bytes.
	Memory Figure `json:"memory"`
	Swap   Figure `json:"swap"`
	// Disk is the size of the file system that holds the engine's data, DiskFree what
	// is left of it, in bytes.
	Disk     Figure `json:"disk"`
	DiskFree Figure `json:"diskFree"`
}
