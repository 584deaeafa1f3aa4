package dockerfile

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/dockerhv/dockerhv"
)

// maxSecret is the most that BuildKit takes, in bytes.
const maxSecret = 500 << 10

// Secret is the content of a file that a RUN step can mount. It formats as nothing
// of it.
type Secret struct {
	// Value is the content itself, of which nil means none.
	Value []byte
	// Path is that of a file of this machine in place of Value, which is read for
	// each build.
	Path string
}

// String tells nothing of the content.
func (s Secret) String() string { return "secret" }

// GoString returns what String does, so that %#v shows no secret.
func (s Secret) GoString() string { return s.String() }

// LogValue returns what String does, so that a structured log shows no secret.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText returns what String does: it is how a log in JSON formats a value that
// holds a Secret, where LogValue is not asked.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// secrets returns the contents by ID.
func (s Source) secrets() (map[string][]byte, error) {
	all := make(map[string][]byte, len(s.Secrets))
	for id, secret := range s.Secrets {
		content, err := secret.read()
		if err != nil {
			return nil, s.fail(classOf(err), fmt.Errorf("the secret %q: %w", id, cause(err)), "check the secret")
		}
		all[id] = content
	}
	return all, nil
}

func (s Secret) read() ([]byte, error) {
	var from io.Reader = bytes.NewReader(s.Value)
	if s.Path != "" {
		file, err := os.Open(s.Path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		from = file
	}
	content, err := io.ReadAll(io.LimitReader(from, maxSecret+1))
	if err == nil && len(content) > maxSecret {
		err = &dockerhv.FieldError{Field: "secrets", Reason: fmt.Sprintf("it has more than %d bytes", maxSecret)}
	}
	return content, err
}
