package engine

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/docker/docker/api/types/system"
	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv/driver"
)

// 138: a machine's nodes are those that the kernel lists; without a list they are unknown.
func TestNUMA(t *testing.T) {
	dir := t.TempDir()
	for file, text := range map[string]string{
		"node1/cpulist": "2-3\n", "node1/meminfo": "Node 1 MemTotal:  2048 kB\nNode 1 MemFree:  1 kB\n",
		"node0/cpulist": "0-1\n", "node0/meminfo": "Node 0 MemTotal:  1024 kB\n",
		"node10/cpulist": "\n", "online": "0-1,10\n", "nodes/cpulist": "9\n",
	} {
		path := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := []driver.NUMANode{
		{ID: 0, CPUs: "0-1", Memory: driver.Measure(1 << 20)}, {ID: 1, CPUs: "2-3", Memory: driver.Measure(2 << 20)}, {ID: 10},
	}
	if diff := cmp.Diff(want, readNUMA(dir)); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
	if nodes := readNUMA(filepath.Join(dir, "none")); nodes != nil {
		t.Errorf("nodes %v", nodes)
	}
}

// 138: an engine that is not this machine's, for its kernel or its memory is another,
// has figures that nobody knows.
func TestOtherMachinesAreNotMeasured(t *testing.T) {
	memory := int64(readMeminfo("/proc/meminfo", "MemTotal")["MemTotal"].Value)
	for name, tc := range map[string]struct {
		info system.Info
		url  string
		want driver.Mark
	}{
		"this machine":   {system.Info{MemTotal: memory, KernelVersion: kernelRelease(), DockerRootDir: "/"}, "unix:///s", driver.Measured},
		"a tunnel's end": {system.Info{MemTotal: memory - 4096, KernelVersion: kernelRelease(), DockerRootDir: "/"}, "unix:///s", driver.MarkUnknown},
		"another kernel": {system.Info{MemTotal: memory, KernelVersion: "5.10.0", DockerRootDir: "/"}, "unix:///s", driver.MarkUnknown},
		"another host":   {system.Info{MemTotal: memory, KernelVersion: kernelRelease(), DockerRootDir: "/"}, "tcp://192.0.2.7:2376", driver.MarkUnknown},
	} {
		var host driver.Host
		(&Engine{endpoint: driver.Endpoint{URL: tc.url}}).measure(&host, tc.info)
		c := host.Capacity
		if c.Swap.Mark != tc.want || c.Disk.Mark != tc.want || c.DiskFree.Mark != tc.want || c.Memory.Mark != driver.Measured {
			t.Errorf("%s: the capacity is %+v", name, c)
		}
		if c.Disk.Value < c.DiskFree.Value || tc.want == driver.Measured && c.DiskFree.Value <= 0 {
			t.Errorf("%s: of %v %v are free", name, c.Disk, c.DiskFree)
		}
	}
}
