package docker_test

import (
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/template"
)

func equalAddr(a, b netip.Addr) bool { return a == b }

// TestSpecReachesTheInstance asks the instance itself what it got.
func TestSpecReachesTheInstance(t *testing.T) {
	d := open(t, "told")
	spec := sleeper("told", busybox(t, d))
	spec.Hostname = "my-host"
	spec.WorkDir = "/tmp"
	spec.User = "1000:1000"
	spec.Env = map[string]string{"B": "two words", "A": "=x"}
	spec.Resources = driver.Resources{CPUs: 0.25, Memory: 48 << 20}
	spec.Command = []string{"sh", "-c", `
		echo "host $(cat /etc/hostname)"; echo "dir $PWD"; echo "env $A $B"
		while read line; do case $line in Uid:*|Gid:*) echo $line;; esac; done < /proc/self/status
		for f in /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max; do [ -f $f ] && echo "memory $(cat $f)"; done
		for f in /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu.max; do [ -f $f ] && echo "cpu $(cat $f)"; done
		echo problem >&2; exit 5`}
	create(t, d, spec)
	start(t, d, spec.ID)
	exit, err := driver.Wait(t.Context(), d, spec.ID)
	if err != nil || exit.Code != 5 || exit.OOM || exit.Time.IsZero() {
		t.Fatalf("exit %+v, %v; want code 5", exit, err)
	}
	var stdout, stderr []string
	for line, err := range driver.Logs(t.Context(), d, spec.ID, driver.LogOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		if line.Time.IsZero() {
			t.Errorf("%q has no time", line.Text)
		}
		if line.Stream == driver.Stderr {
			stderr = append(stderr, line.Text)
			continue
		}
		stdout = append(stdout, line.Text)
	}
	for _, want := range []string{
		"host my-host", "dir /tmp", "env =x two words", "Uid: 1000 1000 1000 1000", "Gid: 1000 1000 1000 1000",
		"memory " + strconv.Itoa(48<<20),
	} {
		if !slices.Contains(stdout, want) {
			t.Errorf("the instance did not print %q but\n%s", want, strings.Join(stdout, "\n"))
		}
	}
	if !slices.Contains(stdout, "cpu 25000") && !slices.Contains(stdout, "cpu 25000 100000") {
		t.Errorf("a quarter of a CPU is not in force:\n%s", strings.Join(stdout, "\n"))
	}
	if diff := cmp.Diff([]string{"problem"}, stderr); diff != "" {
		t.Errorf("stderr (-want +got):\n%s", diff)
	}
}

func TestPublishedPort(t *testing.T) {
	d := open(t, "port")
	spec := sleeper("web", busybox(t, d))
	spec.Command = []string{"sh", "-c", "echo hello > /tmp/index.html; exec httpd -f -p 80 -h /tmp"}
	loopback := netip.MustParseAddr("127.0.0.1")
	spec.Ports = []driver.Port{{HostIP: loopback, Port: 80}}
	create(t, d, spec)
	start(t, d, spec.ID)
	ports := inspect(t, d, spec.ID).Ports
	if len(ports) != 1 || ports[0].HostIP != loopback || ports[0].Port != 80 || ports[0].HostPort == 0 || ports[0].Protocol != driver.TCP {
		t.Fatalf("ports %+v", ports)
	}
	if got := get(t, "http://127.0.0.1:"+strconv.Itoa(int(ports[0].HostPort))); got != "hello\n" {
		t.Errorf("the instance answered %q", got)
	}

	second := sleeper("second", inspectImage(t, d, spec.Image))
	second.Ports = []driver.Port{{HostIP: loopback, HostPort: ports[0].HostPort, Port: 80}}
	create(t, d, second)
	wantError(t, d.Start(t.Context(), second.ID), dockerhv.ErrConflict)
}

func get(t *testing.T, url string) string {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			return string(body)
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

func TestWhatTheHostCanNotHonour(t *testing.T) {
	d := open(t, "beyond")
	image := busybox(t, d)
	host, err := d.Host(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		change func(*driver.Spec)
		class  error
		field  string
	}{
		"more CPUs":        {func(s *driver.Spec) { s.Resources.CPUs = float64(host.CPUs) + 1 }, dockerhv.ErrInvalid, "resources.cpus"},
		"more memory":      {func(s *driver.Spec) { s.Resources.Memory = host.Memory + 1 }, dockerhv.ErrInvalid, "resources.memory"},
		"a network twice":  {func(s *driver.Spec) { s.NICs = make([]driver.NIC, 2) }, dockerhv.ErrInvalid, "nics[1]"},
		"none and another": {func(s *driver.Spec) { s.NICs = []driver.NIC{{}, {Network: "none"}} }, dockerhv.ErrInvalid, "nics[1]"},
		"our own label":    {func(s *driver.Spec) { s.Labels = map[string]string{"io.github.dockerhv.owner": "x"} }, dockerhv.ErrInvalid, "labels"},
		"a bad ID":         {func(s *driver.Spec) { s.ID = "../x" }, dockerhv.ErrInvalid, "id"},
		"no image":         {func(s *driver.Spec) { s.Image = "busybox:1" }, dockerhv.ErrInvalid, "image"},
		"an absent image": {func(s *driver.Spec) {
			s.Image = "sha256:" + strings.Repeat("0", 64)
		}, dockerhv.ErrNotFound, "image"},
	} {
		t.Run(name, func(t *testing.T) {
			spec := sleeper("beyond", image)
			tc.change(&spec)
			_, err := d.Create(t.Context(), spec)
			wantError(t, err, tc.class)
			if !strings.Contains(err.Error(), tc.field) {
				t.Errorf("%v does not name %s", err, tc.field)
			}
		})
	}
}

func TestCommandThatCanNotStart(t *testing.T) {
	d := open(t, "nostart")
	image := busybox(t, d)
	for name, command := range map[string][]string{
		"absent":         {"no-such-program"},
		"absent path":    {"/no/such/program"},
		"not executable": {"/etc/hostname"},
	} {
		t.Run(name, func(t *testing.T) {
			spec := sleeper("nostart", image)
			spec.Command = command
			create(t, d, spec)
			wantError(t, d.Start(t.Context(), spec.ID), dockerhv.ErrInvalid)
			if i := inspect(t, d, spec.ID); i.State.Active() || i.Exit == nil || i.Exit.Error == "" {
				t.Errorf("after the failed start: %+v, exit %+v", i, i.Exit)
			}
		})
	}
}

func inspectImage(t *testing.T, d driver.Driver, id string) template.Image {
	t.Helper()
	image, err := d.Images().Image(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return image
}
