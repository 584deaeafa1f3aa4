package docker_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
)

// 138: a host tells how its engine is set up, and of this machine what the kernel knows.
func TestHostTellsItsConfiguration(t *testing.T) {
	_, d, _ := private(t, map[string]any{
		"live-restore": true, "experimental": true, "bip": "10.123.0.1/24",
		"log-driver": "local", "insecure-registries": []string{"registry.example.org:5000"},
		"registry-mirrors":      []string{"https://mirror.example.org"},
		"default-address-pools": []map[string]any{{"base": "10.124.0.0/16", "size": 24}},
		"runtimes":              map[string]any{"nvidia": map[string]any{"path": "/usr/sbin/runc"}},
	})
	h, err := d.Host(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	equal := cmpopts.EquateComparable(netip.Prefix{})
	for what, diff := range map[string]string{
		"mirrors":      cmp.Diff([]string{"https://mirror.example.org/"}, h.RegistryMirrors),
		"pools":        cmp.Diff([]driver.AddressPool{{Base: netip.MustParsePrefix("10.124.0.0/16"), Size: 24}}, h.AddressPools, equal),
		"bridge":       cmp.Diff([]netip.Prefix{netip.MustParsePrefix("10.123.0.1/24")}, h.Bridge, equal),
		"GPU runtimes": cmp.Diff([]string{"nvidia"}, h.GPURuntimes),
		"swarm":        cmp.Diff("inactive", h.Swarm),
		"log driver":   cmp.Diff("local", h.LogDriver),
	} {
		if diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	if !h.LiveRestore || !h.Experimental || h.CgroupDriver == "" || h.DefaultRuntime != "runc" || !slices.Contains(h.Runtimes, "nvidia") {
		t.Errorf("the host is %+v", h)
	}
	if !slices.Contains(h.InsecureRegistries, "127.0.0.0/8") || !slices.Contains(h.InsecureRegistries, "registry.example.org:5000") {
		t.Errorf("insecure are %v", h.InsecureRegistries)
	}
	if !slices.Contains(h.LogDrivers, "json-file") || !slices.Contains(h.NetworkDrivers, "bridge") || !slices.Contains(h.VolumeDrivers, "local") || h.AuthorizationPlugins == nil {
		t.Errorf("the host is %+v", h)
	}
	if h.Capacity.DiskFree.Mark != driver.Measured || h.Capacity.DiskFree.Value <= 0 || h.Capacity.Swap.Mark != driver.Measured || h.DataRoot == "" {
		t.Errorf("of this machine the capacity is %+v, the nodes are %+v", h.Capacity, h.NUMA)
	}
	wantCapability(t, d, "checkpoint", true)
}

// 142: capabilities are the engine's own word.
func TestCapabilities(t *testing.T) {
	d := open(t, "capable")
	h, err := d.Host(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wantCapability(t, d, "checkpoint", h.Experimental)
	wantCapability(t, d, "limits.swap", h.LimitsSwap)
	wantCapability(t, d, "limits.pids", h.LimitsPIDs)
	wantCapability(t, d, "devices.cdi", len(h.CDISpecDirs) > 0)
	wantCapability(t, d, "Pauser", true)
	wantCapability(t, d, "Waiter", true)
}

func wantCapability(t *testing.T, d driver.Driver, name string, want bool) {
	t.Helper()
	all, err := driver.Capabilities(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(c driver.Capability) bool { return c.Name == name })
	if i < 0 || all[i].Supported != want || !want && all[i].Reason == "" {
		t.Errorf("%s is not told as %t, with a reason: %+v", name, want, all)
	}
}

// 135: the first description comes soon, or an error does that says why.
func TestOpenEndsSoon(t *testing.T) {
	e, _, _ := private(t, nil)
	if err := e.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Signal(syscall.SIGCONT) })
	for name, url := range map[string]string{"an engine that hangs": e.Endpoint(), "a socket that says nothing": "unix://" + silent(t)} {
		t.Run(name, func(t *testing.T) {
			begun := time.Now()
			_, err := docker.Open(t.Context(), driver.Endpoint{URL: url}, docker.Options{})
			took := time.Since(begun)
			wantError(t, err, dockerhv.ErrUnavailable)
			if errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "within 2s") {
				t.Errorf("%v is told as the caller's giving up, or says not how long it was waited for", err)
			}
			if took < 2*time.Second || took > 15*time.Second {
				t.Errorf("it took %v", took)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			_, err = docker.Open(ctx, driver.Endpoint{URL: url}, docker.Options{OpenTimeout: time.Hour})
			wantError(t, err, context.DeadlineExceeded)
		})
	}
}

// silent is a socket that takes connections and says nothing.
func silent(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return path
}
