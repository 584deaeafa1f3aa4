package docker_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
)

// observed is all that a driver tells of its calls.
type observed struct {
	spans   *tracetest.SpanRecorder
	metrics *metric.ManualReader
	options docker.Options

	mu      sync.Mutex
	log     bytes.Buffer
	records []driver.AuditRecord
}

func observe(owner string) *observed {
	o := &observed{spans: tracetest.NewSpanRecorder(), metrics: metric.NewManualReader()}
	o.options = docker.Options{
		Owner:          owner,
		Logger:         slog.New(slog.NewJSONHandler(o, &slog.HandlerOptions{Level: slog.LevelDebug})),
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(o.spans)),
		MeterProvider:  metric.NewMeterProvider(metric.WithReader(o.metrics)),
		Audit: func(_ context.Context, r driver.AuditRecord) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.records = append(o.records, r)
		},
	}
	return o
}

// Write takes the log.
func (o *observed) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.log.Write(p)
}

// tree is the spans that have ended, each with those within it, in the order in which
// they began.
func (o *observed) tree() []string {
	ended := o.spans.Ended()
	slices.SortStableFunc(ended, func(a, b sdktrace.ReadOnlySpan) int { return a.StartTime().Compare(b.StartTime()) })
	depth := make(map[string]int)
	var lines []string
	for _, s := range ended {
		if s.Parent().IsValid() {
			depth[s.SpanContext().SpanID().String()] = depth[s.Parent().SpanID().String()] + 1
		}
		lines = append(lines, strings.Repeat("  ", depth[s.SpanContext().SpanID().String()])+s.Name())
	}
	return lines
}

// calls is how often the log has each call of the API, with what it came to.
func (o *observed) calls(t *testing.T) map[string]int {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	all := make(map[string]int)
	for line := range bytes.Lines(o.log.Bytes()) {
		var r struct {
			Msg, Level, Host, Operation, Outcome string
			Attempt, Status                      int
			Duration                             time.Duration
		}
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if r.Msg != "api call" {
			continue
		}
		if r.Level != "DEBUG" || r.Host == "" || r.Attempt != 1 || r.Duration <= 0 {
			t.Errorf("the record is %s", line)
		}
		all[fmt.Sprintf("%s %d %s", r.Operation, r.Status, r.Outcome)]++
	}
	return all
}

// counts is how often a metric has each call, with its error's class.
func (o *observed) counts(t *testing.T, name string) map[string]int {
	t.Helper()
	var collected metricdata.ResourceMetrics
	if err := o.metrics.Collect(t.Context(), &collected); err != nil {
		t.Fatal(err)
	}
	all := make(map[string]int)
	for _, scope := range collected.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name != name {
				continue
			}
			histogram, ok := m.Data.(metricdata.Histogram[float64])
			if !ok {
				t.Fatalf("%s is a %T", m.Name, m.Data)
			}
			for _, p := range histogram.DataPoints {
				host, _ := p.Attributes.Value("dockerhv.host")
				attempt, _ := p.Attributes.Value("dockerhv.attempt")
				if host.AsString() == "" || attempt.AsInt64() != 1 || m.Unit != "s" || scope.Scope.Name != "github.com/dockerhv/dockerhv" {
					t.Errorf("%s %q has %v", m.Name, m.Unit, p.Attributes.ToSlice())
				}
				operation, _ := p.Attributes.Value("dockerhv.operation")
				class, _ := p.Attributes.Value("error.type")
				all[strings.TrimSpace(operation.AsString()+" "+class.AsString())] += int(p.Count)
			}
		}
	}
	return all
}

