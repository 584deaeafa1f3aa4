package template

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
)

// Secrets are settings of a template by name, such as a registry's password. They
// format as their names alone.
type Secrets map[string]string

// Names returns the names, sorted.
func (s Secrets) Names() []string { return slices.Sorted(maps.Keys(s)) }

// String returns the names alone.
func (s Secrets) String() string { return fmt.Sprintf("secrets %v", s.Names()) }

// GoString returns the names alone, so that %#v shows no secret.
func (s Secrets) GoString() string { return s.String() }

// LogValue returns the names alone, so that a structured log shows no secret.
func (s Secrets) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText returns the names alone: it is how a log in JSON formats a value that
// holds Secrets, where LogValue is not asked.
func (s Secrets) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
