package docker_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// openWith opens the test's engine with a policy.
func openWith(t *testing.T, owner string, policy driver.Policy) *docker.Driver {
	t.Helper()
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: enginetest.Endpoint(t)}, docker.Options{Owner: owner, Policy: policy})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// printed runs an instance of a script to its end and returns what it printed.
func printed(t *testing.T, d driver.Driver, spec driver.Spec, script string) []string {
	t.Helper()
	spec.Command = []string{"sh", "-c", script}
	create(t, d, spec)
	start(t, d, spec.ID)
	var lines []string
	for line, err := range driver.Logs(t.Context(), d, spec.ID, driver.LogOptions{Follow: true}) {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line.Text)
	}
	return lines
}

// 120: confinement is in force inside the instance.
func TestConfinement(t *testing.T) {
	d := open(t, "confined")
	spec := sleeper("confined", busybox(t, d))
	spec.Security = driver.Security{
		ReadOnlyRoot: true, NoNewPrivileges: true, DropCapabilities: []string{"ALL"}, Groups: []string{"1234"},
		Sysctls: map[string]string{"net.ipv4.ip_default_ttl": "77"},
	}
	spec.Init = true
	lines := printed(t, d, spec, `
		echo x > /f || echo "root is read-only"
		while read k v; do echo "$k $v"; done < /proc/self/status
		echo "ttl $(cat /proc/sys/net/ipv4/ip_default_ttl)"; echo "me $$"`)
	for _, want := range []string{
		"root is read-only", "CapEff: 0000000000000000", "NoNewPrivs: 1", "Seccomp: 2", "Groups: 0 1234", "ttl 77",
	} {
		if !slices.Contains(lines, want) {
			t.Errorf("no %q among %q", want, lines)
		}
	}
	if slices.Contains(lines, "me 1") {
		t.Error("the command is the first process; want an init there")
	}
}

// inspectRaw asks the engine about a container.
func inspectRaw(t *testing.T, name string, into any) {
	t.Helper()
	if status := callEngineInto(t, http.MethodGet, "/containers/"+name+"/json", "", into); status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
}

// 120: what confines an instance is there for anybody to see.
func TestConfinementIsVisible(t *testing.T) {
	profile := `{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO"}]}`
	d := openWith(t, "visible", driver.Policy{
		Profiles: []string{profile}, HostNamespaces: []driver.Namespace{driver.NamespaceUser, driver.NamespaceUTS},
	})
	spec := sleeper("visible", busybox(t, d))
	spec.User = "1000:1000"
	spec.Security = driver.Security{
		ReadOnlyRoot: true, NoNewPrivileges: true, DropCapabilities: []string{"ALL"}, Groups: []string{"1234"},
		Seccomp: profile, HostNamespaces: []driver.Namespace{driver.NamespaceUser, driver.NamespaceUTS},
	}
	spec.Mounts = []driver.Mount{{Type: driver.MountTmpfs, Target: "/work"}}
	if lines := printed(t, d, spec, "mkdir /work/d || echo forbidden"); !slices.Contains(lines, "forbidden") {
		t.Errorf("printed %q: the profile of system calls is not in force", lines)
	}
	type hostConfig struct {
		ReadonlyRootfs      bool
		SecurityOpt         []string
		CapDrop, GroupAdd   []string
		UsernsMode, UTSMode string
	}
	var raw struct {
		Config     struct{ User string }
		HostConfig hostConfig
	}
	inspectRaw(t, "visible.visible", &raw)
	slices.Sort(raw.HostConfig.SecurityOpt)
	want := hostConfig{
		ReadonlyRootfs: true, SecurityOpt: []string{"no-new-privileges:true", "seccomp=" + profile}, CapDrop: []string{"ALL"},
		GroupAdd: []string{"1234"}, UsernsMode: "host", UTSMode: "host",
	}
	if diff := cmp.Diff(want, raw.HostConfig); diff != "" || raw.Config.User != spec.User {
		t.Errorf("the user %q, and (-want +got):\n%s", raw.Config.User, diff)
	}
}

