package memory_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/memory"
)

// 141: a canary that was left behind is destroyed by a later one, and a younger one,
// which may be another process's, is not.
func TestCanaryDestroysWhatWasLeftBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host, workload := newHost(memory.Options{})
		d := host.Open("c-canary")
		leave := func(id string) {
			if _, err := d.Create(t.Context(), driver.Spec{ID: id, Image: workload.Image}); err != nil {
				t.Fatal(err)
			}
		}
		leave("old")
		time.Sleep(6 * time.Minute)
		leave("young")
		canary := driver.Canary{Image: workload.Image, Command: workload.Serve("SIGTERM", 0), Exec: []string{}}
		if err := canary.Probe(d).Run(t.Context(), &driver.Health{}); err != nil {
			t.Error(err)
		}
		all, err := d.List(t.Context(), driver.Filter{})
		if err != nil || len(all) != 1 || all[0].ID != "young" {
			t.Errorf("there are %+v, %v", all, err)
		}
		canary.Image = "sha256:" + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
		if err := canary.Probe(d).Run(t.Context(), &driver.Health{}); err == nil || errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("a canary of no image: %v", err)
		}
	})
}
