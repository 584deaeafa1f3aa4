package dockerfile

import (
	"cmp"
	"log/slog"

	"github.com/dockerhv/dockerhv/internal/fetch"
)

// String says where the Dockerfile is, and nothing of its arguments, into which
// people put secrets for all that they are told.
func (s Source) String() string {
	where := cmp.Or(s.URL, s.Git)
	if where != "" {
		where = fetch.Redact(where)
	}
	return "Dockerfile of " + cmp.Or(where, s.Dir, s.Archive, "the program's own")
}

// GoString returns what String does, so that %#v shows no secret.
func (s Source) GoString() string { return s.String() }

// LogValue returns what String does, so that a structured log shows no secret.
func (s Source) LogValue() slog.Value { return slog.StringValue(s.String()) }
