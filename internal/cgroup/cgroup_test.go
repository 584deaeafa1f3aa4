package cgroup

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dockerhv/dockerhv/driver"
)

const id = "0f5c1e3a9b7d2c4e6f80a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f6"

// machine writes a machine's files, of which the group's are below group, and makes a
// reader of them.
func machine(t *testing.T, texts map[string]string) *Reader {
	t.Helper()
	dir := t.TempDir()
	write := func(path, text string) {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for path, text := range texts {
		write(path, text)
	}
	write("proc/meminfo", "MemTotal:       16384000 kB\nMemFree:         1000000 kB\n")
	write("proc/42/net/dev", `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:    9999      10    0    0    0     0          0         0     9999      10    0    0    0     0       0          0
  eth0:    1000      10    0    0    0     0          0         0      100       1    0    0    0     0       0          0
  eth1:      20       1    0    0    0     0          0         0        3       1    0    0    0     0       0          0
`)
	for pid, network := range map[string]string{"1": "net:[1]", "self": "net:[1]", "42": "net:[2]"} {
		if err := os.MkdirAll(filepath.Join(dir, "proc", pid, "ns"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(network, filepath.Join(dir, "proc", pid, "ns/net")); err != nil {
			t.Fatal(err)
		}
	}
	return &Reader{root: filepath.Join(dir, "cgroup"), proc: filepath.Join(dir, "proc")}
}

// v2 is a machine with cgroup v2; the texts are in the form that Linux 6 writes.
func v2(group string) map[string]string {
	at := "cgroup/" + group + "/"
	return map[string]string{
		"cgroup/cgroup.controllers": "cpuset cpu io memory hugetlb pids rdma misc\n",
		at + "cgroup.procs":         "42\n43\n",
		at + "cpu.stat": "usage_usec 1500000\nuser_usec 1000000\nsystem_usec 500000\nnice_usec 0\ncore_sched.force_idle_usec 0\n" +
			"nr_periods 100\nnr_throttled 7\nthrottled_usec 7000\nnr_bursts 0\nburst_usec 0\n",
		at + "memory.current":      "1000000\n",
		at + "memory.max":          "4194304\n",
		at + "memory.swap.current": "8192\n",
		at + "memory.stat": "anon 400000\nfile 500000\nkernel 60000\nkernel_stack 16384\npagetables 40960\nshmem 0\n" +
			"inactive_anon 380000\nactive_anon 20000\ninactive_file 300000\nactive_file 200000\nunevictable 0\n",
		at + "pids.current": "3\n",
		at + "io.stat": "8:0 rbytes=100 wbytes=200 rios=1 wios=2 dbytes=0 dios=0\n" +
			"253:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n259:0 \n",
		at + "cpu.pressure":    "some avg10=96.79 avg60=97.55 avg300=95.16 total=3128\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=5\n",
		at + "memory.pressure": "some avg10=0.00 avg60=0.00 avg300=0.00 total=11\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=10\n",
		at + "io.pressure":     "some avg10=1.25 avg60=0.30 avg300=0.06 total=22\nfull avg10=1.25 avg60=0.30 avg300=0.06 total=20\n",
	}
}

// v1 is a machine with cgroup v1, on which the same has happened.
func v1(group string) map[string]string {
	texts := map[string]string{
		"memory/" + group + "/cgroup.procs":                             "42\n43\n",
		"cpuacct/" + group + "/cpuacct.usage":                           "1500000000\n",
		"cpu/" + group + "/cpu.stat":                                    "nr_periods 100\nnr_throttled 7\nthrottled_time 7000000\n",
		"memory/" + group + "/memory.usage_in_bytes":                    "1000000\n",
		"memory/" + group + "/memory.limit_in_bytes":                    "4194304\n",
		"memory/" + group + "/memory.stat":                              "cache 1\nrss 1\nswap 1\ninactive_file 1\ntotal_cache 500000\ntotal_rss 400000\ntotal_swap 8192\ntotal_inactive_file 300000\n",
		"pids/" + group + "/pids.current":                               "3\n",
		"blkio/" + group + "/blkio.throttle.io_service_bytes_recursive": "8:0 Read 100\n8:0 Write 200\n8:0 Sync 300\n8:0 Total 300\n253:0 Read 10\n253:0 Write 20\nTotal 330\n",
	}
	for name, text := range v2("unified/" + group) {
		if strings.HasSuffix(name, ".pressure") {
			texts[strings.TrimPrefix(name, "cgroup/")] = text
		}
	}
	all := make(map[string]string)
	for name, text := range texts {
		all["cgroup/"+name] = text
	}
	return all
}

func used() driver.Stats {
	return driver.Stats{
		CPU: 1500 * time.Millisecond, Throttled: 7 * time.Millisecond,
		Memory: 700000, MemoryLimit: 4194304, Anon: 400000, File: 500000, Swap: 8192, PIDs: 3,
		ReadBytes: 110, WrittenBytes: 220, ReceivedBytes: 1020, SentBytes: 103,
		Pressure: &driver.Pressure{
			CPU:    driver.Stall{Some: 3128 * time.Microsecond, Full: 5 * time.Microsecond},
			Memory: driver.Stall{Some: 11 * time.Microsecond, Full: 10 * time.Microsecond},
			IO:     driver.Stall{Some: 22 * time.Microsecond, Full: 20 * time.Microsecond},
		},
	}
}

// 109: the numbers have one meaning on cgroup v1 and v2, wherever the engine puts its
// groups.
func TestStats(t *testing.T) {
	for _, group := range []string{
		"docker/" + id, "system.slice/docker-" + id + ".scope", "mine/deep/" + id,
		"user.slice/user-1000.slice/user@1000.service/user.slice/docker-" + id + ".scope",
	} {
		for name, texts := range map[string]map[string]string{"v1": v1(group), "v2": v2(group)} {
			r := machine(t, texts)
			for range 2 { // found by a search, and then where the first was
				got, ok := r.Stats(id)
				if diff := cmp.Diff(used(), got, cmpopts.IgnoreFields(driver.Stats{}, "Time")); diff != "" || !ok || got.Time.IsZero() {
					t.Errorf("%s in %s: %t; stats (-want +got):\n%s", name, group, ok, diff)
				}
			}
		}
	}
}

// 109: what the kernel does not count is unknown, not zero, and no bound is the machine's
// memory.
func TestStatsThatAreNotCounted(t *testing.T) {
	texts := v2("docker/" + id)
	for _, file := range []string{"memory.swap.current", "io.pressure"} {
		delete(texts, "cgroup/docker/"+id+"/"+file)
	}
	texts["cgroup/docker/"+id+"/memory.max"] = "max\n"
	texts["cgroup/docker/"+id+"/cpu.stat"] = "usage_usec 5\n" // without a bound
	got, ok := machine(t, texts).Stats(id)
	if !ok || got.Swap != -1 || got.Pressure != nil || got.MemoryLimit != 16384000<<10 || got.Throttled != 0 {
		t.Errorf("%t, %+v", ok, got)
	}
	old := v1("docker/" + id)
	old["cgroup/memory/docker/"+id+"/memory.limit_in_bytes"] = "9223372036854771712\n"
	for name := range old {
		if strings.Contains(name, "unified") {
			delete(old, name)
		}
	}
	if got, ok := machine(t, old).Stats(id); !ok || got.Pressure != nil || got.MemoryLimit != 16384000<<10 {
		t.Errorf("%t, %+v", ok, got)
	}
}

// What is not here is not searched for again and again, and what is broken is left to the
// engine.
func TestStatsOfAnotherMachine(t *testing.T) {
	r := machine(t, v2("docker/"+id))
	if got, ok := r.Stats("ffff"); ok {
		t.Errorf("another machine's container has %+v", got)
	}
	if got, ok := r.Stats(id); ok {
		t.Errorf("the search was made again at once, and found %+v", got)
	}
	r.failed = time.Now().Add(-2 * searchPause)
	if _, ok := r.Stats(id); !ok {
		t.Error("the search was not made again")
	}
	if _, ok := r.Stats("ffff"); ok {
		t.Error("another machine's container was found")
	}
	if _, ok := r.Stats(id); !ok {
		t.Error("what was found is not found any more")
	}
	for file, text := range map[string]string{
		"memory.current": "many\n", "pids.current": "", "cgroup.procs": "0\n", "cpu.stat": "usage_usec x\n",
	} {
		texts := v2("docker/" + id)
		texts["cgroup/docker/"+id+"/"+file] = text
		if got, ok := machine(t, texts).Stats(id); ok {
			t.Errorf("%s is %q, and the stats are %+v", file, text, got)
		}
	}
}

// The network of an instance that has the machine's is nobody's.
func TestTrafficOfTheMachine(t *testing.T) {
	r := machine(t, v2("docker/"+id))
	link := filepath.Join(r.proc, "42/ns/net")
	if err := os.Remove(link); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("net:[1]", link); err != nil {
		t.Fatal(err)
	}
	if got, ok := r.Stats(id); !ok || got.ReceivedBytes != 0 || got.SentBytes != 0 {
		t.Errorf("%t, %+v", ok, got)
	}
}

// A container that makes groups of its own has its processes in these.
func TestProcessInAGroupBelow(t *testing.T) {
	texts := v2("docker/" + id)
	texts["cgroup/docker/"+id+"/cgroup.procs"] = ""
	texts["cgroup/docker/"+id+"/init.scope/cgroup.procs"] = "42\n"
	if got, ok := machine(t, texts).Stats(id); !ok || got.ReceivedBytes != 1020 {
		t.Errorf("%t, %+v", ok, got)
	}
}
