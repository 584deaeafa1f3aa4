package drivertest

import (
	"context"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

var healthRules = group{name: "Health", needs: HealthReader, rules: []rule{
	{"of a host that works is healthy, and stays so", about(136), healthTells, ""},
	{"of a call that is given up is the context's error", about(1, 136), healthGivenUp, ""},
	{"is watched as changes alone, until the context ends", about(136), healthWatched, ""},
}}

// healthPeriod is how often a host is probed here, which says little of a real one.
const healthPeriod = 50 * time.Millisecond

func healthTells(t *trial) {
	first := t.health()
	t.pause(10 * time.Millisecond)
	second := t.health()
	for _, h := range []driver.Health{first, second} {
		if h.Status != driver.Healthy || h.Reason != "" || h.Checked.IsZero() || h.Since.After(h.Checked) {
			t.Errorf("the health is %+v", h)
		}
	}
	if !second.Since.Equal(first.Since) || !second.Checked.After(first.Checked) {
		t.Errorf("the health is %+v, and was %+v", second, first)
	}
}

func healthGivenUp(t *trial) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := driver.ReadHealth(ctx, t.driver)
	t.refused(err, context.Canceled)
	if h := t.health(); h.Status != driver.Healthy {
		t.Errorf("after a call that was given up the health is %+v", h)
	}
}

func healthWatched(t *trial) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*healthPeriod)
	defer cancel()
	var told []string
	var last error
	for h, err := range driver.WatchHealth(ctx, t.driver, healthPeriod) {
		if last = err; err == nil {
			told = append(told, string(h.Status))
		}
	}
	t.same("what was told", []string{"healthy"}, told)
	t.refused(last, context.DeadlineExceeded)
}

// cutHealth: what a host is called that answers again for the first time is left open,
// but it is not healthy at once.
func cutHealth(t *trial) {
	if h := t.health(); h.Status != driver.Healthy {
		t.Fatalf("before the cut the health is %+v", h)
	}
	mend := t.cut()
	begun := time.Now()
	h := t.health()
	if h.Status != driver.Unhealthy || h.Reason == "" || h.Detail == "" || h.Since.Before(begun.Add(-time.Second)) {
		t.Errorf("while it is away the health is %+v", h)
	}
	mend()
	if h := t.health(); h.Status != driver.Degraded || h.Reason != driver.ReasonRecovering {
		t.Errorf("after the cut the health is %+v", h)
	}
	t.eventually("the host is healthy again", func() bool { return t.health().Status == driver.Healthy })
}

// health tells how the host is.
func (t *trial) health() driver.Health {
	t.Helper()
	h, err := driver.ReadHealth(t.Context(), t.driver)
	t.must(err)
	return h
}
