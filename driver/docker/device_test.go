package docker_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
)

// 85: a device is where the spec puts it, and can be used as it says and no more.
func TestDevices(t *testing.T) {
	disk, _ := anyDisk(t)
	d := openWith(t, "devices", driver.Policy{Devices: []string{"/dev/full", disk}})
	spec := sleeper("devices", busybox(t, d))
	spec.Security.Devices = []driver.Device{{Path: "/dev/full"}, {Path: disk, Target: "/dev/mine/disk", Permissions: "r"}}
	lines := printed(t, d, spec, `
		echo x > /dev/full || echo "full is full"
		[ -b /dev/mine/disk ] && echo device
		(: < /dev/mine/disk) && echo readable; (: > /dev/mine/disk) || echo "not writable"`)
	for _, want := range []string{"full is full", "device", "readable", "not writable"} {
		if !slices.Contains(lines, want) {
			t.Errorf("no %q among %q", want, lines)
		}
	}
}

// 85: a rule lets an instance use a device that it makes itself, which without the
// rule it may make but not open.
func TestDeviceRules(t *testing.T) {
	const rule = "b 7:* rwm" // the loop devices
	d := openWith(t, "rules", driver.Policy{Devices: []string{rule}})
	image := busybox(t, d)
	for want, rules := range map[string][]string{"refused": nil, "opened": {rule}} {
		spec := sleeper("rules", image)
		spec.Security.DeviceRules = rules
		lines := printed(t, d, spec, `busybox mknod /tmp/loop b 7 0; (: < /tmp/loop) && echo opened || echo refused`)
		if !slices.Contains(lines, want) {
			t.Errorf("with the rules %q: printed %q", rules, lines)
		}
		destroy(t, d, "rules", driver.DestroyOptions{})
	}
}

// 85: devices are asked of the engine's drivers without a runtime of their own. Where
// there is no such driver the start says so, and names what is missing.
func TestDeviceRequests(t *testing.T) {
	d := openWith(t, "requests", driver.Policy{DeviceDrivers: []string{"", "nvidia"}, Devices: []string{"vendor.example/gpu"}})
	image := busybox(t, d)
	gpus := driver.DeviceRequest{Count: driver.Unlimited, Capabilities: [][]string{{"gpu"}}}
	for name, tc := range map[string]struct {
		request driver.DeviceRequest
		class   error
	}{
		"all GPUs":      {gpus, errors.ErrUnsupported},
		"by driver":     {driver.DeviceRequest{Driver: "nvidia", IDs: []string{"0"}, Capabilities: [][]string{{"gpu"}}}, errors.ErrUnsupported},
		"an absent CDI": {driver.DeviceRequest{Driver: driver.DeviceDriverCDI, IDs: []string{"vendor.example/gpu=0"}}, dockerhv.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			spec := sleeper("requests", image)
			spec.Security.DeviceRequests = []driver.DeviceRequest{tc.request}
			if tc.request.Driver == driver.DeviceDriverCDI && hostOf(t, d).APIVersion < "1.44" {
				_, err := d.Create(t.Context(), spec)
				wantError(t, err, errors.ErrUnsupported)
				return
			}
			create(t, d, spec)
			err := d.Start(t.Context(), spec.ID)
			if errors.Is(err, errors.ErrUnsupported) { // an engine may have CDI switched off
				tc.class = errors.ErrUnsupported
			}
			wantError(t, err, tc.class)
		})
	}
}

// 85: a device of the Container Device Interface is given by its name, with all that
// its description says.
func TestCDI(t *testing.T) {
	if hostOf(t, open(t, "cdi")).APIVersion < "1.44" {
		t.Skip("the engine is too old for CDI: TestWhatTheEngineLacks")
	}
	folder := t.TempDir()
	description := `{"cdiVersion":"0.5.0","kind":"vendor.example/gpu","devices":[{"name":"0","containerEdits":{
		"env":["GPU=zero"],"deviceNodes":[{"path":"/dev/gpu0","hostPath":"/dev/full"}]}}]}`
	if err := os.WriteFile(filepath.Join(folder, "vendor.json"), []byte(description), 0o600); err != nil {
		t.Fatal(err)
	}
	config := map[string]any{"features": map[string]bool{"cdi": true}, "cdi-spec-dirs": []string{folder}}
	d := openOwn(t, config, docker.Options{Owner: "cdi", Policy: driver.Policy{Devices: []string{"vendor.example/gpu"}}})
	spec := sleeper("cdi", loaded(t, d))
	spec.Security.DeviceRequests = []driver.DeviceRequest{{Driver: driver.DeviceDriverCDI, IDs: []string{"vendor.example/gpu=0"}}}
	lines := printed(t, d, spec, `echo "gpu $GPU"; echo x > /dev/gpu0 || echo full`)
	for _, want := range []string{"gpu zero", "full"} {
		if !slices.Contains(lines, want) {
			t.Errorf("no %q among %q", want, lines)
		}
	}
}

// 118: a runtime is chosen among the host's, if the policy allows it.
func TestRuntime(t *testing.T) {
	strict := open(t, "runtime")
	spec := sleeper("runtime", busybox(t, strict))
	spec.Runtime = "runc"
	_, err := strict.Create(t.Context(), spec)
	wantError(t, err, dockerhv.ErrDenied)
	d := openWith(t, "runtime", driver.Policy{Runtimes: []string{"runc"}})
	create(t, d, spec)
	start(t, d, spec.ID)
	var raw struct{ HostConfig struct{ Runtime string } }
	if inspectRaw(t, "runtime.runtime", &raw); raw.HostConfig.Runtime != "runc" {
		t.Errorf("runtime %q", raw.HostConfig.Runtime)
	}
}
