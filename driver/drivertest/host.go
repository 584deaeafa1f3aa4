package drivertest

import (
	"encoding/json"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

var hostRules = group{name: "Host", rules: []rule{
	{"tells what it is and has", about(135, 138), hostTells, ""},
	{"has a clock", about(53, 140), hostClock, ""},
	{"says of each figure how it is known", about(138, 143), hostFigures, ""},
}}

func hostTells(t *trial) {
	h, err := t.driver.Host(t.Context())
	t.must(err)
	if h.ID == "" || h.Name == "" || h.Version == "" || h.Platform.OS == "" || h.Platform.Architecture == "" {
		t.Errorf("the host does not say who it is: %+v", h)
	}
	if h.CPUs <= 0 || h.Memory <= 0 {
		t.Errorf("the host has %d CPUs and %d bytes of memory", h.CPUs, h.Memory)
	}
	again, err := t.again().Host(t.Context())
	t.must(err)
	if again.ID != h.ID || again.CPUs != h.CPUs || again.Memory != h.Memory {
		t.Errorf("opened again, the host is another: %+v, was %+v", again, h)
	}
}

// hostFigures: what is unknown has no value, and what is known is said once.
func hostFigures(t *trial) {
	h, err := t.driver.Host(t.Context())
	t.must(err)
	if h.Schema != driver.HostSchema {
		t.Errorf("the host's schema is %d, want %d", h.Schema, driver.HostSchema)
	}
	c := h.Capacity
	for name, f := range map[string]driver.Figure{
		"cpus": c.CPUs, "memory": c.Memory, "swap": c.Swap, "disk": c.Disk, "diskFree": c.DiskFree,
	} {
		switch {
		case f.Mark == driver.MarkUnknown && f.Value != 0:
			t.Errorf("%s is unknown and %v", name, f.Value)
		case f.Mark == driver.Allocated || f.Value < 0:
			t.Errorf("%s is %v and %s, which no host has", name, f.Value, f.Mark)
		}
	}
	t.same("the CPUs", driver.Measure(h.CPUs), c.CPUs)
	t.same("the memory", driver.Measure(h.Memory), c.Memory)
	data, err := json.Marshal(h)
	t.must(err)
	var back driver.Host
	t.must(json.Unmarshal(data, &back))
	t.same("the host in JSON and back", h, back)
}

// hostClock: ages are counted by the host's clock, so it must tell, and go.
func hostClock(t *trial) {
	first, err := t.driver.Host(t.Context())
	t.must(err)
	t.pause(10 * time.Millisecond)
	second, err := t.driver.Host(t.Context())
	t.must(err)
	if first.Time.IsZero() || !second.Time.After(first.Time) {
		t.Errorf("the host's clock shows %v and then %v", first.Time, second.Time)
	}
	created := t.create(t.server("i1"))
	if at := t.inspect(created.ID).Created; at.Before(first.Time.Add(-soon)) || at.After(second.Time.Add(soon)) {
		t.Errorf("the instance was created at %v, when the host's clock showed %v", at, second.Time)
	}
}
