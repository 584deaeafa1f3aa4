package cgroup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// bound is a bound on memory, or the machine's memory where there is none that is less.
func (r *Reader) bound(bytes int64) int64 {
	var f files
	for line := range strings.Lines(f.text(filepath.Join(r.proc, "meminfo"))) {
		if words := strings.Fields(line); len(words) == 3 && words[0] == "MemTotal:" {
			return min(bytes, f.parse(words[1])<<10)
		}
	}
	return bytes
}

// traffic is what has come and gone over the NICs of a group's processes: all of their
// network's but the loopback. The machine's own network is nobody's.
func (r *Reader) traffic(path string) (received, sent int64, err error) {
	pid, err := r.process(path)
	if err != nil {
		return 0, 0, err
	}
	network, err := os.Readlink(filepath.Join(r.proc, pid, "ns/net"))
	if err != nil {
		return 0, 0, err
	}
	for _, host := range []string{"1", "self"} {
		if own, err := os.Readlink(filepath.Join(r.proc, host, "ns/net")); err == nil && own == network {
			return 0, 0, nil
		}
	}
	var f files
	for line := range strings.Lines(f.text(filepath.Join(r.proc, pid, "net/dev"))) {
		name, counters, ok := strings.Cut(line, ":")
		words := strings.Fields(counters)
		if !ok || len(words) != 16 || strings.TrimSpace(name) == "lo" {
			continue
		}
		received += f.parse(words[0])
		sent += f.parse(words[8])
	}
	return received, sent, f.err
}

// process returns one of a group's processes. Those of a container that makes groups of
// its own are in these.
func (r *Reader) process(path string) (pid string, err error) {
	err = filepath.WalkDir(filepath.Join(r.tree(), path), func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() != "cgroup.procs" {
			return nil //nolint:nilerr // a group that ends meanwhile
		}
		data, err := os.ReadFile(file) //nolint:gosec // the kernel's tree has no links
		if err != nil {
			return nil //nolint:nilerr // as above
		}
		first, _, _ := strings.Cut(string(data), "\n")
		if first == "" || first == "0" { // 0 is one of another machine's view of processes
			return nil
		}
		pid = first
		return errFound
	})
	if pid == "" {
		return "", errors.Join(errors.New("no process can be seen"), err)
	}
	return pid, nil
}
