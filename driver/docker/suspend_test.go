package docker_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv/driver"
)

// An engine as it comes can't suspend, and the refusal says what it lacks and changes
// nothing. Neither can one that is told to but has no criu. Where all is there it
// works; the conformance rules say how, on such an engine.
func TestSuspend(t *testing.T) {
	for name, tc := range map[string]struct {
		config map[string]any
		lacks  string
	}{
		"as it comes":     {nil, "experimental"},
		"if it is let to": {map[string]any{"experimental": true}, "criu"},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.config == nil && strings.Contains(os.Getenv("DOCKERHV_TEST_CONFIG"), "experimental") {
				t.Skip("all engines of this run are experimental")
			}
			_, d, image := private(t, tc.config)
			begin(t, d, sleeper("i1", image))
			err := driver.Suspend(t.Context(), d, "i1")
			if err == nil && tc.config != nil {
				proveResume(t, d, "i1")
				return
			}
			wantError(t, err, errors.ErrUnsupported)
			if !strings.Contains(err.Error(), tc.lacks) {
				t.Errorf("%v does not say that %s is missing", err, tc.lacks)
			}
			if i := inspect(t, d, "i1"); i.State != driver.Running || i.Suspended {
				t.Errorf("the refusal left it %+v", i)
			}
			if tc.config == nil {
				wantError(t, driver.Resume(t.Context(), d, "i1"), errors.ErrUnsupported)
			}
		})
	}
}

// proveResume proves that a suspended instance goes on, and that its process does.
func proveResume(t *testing.T, d driver.Driver, id string) {
	t.Helper()
	if i := inspect(t, d, id); i.State != driver.Exited || !i.Suspended || i.Exit.Cause != driver.ExitSuspended {
		t.Errorf("suspended: %+v, exit %+v", i, i.Exit)
	}
	if err := driver.Resume(t.Context(), d, id); err != nil {
		t.Fatal(err)
	}
	if err := d.Stop(t.Context(), id, driver.StopOptions{}); err != nil { // its trap is still there
		t.Fatal(err)
	}
	if i := inspect(t, d, id); i.Exit.Code != 0 || i.Exit.Cause != driver.ExitStopped {
		t.Errorf("resumed and stopped: exit %+v", i.Exit)
	}
}
