package docker_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// file is where a bound is in an instance's control group, by their version.
type file struct{ v1, v2 string }

// print is a script that prints the file, each line after a name.
func (f file) print(name string) string {
	return fmt.Sprintf(`for f in /sys/fs/cgroup/%s /sys/fs/cgroup/%s; do [ -f $f ] && while read -r line; do echo "%s $line"; done < $f; done; `, f.v1, f.v2, name)
}

var files = map[string]file{
	"quota":       {"cpu/cpu.cfs_quota_us", "cpu.max"},
	"shares":      {"cpu/cpu.shares", "cpu.weight"},
	"cpus":        {"cpuset/cpuset.cpus", "cpuset.cpus"},
	"nodes":       {"cpuset/cpuset.mems", "cpuset.mems"},
	"memory":      {"memory/memory.limit_in_bytes", "memory.max"},
	"reservation": {"memory/memory.soft_limit_in_bytes", "memory.low"},
	"swap":        {"memory/memory.memsw.limit_in_bytes", "memory.swap.max"},
	"oom":         {"memory/memory.oom_control", ""},
	"pids":        {"pids/pids.max", "pids.max"},
	"rbps":        {"blkio/blkio.throttle.read_bps_device", "io.max"},
	"wbps":        {"blkio/blkio.throttle.write_bps_device", "io.max"},
	"riops":       {"blkio/blkio.throttle.read_iops_device", "io.max"},
	"wiops":       {"blkio/blkio.throttle.write_iops_device", "io.max"},
}

// look is a script that prints all of them, and what else an instance can see of its
// own bounds.
func look() string {
	script := `
		echo "score $(cat /proc/self/oom_score_adj)"
		echo "files $(ulimit -Sn) $(ulimit -Hn)"
		echo "shm $(df -k /dev/shm | tail -1 | while read a b c; do echo $b; done)"
		`
	for name, f := range files {
		script += f.print(name)
	}
	return script + "true"
}

// 80: each bound is in force in the control groups, and is reported.
func TestBounds(t *testing.T) {
	d := open(t, "bounds")
	host := *hostOf(t, d)
	spec := sleeper("bounds", busybox(t, d))
	spec.Resources = driver.Resources{
		CPUs: 0.5, CPUShares: 512, CPUSet: "0", MemoryNodes: "0", Memory: 64 << 20, MemoryReservation: 32 << 20,
		Swap: 16 << 20, OOMScore: 300, SharedMemory: 8 << 20, PIDs: 50,
	}
	disk, number := anyDisk(t)
	spec.IO = driver.IO{Devices: []driver.DeviceIO{{Device: disk, ReadBytes: 1 << 20, WriteBytes: 2 << 20, ReadOps: 300, WriteOps: 400}}}
	spec.Ulimits = map[string]driver.Ulimit{"nofile": {Soft: 100, Hard: 200}}
	want := []string{
		"quota 50000", "shares 512", "cpus 0", "nodes 0", fmt.Sprint("memory ", 64<<20), fmt.Sprint("reservation ", 32<<20),
		fmt.Sprint("swap ", 80<<20), "score 300", "files 100 200", "shm 8192", "pids 50",
		fmt.Sprint("rbps ", number, " ", 1<<20), fmt.Sprint("wbps ", number, " ", 2<<20), "riops " + number + " 300", "wiops " + number + " 400",
	}
	if host.DisablesOOM {
		spec.Resources.NoOOMKill = true
		want = append(want, "oom oom_kill_disable 1")
	}
	if host.CgroupVersion == "2" {
		want = []string{
			"quota 50000 100000", "cpus 0", "nodes 0", fmt.Sprint("memory ", 64<<20), fmt.Sprint("reservation ", 32<<20),
			fmt.Sprint("swap ", 16<<20), "score 300", "files 100 200", "shm 8192", "pids 50",
			fmt.Sprint("rbps ", number, " rbps=", 1<<20, " wbps=", 2<<20, " riops=300 wiops=400"),
		}
	}
	lines := printed(t, d, spec, look())
	for _, line := range want {
		if !slices.Contains(lines, line) {
			t.Errorf("no %q among %q", line, lines)
		}
	}
	if slices.Contains(lines, "shares 100") {
		t.Error("the weight is the default one") // which runtimes make of the shares, each by its own rule
	}
	if diff := cmp.Diff(spec.Resources, inspect(t, d, spec.ID).Resources); diff != "" {
		t.Errorf("reported bounds (-want +got):\n%s", diff)
	}
}

