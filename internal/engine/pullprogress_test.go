package engine

import (
	"strings"
	"testing"

	"github.com/docker/docker/pkg/jsonmessage"
	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv/template"
)

// TestPullProgress feeds what an engine says of two layers, one of which it has.
func TestPullProgress(t *testing.T) {
	var seen []template.Progress
	p := newPullProgress("app:1", func(now template.Progress) { seen = append(seen, now) })
	p.phase(template.Resolving)
	err := drain(strings.NewReader(`
		{"status":"Pulling from app","id":"1"}
		{"status":"Already exists","progressDetail":{},"id":"aaa"}
		{"status":"Pulling fs layer","progressDetail":{},"id":"bbb"}
		{"status":"Downloading","progressDetail":{"current":40,"total":100},"id":"bbb"}
		{"status":"Downloading","progressDetail":{"current":30,"total":100},"id":"bbb"}
		{"status":"Download complete","progressDetail":{},"id":"bbb"}
		{"status":"Extracting","progressDetail":{"current":5,"total":100},"id":"bbb"}
		{"status":"Pull complete","progressDetail":{},"id":"bbb"}
		{"status":"Digest: sha256:0"}`), func(m jsonmessage.JSONMessage) { p.message(m) })
	if err != nil {
		t.Fatal(err)
	}
	p.phase(template.Done)
	at := func(phase template.Phase, current, total int64) template.Progress {
		return template.Progress{Item: "app:1", Phase: phase, Current: current, Total: total, Unit: template.Bytes}
	}
	want := []template.Progress{
		at(template.Resolving, 0, 0),
		at(template.Downloading, 40, 100), at(template.Downloading, 40, 100), at(template.Downloading, 100, 100),
		at(template.Extracting, 100, 100), at(template.Extracting, 100, 100), at(template.Done, 100, 100),
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
}

func TestDrainReturnsTheErrorInTheStream(t *testing.T) {
	nothing := func(jsonmessage.JSONMessage) {}
	for stream, want := range map[string]string{
		`{"status":"ok"}{"errorDetail":{"message":"no space"},"error":"no space"}`: "no space",
		`{"error":"old engine"}`:  "old engine",
		`{"status":"ok"}{"statu`:  "unexpected EOF",
		`{"status":"ok"}garbage`:  "invalid character 'g' looking for beginning of value",
		`{"status":"everything"}`: "",
	} {
		err := drain(strings.NewReader(stream), nothing)
		if (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%s: %v; want %q", stream, err, want)
		}
	}
}
