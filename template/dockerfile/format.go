package dockerfile

import (
	"cmp"
	"log/slog"
	"net/url"
)

// String says where the Dockerfile is, and nothing of its arguments, into which
// people put secrets for all that they are told.
func (s Source) String() string {
	where := s.URL
	if u, err := url.Parse(where); err == nil {
		where = u.Redacted()
	} else {
		where = "what is no URL"
	}
	return "Dockerfile of " + cmp.Or(where, s.Dir, "a text")
}

// GoString returns what String does, so that %#v shows no secret.
func (s Source) GoString() string { return s.String() }

// LogValue returns what String does, so that a structured log shows no secret.
func (s Source) LogValue() slog.Value { return slog.StringValue(s.String()) }