// 83: no bound, the default and none at all are told apart.
func TestUnlimitedDefaultAndZero(t *testing.T) {
	d := open(t, "zero")
	image := busybox(t, d)
	v2 := hostOf(t, d).CgroupVersion == "2"
	none := func(v1, v2text string) string {
		if v2 {
			return v2text
		}
		return v1
	}
	const huge = "9223372036854771712" // the kernel's word for none, in whole pages
	bound := func(r driver.Resources) func(*driver.Spec) { return func(s *driver.Spec) { s.Resources = r } }
	core := func(limit ...driver.Ulimit) func(*driver.Spec) {
		return func(s *driver.Spec) {
			for _, l := range limit {
				s.Ulimits = map[string]driver.Ulimit{"core": l}
			}
		}
	}
	for name, tc := range map[string]struct {
		change func(*driver.Spec)
		want   string
	}{
		"CPUs, default":          {bound(driver.Resources{}), none("quota -1", "quota max 100000")},
		"memory, default":        {bound(driver.Resources{}), none("memory "+huge, "memory max")},
		"swap, default":          {bound(driver.Resources{Memory: 64 << 20}), none(fmt.Sprint("swap ", 64<<20), "swap 0")},
		"swap, none":             {bound(driver.Resources{Memory: 64 << 20, Swap: driver.NoSwap}), none(fmt.Sprint("swap ", 64<<20), "swap 0")},
		"swap, some":             {bound(driver.Resources{Memory: 64 << 20, Swap: 32 << 20}), none(fmt.Sprint("swap ", 96<<20), fmt.Sprint("swap ", 32<<20))},
		"swap, unlimited":        {bound(driver.Resources{Memory: 64 << 20, Swap: driver.Unlimited}), none("swap "+huge, "swap max")},
		"pids, default":          {bound(driver.Resources{}), "pids max"},
		"pids, unlimited":        {bound(driver.Resources{PIDs: driver.Unlimited}), "pids max"},
		"pids, some":             {bound(driver.Resources{PIDs: 40}), "pids 40"},
		"shared memory, default": {bound(driver.Resources{}), "shm 65536"},
		"OOM score, default":     {bound(driver.Resources{}), "score 0"},
		"core files, none":       {core(driver.Ulimit{}), "core 0"},
		"core files, some":       {core(driver.Ulimit{Soft: 1024, Hard: 2048}), "core 2"},
	} {
		t.Run(name, func(t *testing.T) {
			spec := sleeper("zero", image)
			tc.change(&spec)
			if lines := printed(t, d, spec, look()+`; echo "core $(ulimit -c)"`); !slices.Contains(lines, tc.want) {
				t.Errorf("no %q among %q", tc.want, lines)
			}
		})
	}
}

// 83: swap that was given stays when the memory is resized, and can be resized with it.
func TestResizeKeepsSwap(t *testing.T) {
	d := open(t, "swap")
	spec := sleeper("swap", busybox(t, d))
	spec.Resources = driver.Resources{Memory: 64 << 20, Swap: 16 << 20}
	create(t, d, spec)
	start(t, d, spec.ID)
	for _, step := range []struct{ resize, want driver.Resources }{
		{driver.Resources{Memory: 96 << 20}, driver.Resources{Memory: 96 << 20, Swap: 16 << 20}},
		{driver.Resources{Memory: 80 << 20}, driver.Resources{Memory: 80 << 20, Swap: 16 << 20}},
		{driver.Resources{Memory: 80 << 20, Swap: 32 << 20}, driver.Resources{Memory: 80 << 20, Swap: 32 << 20}},
		{driver.Resources{Memory: 80 << 20, Swap: driver.NoSwap}, driver.Resources{Memory: 80 << 20}},
		{driver.Resources{Memory: 80 << 20, Swap: driver.Unlimited}, driver.Resources{Memory: 80 << 20, Swap: driver.Unlimited}},
		{driver.Resources{Memory: 64 << 20}, driver.Resources{Memory: 64 << 20, Swap: driver.Unlimited}},
	} {
		if err := d.Resize(t.Context(), spec.ID, step.resize); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, inspect(t, d, spec.ID).Resources); diff != "" {
			t.Errorf("after %+v (-want +got):\n%s", step.resize, diff)
		}
	}
}

