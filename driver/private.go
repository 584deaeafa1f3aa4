package driver

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
)

// Private is a map whose values may be secrets. It formats as its keys alone, and
// logs so; JSON has the values, for that is how a host is told.
type Private map[string]string

// String returns the keys in order.
func (p Private) String() string { return fmt.Sprint(slices.Sorted(maps.Keys(p))) }

// GoString returns the keys in order, so that %#v shows no secret.
func (p Private) GoString() string { return "driver.Private" + p.String() }

// LogValue returns the keys in order, so that a structured log shows no secret.
func (p Private) LogValue() slog.Value { return slog.AnyValue(slices.Sorted(maps.Keys(p))) }

// LogValue returns the program alone: arguments may be secrets, too.
func (c Command) LogValue() slog.Value {
	if len(c.Args) == 0 {
		return slog.StringValue("")
	}
	return slog.StringValue(c.Args[0])
}