// 115: each call of the API is one log record, one measurement and one span, which is
// in the span of the driver's call.
func TestCallsAreObserved(t *testing.T) {
	image := busybox(t, open(t, "observed"))
	proxy := enginetest.NewProxy(t, enginetest.Endpoint(t))
	o := observe("observed")
	d, err := docker.Open(t.Context(), driver.Endpoint{Name: "h1", URL: proxy.Endpoint()}, o.options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	spec := sleeper("web", image)
	create(t, d, spec)
	start(t, d, spec.ID)
	if code, err := d.Exec(t.Context(), spec.ID, driver.Command{Args: []string{"true"}}); code != 0 || err != nil {
		t.Fatalf("exec: %d, %v", code, err)
	}
	proxy.On("GET /containers/*/json", 0, enginetest.Answer(http.StatusInternalServerError))
	if _, err := d.Inspect(t.Context(), spec.ID); err == nil {
		t.Error("the fault hit nothing")
	}
	proxy.On("GET /containers/json", 0, enginetest.Answer(http.StatusServiceUnavailable))
	if _, err := d.List(t.Context(), driver.Filter{}); err == nil {
		t.Error("the fault hit nothing")
	}
	if conn, err := role[template.BuildDialer](t, d).DialBuild(t.Context(), "/grpc", "h2c", nil); err != nil {
		t.Error(err)
	} else {
		_ = conn.Close()
	}

	tree := slices.DeleteFunc(o.tree(), func(s string) bool { return s == "  GET /exec/*/json" }) // asked until it has ended
	want := []string{
		"HEAD /_ping", "describe host", "  GET /info", "  GET /version", "  GET /networks/*",
		"create instance", "  POST /containers/create",
		"start instance", "  POST /containers/*/start",
		"exec in instance", "  POST /containers/*/exec", "  POST /exec/*/start",
		"inspect instance", "  GET /containers/*/json",
		"list instances", "  GET /containers/json",
		"build image", "  POST /grpc",
	}
	byHead := func(lines []string) map[string][]string { // what is asked at once comes in any order
		groups, head := make(map[string][]string), ""
		for _, l := range lines {
			if !strings.HasPrefix(l, " ") {
				head = l
			}
			groups[head] = append(groups[head], l)
			slices.Sort(groups[head])
		}
		return groups
	}
	if diff := cmp.Diff(byHead(want), byHead(tree)); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
	checkLog(t, o, proxy.Calls())
	wantDriver := map[string]int{
		"describe host": 1, "create instance": 1, "start instance": 1, "exec in instance": 1,
		"inspect instance failed": 1, "list instances unavailable": 1, "build image": 1,
	}
	if diff := cmp.Diff(wantDriver, o.counts(t, "dockerhv.driver.duration")); diff != "" {
		t.Errorf("the driver's calls (-want +got):\n%s", diff)
	}
	checkSpans(t, o.spans.Ended())
}

// checkLog compares the log and the metric with what the proxy saw.
func checkLog(t *testing.T, o *observed, calls []string) {
	t.Helper()
	seen, logged, measured := make(map[string]int), make(map[string]int), make(map[string]int)
	for _, c := range calls {
		seen[c]++
	}
	log := o.calls(t)
	for call, n := range log {
		name, _, _ := strings.Cut(call[strings.Index(call, "/"):], " ")
		logged[call[:strings.Index(call, "/")]+name] += n
	}
	for call, n := range o.counts(t, "dockerhv.api.duration") {
		words := strings.Fields(call)
		measured[words[0]+" "+words[1]] += n
	}
	if diff := cmp.Diff(seen, logged); diff != "" {
		t.Errorf("the log (-made +told):\n%s", diff)
	}
	if diff := cmp.Diff(seen, measured); diff != "" {
		t.Errorf("the metric (-made +told):\n%s", diff)
	}
	for _, want := range []string{
		"GET /containers/*/json 500 failed", "GET /containers/json 503 unavailable", "POST /exec/*/start 101 ok", "POST /grpc 101 ok",
	} {
		if log[want] != 1 {
			t.Errorf("the log has no %q among %q", want, slices.Sorted(maps.Keys(log)))
		}
	}
}

// checkSpans looks at what is beside their names.
func checkSpans(t *testing.T, spans []sdktrace.ReadOnlySpan) {
	t.Helper()
	for _, s := range spans {
		attributes := attribute.NewSet(s.Attributes()...)
		text := func(key attribute.Key) string { v, _ := attributes.Value(key); return v.String() }
		if text("dockerhv.host") != "h1" || text("dockerhv.operation") != s.Name() || text("dockerhv.attempt") != "1" {
			t.Errorf("%s has %v", s.Name(), s.Attributes())
		}
		switch s.Name() {
		case "inspect instance":
			if s.Status().Code != codes.Error || text("error.type") != "failed" || text("dockerhv.instance") != "web" {
				t.Errorf("%s has %v %v", s.Name(), s.Status(), s.Attributes())
			}
		case "POST /containers/create":
			if s.Status().Code != codes.Unset || text("http.response.status_code") != "201" {
				t.Errorf("%s has %v %v", s.Name(), s.Status(), s.Attributes())
			}
		}
	}
}

// 115: each call that changes something is one audit record, and no other is.
func TestAudit(t *testing.T) {
	o := observe("audit")
	image := busybox(t, open(t, "audit"))
	d, err := docker.Open(t.Context(), driver.Endpoint{Name: "h1", URL: enginetest.Endpoint(t)}, o.options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	spec := sleeper("web", image)
	create(t, d, spec)
	changed := spec
	changed.Name = "another"
	_, _ = d.Create(t.Context(), changed)
	start(t, d, spec.ID)
	inspect(t, d, spec.ID)
	_, _ = d.List(t.Context(), driver.Filter{})
	_, _ = d.Exec(t.Context(), spec.ID, driver.Command{Args: []string{"true"}})
	_ = d.Pause(t.Context(), spec.ID)
	_ = d.Unpause(t.Context(), spec.ID)
	_ = d.Signal(t.Context(), spec.ID, "SIGNONE")
	_ = d.Stop(t.Context(), "absent", driver.StopOptions{})
	_ = d.Destroy(t.Context(), spec.ID, driver.DestroyOptions{})
	_ = role[template.Tagger](t, d).Tag(t.Context(), image.ID, "audit:1")
	_ = d.Images().Remove(t.Context(), "audit:1")
	want := []string{
		"create instance web ok", "create instance web exists", "start instance web ok", "exec in instance web ok",
		"pause instance web ok", "unpause instance web ok", "signal instance web invalid", "stop instance absent ok",
		"destroy instance web conflict", "tag image audit:1 ok", "remove image audit:1 ok",
	}
	var got []string
	for _, r := range o.records {
		got = append(got, fmt.Sprintf("%s %s %s", r.Operation, r.ID, r.Outcome))
		if r.Owner != "audit" || r.Host != "h1" || r.Attempt != 1 || r.Time.IsZero() || r.Duration <= 0 {
			t.Errorf("the record is %+v", r)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the audit (-want +got):\n%s", diff)
	}
}