// 86: what this engine or its kernel can't do is refused before it is asked to.
func TestWhatTheEngineLacks(t *testing.T) {
	proxy, d, image := faulty(t, "lacks")
	host := *hostOf(t, d)
	has := func(option string) bool { return slices.Contains(host.SecurityOptions, option) }
	since := func(api string) bool { return host.APIVersion >= api } // of two digits each
	for option, tc := range map[string]struct {
		change func(*driver.Spec)
		able   bool
	}{
		"resources.disk":    {func(s *driver.Spec) { s.Resources.Disk = 1 << 30 }, host.LimitsDisk},
		"security.appArmor": {func(s *driver.Spec) { s.Security.AppArmor = "docker-default" }, has("apparmor")},
		"security.seLinux":  {func(s *driver.Spec) { s.Security.SELinux = []string{"type:container_t"} }, has("selinux")},
		"runtime":           {func(s *driver.Spec) { s.Runtime = "no-such-runtime" }, false},
		"annotations":       {func(s *driver.Spec) { s.Annotations = map[string]string{"a": "b"} }, since("1.43")},
		"health.startInterval": {func(s *driver.Spec) {
			s.Health = &driver.HealthCheck{Command: []string{"true"}, StartInterval: 1e9}
		}, since("1.44")},
		"security.deviceRequests": {func(s *driver.Spec) {
			s.Security.DeviceRequests = []driver.DeviceRequest{{Driver: driver.DeviceDriverCDI, IDs: []string{"v.example/gpu=0"}}}
		}, since("1.44")},
		"mounts.type": {func(s *driver.Spec) {
			s.Mounts = []driver.Mount{{Type: driver.MountImage, Source: s.Image, Target: "/x"}}
		}, since("1.48")},
		"mounts.subpath": {func(s *driver.Spec) {
			s.Mounts = []driver.Mount{{Type: driver.MountVolume, Source: "v", Subpath: "a", Target: "/x"}}
		}, since("1.45")},
		"mounts.relabel": {func(s *driver.Spec) {
			s.Mounts = []driver.Mount{{Type: driver.MountBind, Source: "/tmp", Target: "/x", Create: true, Relabel: driver.RelabelShared}}
		}, has("selinux")},
	} {
		if tc.able {
			continue // which other tests prove
		}
		t.Run(option, func(t *testing.T) {
			spec := sleeper("lacks", image)
			tc.change(&spec)
			proxy.Calls()
			_, err := d.Create(t.Context(), spec)
			wantError(t, err, errors.ErrUnsupported)
			if !strings.Contains(err.Error(), option) || !strings.Contains(err.Error(), host.Version) {
				t.Errorf("%v does not name the option and the version", err)
			}
			if calls := proxy.Calls(); len(calls) > 0 {
				t.Errorf("the engine was asked: %q", calls)
			}
		})
	}
}

// 80, 86: a weight is in force or refused. Some engines tell that they lack it only
// once they have dropped it, and then nothing is left of the instance.
func TestIOWeight(t *testing.T) {
	d := open(t, "weight")
	image := busybox(t, d)
	disk, number := anyDisk(t)
	for name, tc := range map[string]struct {
		io   driver.IO
		want []string // what the file that has it says, by the kernel's scheduler
	}{
		"of all":    {driver.IO{Weight: 500}, []string{"500", "default 500", "default 4950"}},
		"of a disk": {driver.IO{Devices: []driver.DeviceIO{{Device: disk, Weight: 500}}}, []string{number + " 500", number + " 4950"}},
	} {
		t.Run(name, func(t *testing.T) {
			spec := sleeper("weight", image)
			spec.IO = tc.io
			i, err := d.Create(t.Context(), spec)
			if err != nil {
				wantError(t, err, errors.ErrUnsupported)
				if all, err := d.List(t.Context(), driver.Filter{}); err != nil || len(all) > 0 {
					t.Errorf("the refusal left %v, %v", all, err)
				}
				return
			}
			lines := printed(t, d, spec, `for f in blkio/blkio.weight blkio/blkio.weight_device blkio/blkio.bfq.weight blkio/blkio.bfq.weight_device io.weight io.bfq.weight; do
				[ -f /sys/fs/cgroup/$f ] && cat /sys/fs/cgroup/$f; done; true`)
			if !slices.ContainsFunc(tc.want, func(w string) bool { return slices.Contains(lines, w) }) {
				t.Errorf("%s has the weights %q, want one of %q", i.HostID, lines, tc.want)
			}
		})
	}
}

// 82: what only the host knows to be out of bounds is refused with the bound.
func TestBoundsOfTheHost(t *testing.T) {
	d := open(t, "outside")
	image := busybox(t, d)
	for text, change := range map[string]func(*driver.Spec){
		"available: 0": func(s *driver.Spec) { s.Resources.CPUSet = "4000" },
		"available":    func(s *driver.Spec) { s.Resources.MemoryNodes = "1000" },
	} {
		spec := sleeper("outside", image)
		change(&spec)
		_, err := d.Create(t.Context(), spec)
		wantError(t, err, dockerhv.ErrInvalid)
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%v does not tell %q", err, text)
		}
	}
}

func hostOf(t *testing.T, d driver.Driver) *driver.Host {
	t.Helper()
	host, err := d.Host(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &host
}

// anyDisk is a block device that the kernel has, and its number.
func anyDisk(t *testing.T) (path, number string) {
	t.Helper()
	disks, err := filepath.Glob("/sys/block/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, disk := range disks {
		path := "/dev/" + filepath.Base(disk)
		number, err := os.ReadFile(filepath.Join(disk, "dev"))
		if _, statErr := os.Stat(path); err == nil && statErr == nil {
			return path, strings.TrimSpace(string(number))
		}
	}
	t.Fatal("the machine has no block device, not even a loop")
	return "", ""
}
