package engine

import (
	"strings"
	"testing"

	"github.com/docker/docker/pkg/jsonmessage"
	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv/template"
)

// TestPullProgress feeds what an engine says of three layers, one of which it has.
func TestPullProgress(t *testing.T) {
	at := func(phase template.Phase, current, total int64) template.Progress {
		return template.Progress{Item: "app:1", Phase: phase, Current: current, Total: total, Unit: template.Bytes}
	}
	for name, tc := range map[string]struct {
		stream string
		want   []template.Progress
	}{
		"layers in folders": {
			`{"status":"Pulling from app","id":"1"}
			{"status":"Already exists","progressDetail":{},"id":"aaa"}
			{"status":"Pulling fs layer","progressDetail":{},"id":"bbb"}
			{"status":"Pulling fs layer","progressDetail":{},"id":"ccc"}
			{"status":"Downloading","progressDetail":{"current":40,"total":100},"id":"bbb"}
			{"status":"Downloading","progressDetail":{"current":30,"total":100},"id":"bbb"}
			{"status":"Download complete","progressDetail":{},"id":"bbb"}
			{"status":"Extracting","progressDetail":{"current":5,"total":100},"id":"bbb"}
			{"status":"Downloading","progressDetail":{"current":10,"total":20},"id":"ccc"}
			{"status":"Pull complete","progressDetail":{},"id":"bbb"}
			{"status":"Download complete","progressDetail":{},"id":"ccc"}
			{"status":"Extracting","progressDetail":{"current":5,"total":20},"id":"ccc"}
			{"status":"Pull complete","progressDetail":{},"id":"ccc"}
			{"status":"Digest: sha256:0"}`,
			[]template.Progress{
				at(template.Resolving, 0, 0),
				at(template.Downloading, 40, 100), at(template.Downloading, 40, 100), at(template.Downloading, 100, 100),
				at(template.Downloading, 100, 100), at(template.Downloading, 110, 120), at(template.Downloading, 110, 120),
				at(template.Downloading, 120, 120),
				at(template.Extracting, 120, 120), at(template.Extracting, 120, 120), at(template.Done, 120, 120),
			},
		},
		"containerd's store": {
			`{"status":"Pulling from app","id":"app@sha256:0"}
			{"status":"Already exists","progressDetail":{},"id":"aaa"}
			{"status":"Pulling fs layer","progressDetail":{},"id":"bbb"}
			{"status":"Pulling fs layer","progressDetail":{},"id":"ccc"}
			{"status":"Download complete","progressDetail":{"hidecounts":true},"id":"bbb"}
			{"status":"Downloading","progressDetail":{"current":40,"total":100},"id":"ccc"}
			{"status":"Extracting","progressDetail":{"current":1,"units":"s"},"id":"bbb"}
			{"status":"Download complete","progressDetail":{"hidecounts":true},"id":"ccc"}
			{"status":"Pull complete","progressDetail":{"hidecounts":true},"id":"ccc"}
			{"status":"Digest: sha256:0"}`,
			[]template.Progress{
				at(template.Resolving, 0, 0),
				at(template.Downloading, 0, 0), at(template.Downloading, 40, 100), at(template.Downloading, 40, 100),
				at(template.Downloading, 100, 100), at(template.Extracting, 100, 100), at(template.Done, 100, 100),
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var seen []template.Progress
			p := newPullProgress("app:1", func(now template.Progress) { seen = append(seen, now) })
			p.phase(template.Resolving)
			if err := drain(strings.NewReader(tc.stream), func(m jsonmessage.JSONMessage) { p.message(m) }); err != nil {
				t.Fatal(err)
			}
			p.phase(template.Done)
			if diff := cmp.Diff(tc.want, seen); diff != "" {
				t.Errorf("progress (-want +got):\n%s", diff)
			}
		})
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

// FuzzProgress is 124: whatever a stream says, it ends, and tells of no less than nothing.
func FuzzProgress(f *testing.F) {
	f.Add(`{"status":"Pulling fs layer","id":"a"}{"status":"Downloading","id":"a","progressDetail":{"current":5,"total":10}}{"status":"Pull complete","id":"a"}`)
	f.Add(`{"status":"Downloading","id":"a","progressDetail":{"current":-5,"total":-1}}{"errorDetail":{"message":"x"}}`)
	f.Add(`{"stream":"x","aux":{"ID":1}}garbage`)
	f.Fuzz(func(t *testing.T, stream string) {
		p := newPullProgress("app:1", func(now template.Progress) {
			if now.Current < 0 || now.Total < 0 {
				t.Errorf("progress %+v", now)
			}
		})
		_ = drain(strings.NewReader(stream), func(m jsonmessage.JSONMessage) { p.message(m) })
	})
}
