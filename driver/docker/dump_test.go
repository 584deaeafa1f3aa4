package docker_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// A dump says of a driver and its host what there is to say, also while the host is
// away, and keeps only the last failures.
func TestDump(t *testing.T) {
	proxy, d, image := faulty(t, "dump")
	spec := sleeper("web", image)
	create(t, d, spec)
	r := watch(t, d)
	r.until(t, "snapshot web created")
	for range 40 {
		_, _ = d.Inspect(t.Context(), "absent")
	}
	if _, err := d.Create(t.Context(), driver.Spec{ID: "bad"}); err == nil {
		t.Fatal("a spec without an image was created")
	}
	report := driver.Dump(t.Context(), d)
	if report.Owner != "dump" || report.Host == nil || report.Host.Version == "" || len(report.Instances) != 1 || len(report.Errors) > 0 {
		t.Errorf("the report is %+v", report)
	}
	if n := len(report.Failures); n != 32 {
		t.Fatalf("it has %d failures, want the last 32", n)
	}
	last := report.Failures[31]
	if last.Operation != "create instance" || last.ID != "bad" || last.Outcome != "invalid" || last.Attempt != 1 || !strings.Contains(last.Error, "image") {
		t.Errorf("the last failure is %+v", last)
	}
	if report.Failures[0].Outcome != "not_found" || report.Failures[0].Time.After(last.Time) {
		t.Errorf("the first failure is %+v", report.Failures[0])
	}
	if report.Sizes["readers"] != 1 || report.Sizes["remembered"] != 1 || report.Sizes["calls"] < 1 {
		t.Errorf("the sizes are %v", report.Sizes)
	}
	data, err := json.Marshal(report)
	var back driver.Report
	if err != nil || json.Unmarshal(data, &back) != nil || back.Owner != "dump" {
		t.Errorf("%v: %s", err, data)
	}
	proxy.On("GET /info", 0, enginetest.Answer(http.StatusBadGateway))
	away := driver.Dump(t.Context(), d)
	if away.Host == nil || away.Host.Version != report.Host.Version || away.Errors["host"] == "" {
		t.Errorf("of a host that is away the report is %+v", away)
	}
}
