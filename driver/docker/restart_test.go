package docker_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

// 12: the engine gives a container that is restarted the first address that is free.
// The driver has the old one back, as long as nobody else has taken it.
func TestRestartKeepsTheAddress(t *testing.T) {
	d := open(t, "address")
	image := busybox(t, d)
	lan := `{"Name":"kept","IPAM":{"Config":[{"Subnet":"10.98.0.0/24"}]}}`
	if status := callEngine(t, http.MethodPost, "/networks/create", lan); status != http.StatusCreated {
		t.Fatalf("create network: status %d", status)
	}
	t.Cleanup(func() { callEngine(t, http.MethodDelete, "/networks/kept", "") })
	plugged := func(id string) string {
		t.Helper()
		spec := sleeper(id, image)
		spec.NICs = []driver.NIC{{Network: "kept"}}
		create(t, d, spec)
		start(t, d, id)
		return inspect(t, d, id).Address().String()
	}
	plugged("first")
	want := plugged("second")
	if err := d.Destroy(t.Context(), "first", driver.DestroyOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := d.Restart(t.Context(), "second", driver.StopOptions{Grace: -1}); err != nil {
			t.Fatal(err)
		}
		if got := inspect(t, d, "second").Address().String(); got != want {
			t.Fatalf("after the restart the address is %s, was %s", got, want)
		}
	}
	if got := output(t, d, "second", "ip addr show"); !strings.Contains(got, want+"/24") {
		t.Errorf("inside there is\n%s", got)
	}

	// At rest it holds no address, and another may take that one. It starts all the same.
	if err := d.Stop(t.Context(), "second", driver.StopOptions{Grace: -1}); err != nil {
		t.Fatal(err)
	}
	taken := false
	for _, id := range []string{"third", "fourth"} {
		taken = plugged(id) == want || taken
	}
	if !taken {
		t.Fatal("nobody took the address")
	}
	start(t, d, "second")
	if got := inspect(t, d, "second").Address().String(); got == want || got == "invalid IP" {
		t.Errorf("the address is %s, which another has", got)
	}
}

// 12: what the engine itself starts again is counted, and not forgotten when a driver
// starts the instance; a driver that is opened later knows the engine's count.
func TestRestartsByTheEngineAreCounted(t *testing.T) {
	d := open(t, "counted")
	spec := sleeper("i1", busybox(t, d))
	spec.Command, spec.Restart = []string{"false"}, driver.Restart{Policy: driver.RestartOnFailure, MaxRetries: 2}
	create(t, d, spec)
	count := func(d driver.Driver, want int) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			i := inspect(t, d, "i1")
			if i.Restarts == want && i.State == driver.Exited {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%d restarts are counted, want %d; it is %s", i.Restarts, want, i.State)
			}
		}
	}
	start(t, d, "i1")
	count(d, 2)
	count(open(t, "counted"), 2)
	start(t, d, "i1")
	count(d, 5)
}
