package engine

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/system"
	"golang.org/x/sys/unix"

	"github.com/dockerhv/dockerhv/driver"
)

// measureMachine fills in what this machine's kernel tells, if the engine runs on it:
// its socket may be a tunnel's, or lead into a virtual machine. Such has another kernel
// or another size, to the byte.
func measureMachine(host *driver.Host, info system.Info) {
	memory := readMeminfo("/proc/meminfo", "MemTotal", "SwapTotal")
	if memory["MemTotal"] != driver.Measure(info.MemTotal) || kernelRelease() != info.KernelVersion {
		return
	}
	host.Capacity.Swap = memory["SwapTotal"]
	var disk unix.Statfs_t
	if info.DockerRootDir != "" && unix.Statfs(info.DockerRootDir, &disk) == nil {
		host.Capacity.Disk = driver.Measure(disk.Blocks * uint64(disk.Bsize))
		host.Capacity.DiskFree = driver.Measure(disk.Bavail * uint64(disk.Bsize))
	}
	host.NUMA = readNUMA("/sys/devices/system/node")
}

func kernelRelease() string {
	var name unix.Utsname
	if unix.Uname(&name) != nil {
		return ""
	}
	return unix.ByteSliceToString(name.Release[:])
}

// readMeminfo reads figures of a file of the kernel's, whose lines are "MemTotal: 7 kB",
// with other words before the name where it is a node's.
func readMeminfo(file string, names ...string) map[string]driver.Figure {
	figures := make(map[string]driver.Figure, len(names))
	data, err := os.Open(file)
	if err != nil {
		return figures
	}
	defer data.Close()
	for lines := bufio.NewScanner(data); lines.Scan(); {
		before, after, _ := strings.Cut(lines.Text(), ":")
		name := before[strings.LastIndex(before, " ")+1:]
		if !slices.Contains(names, name) {
			continue
		}
		if kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(after), " kB"), 10, 64); err == nil {
			figures[name] = driver.Measure(kilobytes << 10)
		}
	}
	return figures
}

// readNUMA reads the nodes of a machine; nil if they can't be told.
func readNUMA(folder string) []driver.NUMANode {
	found, _ := filepath.Glob(filepath.Join(folder, "node[0-9]*"))
	var nodes []driver.NUMANode
	for _, dir := range found {
		id, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(dir), "node"))
		cpus, readErr := os.ReadFile(filepath.Join(dir, "cpulist"))
		if err != nil || readErr != nil {
			continue
		}
		nodes = append(nodes, driver.NUMANode{
			ID: id, CPUs: strings.TrimSpace(string(cpus)),
			Memory: readMeminfo(filepath.Join(dir, "meminfo"), "MemTotal")["MemTotal"],
		})
	}
	slices.SortFunc(nodes, func(a, b driver.NUMANode) int { return a.ID - b.ID })
	return nodes
}
