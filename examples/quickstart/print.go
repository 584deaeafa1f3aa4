package main

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/docker/go-units"

	"github.com/dockerhv/dockerhv/driver"
)

// heading begins a step of what is shown.
func heading(out io.Writer, format string, args ...any) {
	fmt.Fprintf(out, "\n"+format+"\n", args...)
}

func printHost(out io.Writer, h driver.Host) {
	store := h.StorageDriver
	if h.ContainerdStore {
		store += " in containerd"
	}
	kind := "rootful"
	if h.Rootless {
		kind = "rootless"
	}
	fmt.Fprintf(out, "Host %s at %s\n", h.Name, h.Endpoint)
	fmt.Fprintf(out, "  Docker Engine %s (%s), API %s, %s on %s\n", h.Version, kind, h.APIVersion, h.Platform, h.OperatingSystem)
	fmt.Fprintf(out, "  %d CPUs, %s memory, cgroup v%s, images in %s\n", h.CPUs, units.BytesSize(float64(h.Memory)), h.CgroupVersion, store)
	fmt.Fprintf(out, "  %d instances run there, %d are at rest, %d images\n", h.Running+h.Paused, h.Stopped, h.Images)
}

// printTable shows the session's instances as the host has them.
func (s *session) printTable(ctx context.Context) error {
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tFORMAT\tDIGEST\tSTATE\tADDRESS\tCPU\tMEMORY")
	for _, id := range s.instances {
		i, err := s.driver.Inspect(ctx, id)
		if err != nil {
			return err
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
			i.ID, i.Template.Format, short(i.Template.Digest), i.State, address(i), cpus(i.Resources), memory(i.Resources))
	}
	return table.Flush()
}

// short is as much of a digest as a person compares.
func short(digest string) string {
	const digits = 12
	_, hex, _ := strings.Cut(digest, ":")
	return hex[:min(digits, len(hex))]
}

// address is where the instance is reached: where it publishes a port, or else its
// own address. A line of the table fits into a terminal.
func address(i driver.Instance) string {
	if len(i.Ports) > 0 {
		return hostAddress(i.Ports[0])
	}
	if addr := i.Address(); addr.IsValid() {
		return addr.String()
	}
	return "-"
}

// hostAddress is where a published port is reached on the host.
func hostAddress(p driver.Port) string {
	return netip.AddrPortFrom(p.HostIP, p.HostPort).String()
}

func cpus(r driver.Resources) string {
	if r.CPUs == 0 {
		return "any"
	}
	return strconv.FormatFloat(r.CPUs, 'g', -1, 64)
}

func memory(r driver.Resources) string {
	if r.Memory == 0 {
		return "any"
	}
	return units.BytesSize(float64(r.Memory))
}
