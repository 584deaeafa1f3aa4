package buildkit

import (
	"errors"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// TestClassReadsWordsNotNumbers has errors whose ports look like a status.
func TestClassReadsWordsNotNumbers(t *testing.T) {
	for text, want := range map[string]error{
		"127.0.0.1:40301/none:1: not found": dockerhv.ErrNotFound,
		"Head \"http://127.0.0.1:40135/v2/a/manifests/1\": dial tcp 127.0.0.1:40135: connect: connection refused": dockerhv.ErrUnavailable,
		"unexpected status from HEAD request to http://127.0.0.1:5000/v2/a/manifests/1: 403 Forbidden":            dockerhv.ErrDenied,
		"unexpected status from HEAD request to http://127.0.0.1:5000/v2/a/manifests/1: 401 Unauthorized":         dockerhv.ErrDenied,
	} {
		err := newWatch(Build{}).explain(errors.New(text))
		if failed, ok := errors.AsType[*template.BuildError](err); !ok || failed.Class != want {
			t.Errorf("%s: %v; want %v", text, err, want)
		}
	}
}
