package drivertest

import (
	"encoding/json"
	"strings"

	"github.com/dockerhv/dockerhv/driver"
)

var dumpRules = group{name: "Dump", needs: Dumper, rules: []rule{
	{"tells of the host and the owner's instances", about(115, 138), dumpTells, ""},
	{"tells what failed, the last failures alone", about(115), dumpFailures, ""},
	{"holds no secret of an instance", about(116), dumpSecret, ""},
}}

func dumpTells(t *trial) {
	t.create(t.server("i1"))
	spec := t.server("theirs")
	_, err := t.other().Create(t.Context(), spec)
	t.must(err)
	host, err := t.driver.Host(t.Context())
	t.must(err)
	r := driver.Dump(t.Context(), t.driver)
	if r.Schema != driver.ReportSchema || r.Time.IsZero() || len(r.Errors) > 0 {
		t.Errorf("the report is %+v", r)
	}
	if r.Host == nil || r.Host.ID != host.ID || r.Host.Version != host.Version {
		t.Errorf("the report is of the host %+v, want %+v", r.Host, host)
	}
	t.same("the instances", []string{"i1"}, ids(r.Instances))
}

func dumpFailures(t *trial) {
	for range 50 {
		_, _ = t.driver.Inspect(t.Context(), "nobody")
	}
	_ = t.driver.Start(t.Context(), "somebody")
	failures := driver.Dump(t.Context(), t.driver).Failures
	if len(failures) == 0 || len(failures) > 50 {
		t.Fatalf("the report tells of %d failures", len(failures))
	}
	last := failures[len(failures)-1]
	if last.ID != "somebody" || last.Outcome != "not_found" || last.Attempt != 1 || last.Time.IsZero() || !strings.Contains(last.Error, "somebody") {
		t.Errorf("the last failure is told as %+v", last)
	}
	if first := failures[0]; first.ID != "nobody" {
		t.Errorf("the first failure is told as %+v", first)
	}
}

func dumpSecret(t *trial) {
	const secret = "hunter2-dump"
	spec := t.server("i1")
	spec.Env = driver.Private{"PASSWORD": secret}
	t.create(spec)
	changed := spec
	changed.Env = driver.Private{"PASSWORD": secret, "MORE": secret}
	if _, err := t.driver.Create(t.Context(), changed); err == nil {
		t.Error("the changed spec was accepted")
	}
	data, err := json.Marshal(driver.Dump(t.Context(), t.driver))
	t.must(err)
	if strings.Contains(string(data), secret) {
		t.Errorf("the secret is in %s", data)
	}
}
