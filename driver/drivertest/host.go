package drivertest

import "time"

var hostRules = group{name: "Host", rules: []rule{
	{"tells what it is and has", about(135, 138), hostTells, ""},
	{"has a clock", about(53, 140), hostClock, ""},
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
