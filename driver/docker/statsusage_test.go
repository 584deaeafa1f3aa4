package docker

import (
	"fmt"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

// 113: CPUs is right or unknown, and never negative garbage.
func TestUsage(t *testing.T) {
	begin := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	at := func(seconds, cpu float64) driver.Stats {
		return driver.Stats{Time: begin.Add(time.Duration(seconds * 1e9)), CPU: time.Duration(cpu * 1e9), SentBytes: 100}
	}
	var u usage
	for i, step := range []struct {
		hostID string
		stats  driver.Stats
		want   float64
	}{
		{"a", at(0, 100), -1},
		{"a", at(2, 103), 1.5},
		{"a", at(2, 103), 1.5},    // the same measurement
		{"a", at(1, 101), 1.5},    // one that was overtaken
		{"a", at(2.05, 103.1), 2}, // too short to be the next one's measure
		{"a", at(4, 104), 0.5},
		{"a", at(6, 1), -1}, // the counter went back
		{"a", at(8, 2), 0.5},
		{"a", driver.Stats{Time: begin.Add(10 * time.Second), CPU: 9e9}, -1}, // another counter did
		{"b", at(12, 50), -1}, // another container of the same ID
		{"b", at(14, 50), 0},
	} {
		all := map[string]driver.Stats{"i": step.stats}
		u.compare([]driver.Instance{{ID: "i", HostID: step.hostID}}, all)
		if got := all["i"].CPUs; got < step.want-1e-6 || got > step.want+1e-6 {
			t.Errorf("step %d: %v; want %v", i, got, step.want)
		}
	}
	u.compare([]driver.Instance{{ID: "i", HostID: "b"}}, nil) // at rest meanwhile
	all := map[string]driver.Stats{"i": at(16, 60)}
	u.compare([]driver.Instance{{ID: "i", HostID: "b"}}, all)
	if all["i"].CPUs != -1 {
		t.Errorf("started anew: %v", all["i"].CPUs)
	}
	for n := range 100 { // instances that come and go are forgotten
		id := fmt.Sprint(n)
		u.compare([]driver.Instance{{ID: id, HostID: id}}, map[string]driver.Stats{id: at(float64(n)*600, 1)})
	}
	if len(u.before) > 10 {
		t.Errorf("%d are remembered", len(u.before))
	}
}
