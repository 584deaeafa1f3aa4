package docker_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// 22: what failed, ended or was given up is no more in the engine's list of a
// container's commands.
func TestExecListDoesNotGrow(t *testing.T) {
	d := open(t, "execlist")
	spec := running(t, d, "execlist")
	hostID := inspect(t, d, spec.ID).HostID
	for range 10 {
		_, err := d.Exec(t.Context(), spec.ID, driver.Command{Args: []string{"nonsense"}})
		wantError(t, err, dockerhv.ErrInvalid)
		_, err = d.Exec(t.Context(), spec.ID, driver.Command{Args: []string{"true"}, User: "stranger"})
		wantError(t, err, dockerhv.ErrInvalid)
		output(t, d, spec.ID, "true")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := d.Exec(ctx, spec.ID, driver.Command{Args: []string{"sleep", "1000"}})
	wantError(t, err, context.DeadlineExceeded)
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		var now struct{ ExecIDs []string }
		callEngineInto(t, http.MethodGet, "/containers/"+hostID+"/json", "", &now)
		if len(now.ExecIDs) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the engine still lists %d commands", len(now.ExecIDs))
		}
	}
}