// 118, 119: what reaches beyond the instance is denied unless the policy allows it.
func TestPolicy(t *testing.T) {
	strict := open(t, "policy")
	image := busybox(t, strict)
	bind := func(source string) func(*driver.Spec) {
		return func(s *driver.Spec) {
			s.Mounts = []driver.Mount{{Type: driver.MountBind, Source: source, Target: "/x"}}
		}
	}
	for name, tc := range map[string]struct {
		change func(*driver.Spec)
		policy driver.Policy // that allows it; the zero one: none does
	}{
		"privileged":          {func(s *driver.Spec) { s.Security.Privileged = true }, driver.Policy{Privileged: true}},
		"a capability":        {func(s *driver.Spec) { s.Security.AddCapabilities = []string{"NET_ADMIN"} }, driver.Policy{Capabilities: []string{"NET_ADMIN"}}},
		"a device":            {func(s *driver.Spec) { s.Security.Devices = []driver.Device{{Path: "/dev/null"}} }, driver.Policy{Devices: []string{"/dev/null"}}},
		"no seccomp":          {func(s *driver.Spec) { s.Security.Seccomp = "unconfined" }, driver.Policy{Unconfined: true}},
		"the host's network":  {func(s *driver.Spec) { s.NICs = []driver.NIC{{Network: "host"}} }, driver.Policy{HostNetwork: true}},
		"a path":              {bind("/etc"), driver.Policy{Paths: []string{"/etc"}}},
		"a path of another":   {bind("/etc2"), driver.Policy{}},
		"the engine's socket": {bind("/var/run/docker.sock"), driver.Policy{}},
	} {
		t.Run(name, func(t *testing.T) {
			spec := sleeper("policy", image)
			tc.change(&spec)
			_, err := strict.Create(t.Context(), spec)
			wantError(t, err, dockerhv.ErrDenied)
			_, err = openWith(t, "policy", driver.Policy{Paths: []string{"/run", "/var", "/etc/x", "/et"}}).Create(t.Context(), spec)
			wantError(t, err, dockerhv.ErrDenied)
			if cmp.Equal(tc.policy, driver.Policy{}) {
				return
			}
			if name == "privileged" {
				return // Engine 20.10 needs more rights for it than tests have everywhere
			}
			d := openWith(t, "policy", tc.policy)
			create(t, d, spec)
			start(t, d, spec.ID)
		})
	}
}

// 117: a health check's results are events.
func TestHealthCheck(t *testing.T) {
	d := open(t, "health")
	spec := sleeper("health", busybox(t, d))
	spec.Health = &driver.HealthCheck{Command: []string{"test", "-f", "/tmp/well"}, Interval: 500 * time.Millisecond, Retries: 1}
	spec.Command = []string{"sh", "-c", "trap 'exit 0' TERM; sleep 2; mkdir -p /tmp; touch /tmp/well; while :; do sleep 0.1; done"}
	r := watch(t, d)
	create(t, d, spec)
	start(t, d, spec.ID)
	var details []string
	for deadline := time.Now().Add(20 * time.Second); !slices.Contains(details, "healthy"); time.Sleep(50 * time.Millisecond) {
		details = nil
		r.mu.Lock()
		for _, e := range r.events {
			if e.Type == driver.EventHealth {
				details = append(details, e.Detail)
			}
		}
		r.mu.Unlock()
		if time.Now().After(deadline) {
			t.Fatalf("health %q", details)
		}
	}
	if !slices.Contains(details, "unhealthy") {
		t.Errorf("health %q; want unhealthy first", details)
	}
}

func TestRestartPolicy(t *testing.T) {
	d := open(t, "again")
	spec := sleeper("again", busybox(t, d))
	spec.Restart = driver.Restart{Policy: driver.RestartOnFailure, MaxRetries: 2}
	spec.Command = []string{"sh", "-c", "echo once; exit 3"}
	create(t, d, spec)
	start(t, d, spec.ID)
	lines := 0
	for deadline := time.Now().Add(20 * time.Second); lines != 3; time.Sleep(100 * time.Millisecond) {
		lines = 0
		for _, err := range driver.Logs(t.Context(), d, spec.ID, driver.LogOptions{}) {
			if err != nil {
				t.Fatal(err)
			}
			lines++
		}
		if time.Now().After(deadline) {
			t.Fatalf("it ran %d times; want 3", lines)
		}
	}
}

// 106: logs that the driver does not keep are told apart from none.
func TestLogDriver(t *testing.T) {
	d := open(t, "logdriver")
	image := busybox(t, d)
	for name, readable := range map[string]bool{"local": true, "json-file": true, "none": false} {
		spec := sleeper("log-"+name, image)
		spec.Log = driver.Log{Driver: name}
		spec.Command = []string{"echo", "line"}
		create(t, d, spec)
		start(t, d, spec.ID)
		if _, err := d.Wait(t.Context(), spec.ID); err != nil {
			t.Fatal(err)
		}
		var lines []string
		var failed error
		for line, err := range driver.Logs(t.Context(), d, spec.ID, driver.LogOptions{}) {
			if failed = err; err == nil {
				lines = append(lines, line.Text)
			}
		}
		if readable != (fmt.Sprint(lines) == "[line]" && failed == nil) || !readable && failed == nil {
			t.Errorf("%s: %q, %v", name, lines, failed)
		}
	}
}
