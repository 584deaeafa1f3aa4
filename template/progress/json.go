package progress

import (
	"encoding/json"
	"io"
	"sync"

	"github.com/dockerhv/dockerhv/template"
)

// JSON writes each record as one JSON object on a line of its own, in the form of
// template.Progress. Make one with [NewJSON].
type JSON struct {
	mu      sync.Mutex
	encoder *json.Encoder
	closed  bool
	err     error
}

var _ Renderer = (*JSON)(nil)

// NewJSON returns a renderer that writes JSON.
func NewJSON(w io.Writer) *JSON {
	j := &JSON{encoder: json.NewEncoder(w)}
	j.encoder.SetEscapeHTML(false)
	return j
}

// Report writes the record. After an error of writing it does nothing.
func (j *JSON) Report(p template.Progress) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed || j.err != nil {
		return
	}
	j.err = j.encoder.Encode(clean(p))
}

// Close returns the first error of writing.
func (j *JSON) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.closed = true
	return j.err
}
