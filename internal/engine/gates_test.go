package engine

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/system"
	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv/driver"
)

// gated are specs that use an option, and hosts that lack what it needs, by option.
func gated() map[string][]gateCase {
	bind := driver.Mount{Type: driver.MountBind, Source: "/srv", Target: "/x", ReadOnly: true}
	bound := func(r driver.Resources) func(*driver.Spec) { return func(s *driver.Spec) { s.Resources = r } }
	secured := func(c driver.Security) func(*driver.Spec) { return func(s *driver.Spec) { s.Security = c } }
	lacks := func(change func(*driver.Host)) gateCase { return gateCase{lacks: change} }
	api := func(before string) gateCase { return gateCase{before: before} }
	rootless := lacks(func(h *driver.Host) { h.Rootless = true })
	remapped := lacks(func(h *driver.Host) { h.UserNamespaces = true })
	unconfined := lacks(func(h *driver.Host) { h.SecurityOptions = nil })
	one := func(c gateCase, use func(*driver.Spec)) []gateCase {
		c.use = use
		return []gateCase{c}
	}
	return map[string][]gateCase{
		"resources.cpuShares":   one(lacks(func(h *driver.Host) { h.LimitsCPUShares = false }), bound(driver.Resources{CPUShares: 2})),
		"resources.cpuSet":      one(lacks(func(h *driver.Host) { h.LimitsCPUSet = false }), bound(driver.Resources{CPUSet: "0"})),
		"resources.memoryNodes": one(lacks(func(h *driver.Host) { h.LimitsCPUSet = false }), bound(driver.Resources{MemoryNodes: "0"})),
		"resources.swap":        one(lacks(func(h *driver.Host) { h.LimitsSwap = false }), bound(driver.Resources{Memory: 8 << 20, Swap: driver.NoSwap})),
		"resources.pids":        one(lacks(func(h *driver.Host) { h.LimitsPIDs = false }), bound(driver.Resources{PIDs: 1})),
		"resources.oomScore":    one(rootless, bound(driver.Resources{OOMScore: -1})),
		"resources.noOOMKill":   one(lacks(func(h *driver.Host) { h.DisablesOOM = false }), bound(driver.Resources{Memory: 8 << 20, NoOOMKill: true})),
		"resources.disk":        one(lacks(func(h *driver.Host) { h.LimitsDisk = false }), bound(driver.Resources{Disk: 1 << 30})),
		"io.weight":             one(lacks(func(h *driver.Host) { h.WeighsIO = false }), func(s *driver.Spec) { s.IO.Weight = 10 }),
		"io.devices.weight": one(lacks(func(h *driver.Host) { h.WeighsDeviceIO = false }), func(s *driver.Spec) {
			s.IO.Devices = []driver.DeviceIO{{Device: "/dev/sda", Weight: 10}}
		}),
		"io.devices": one(lacks(func(h *driver.Host) { h.LimitsIO = false }), func(s *driver.Spec) {
			s.IO.Devices = []driver.DeviceIO{{Device: "/dev/sda", WriteOps: 10}}
		}),
		"security.privileged":     one(remapped, secured(driver.Security{Privileged: true})),
		"security.hostNamespaces": one(remapped, secured(driver.Security{HostNamespaces: []driver.Namespace{driver.NamespacePID}})),
		"nics.network":            one(remapped, func(s *driver.Spec) { s.NICs = []driver.NIC{{Network: "host"}} }),
		"security.seccomp":        one(unconfined, secured(driver.Security{Seccomp: "{}"})),
		"security.appArmor":       one(unconfined, secured(driver.Security{AppArmor: "x"})),
		"security.seLinux":        one(unconfined, secured(driver.Security{SELinux: []string{"type:x"}})),
		"security.deviceRules":    one(rootless, secured(driver.Security{DeviceRules: []string{"a *:* r"}})),
		"security.deviceRequests": one(api("1.44"), secured(driver.Security{DeviceRequests: []driver.DeviceRequest{
			{Driver: driver.DeviceDriverCDI, IDs: []string{"v.x/gpu=0"}},
		}})),
		"mounts.type": one(api("1.48"), mounted(driver.Mount{Type: driver.MountImage, Source: "sha256:0"})),
		"mounts.subpath": append(
			one(api("1.45"), mounted(driver.Mount{Type: driver.MountVolume, Source: "v", Subpath: "a"})),
			one(api("1.48"), mounted(driver.Mount{Type: driver.MountImage, Source: "sha256:0", Subpath: "a"}))...,
		),
		"mounts.readOnlyRecursive": one(api("1.44"), func(s *driver.Spec) {
			m := bind
			m.ReadOnlyRecursive = true
			s.Mounts = []driver.Mount{m}
		}),
		"mounts.create": one(api("1.42"), func(s *driver.Spec) {
			m := bind
			m.Create, m.NonRecursive = true, true
			s.Mounts = []driver.Mount{m}
		}),
		"mounts.relabel": one(unconfined, func(s *driver.Spec) {
			m := bind
			m.Create, m.Relabel = true, driver.RelabelPrivate
			s.Mounts = []driver.Mount{m}
		}),
		"runtime":              one(lacks(func(h *driver.Host) { h.Runtimes = []string{"runc"} }), func(s *driver.Spec) { s.Runtime = "other" }),
		"annotations":          one(api("1.43"), func(s *driver.Spec) { s.Annotations = map[string]string{"a": ""} }),
		"health.startInterval": one(api("1.44"), func(s *driver.Spec) { s.Health = &driver.HealthCheck{StartInterval: time.Second} }),
		"ports.protocol":       one(rootless, func(s *driver.Spec) { s.Ports = []driver.Port{{Port: 1, Protocol: driver.SCTP}} }),
	}
}

type gateCase struct {
	use    func(*driver.Spec)
	before string // the API before which it is refused
	lacks  func(*driver.Host)
}

// 86, 123: an option that the host lacks what it needs for is refused with its name,
// what it needs and what there is; on a host that has it, it is not.
func TestGates(t *testing.T) {
	cases := gated()
	for _, g := range gates() {
		if _, ok := cases[g.option]; !ok {
			t.Errorf("%s is gated, and no test uses it", g.option)
		}
	}
	for option, all := range cases {
		for _, tc := range all {
			var spec driver.Spec
			tc.use(&spec)
			host := able()
			host.APIVersion = max(tc.before, "1.48") // a volume's subpath is of an older API than an image's
			if err := Gate(spec, host); err != nil {
				t.Errorf("%s on an able host: %v", option, err)
			}
			if tc.before != "" {
				host.APIVersion = before(tc.before)
			} else {
				tc.lacks(&host)
			}
			err := Gate(spec, host)
			if !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("%s: %v; want it to be unsupported", option, err)
				continue
			}
			for _, part := range []string{option, tc.before, "engine 99 with API " + host.APIVersion} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%v does not tell %q", err, part)
				}
			}
		}
	}
}

// before is the API before another, of which only the last digit differs.
func before(api string) string { return api[:len(api)-1] + string(api[len(api)-1]-1) }

// 86, 123: what an engine says of itself, in the words of several, is understood.
func TestHostFeatures(t *testing.T) {
	describe := func(info system.Info) driver.Host {
		e := &Engine{}
		return e.describe(info, types.Version{}, "1.41")
	}
	for name, tc := range map[string]struct {
		info system.Info
		want func(*driver.Host)
	}{
		"all": {system.Info{}, func(h *driver.Host) { h.LimitsIO, h.WeighsIO, h.WeighsDeviceIO = true, true, true }},
		"cgroup v1 without weights": {
			system.Info{Warnings: []string{"WARNING: No blkio weight support", "WARNING: No blkio weight_device support"}},
			func(h *driver.Host) { h.LimitsIO = true },
		},
		"cgroup v1 without throttling": {
			system.Info{Warnings: []string{"WARNING: No blkio throttle.read_bps_device support"}},
			func(h *driver.Host) { h.WeighsIO, h.WeighsDeviceIO = true, true },
		},
		"cgroup v2 without the controller io": {
			system.Info{Warnings: []string{"WARNING: No io.weight support", "WARNING: No io.weight (per device) support", "WARNING: No io.max (rbps) support"}},
			func(*driver.Host) {},
		},
		"rootless without cgroups": {
			system.Info{
				SecurityOptions: []string{"name=seccomp,profile=builtin", "name=rootless"},
				Warnings:        []string{"WARNING: Running in rootless-mode without cgroups. To enable cgroups in rootless-mode, you need to boot the system in cgroup v2 mode."},
			},
			func(h *driver.Host) { h.Rootless, h.SecurityOptions = true, []string{"seccomp", "rootless"} },
		},
		"remapped": {
			system.Info{SecurityOptions: []string{"name=apparmor", "name=userns"}},
			func(h *driver.Host) {
				h.UserNamespaces, h.SecurityOptions = true, []string{"apparmor", "userns"}
				h.LimitsIO, h.WeighsIO, h.WeighsDeviceIO = true, true, true
			},
		},
	} {
		want := driver.Host{}
		tc.want(&want)
		got := describe(tc.info)
		got.APIVersion, got.Warnings, got.Endpoint = "", nil, ""
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestLimitsDisk(t *testing.T) {
	xfs := [][2]string{{"Backing Filesystem", "xfs"}}
	for name, tc := range map[string]struct {
		info system.Info
		want bool
	}{
		"overlay2 on xfs":         {system.Info{Driver: "overlay2", DriverStatus: xfs}, true},
		"overlay2 on ext4":        {system.Info{Driver: "overlay2", DriverStatus: [][2]string{{"Backing Filesystem", "extfs"}}}, false},
		"btrfs":                   {system.Info{Driver: "btrfs"}, true},
		"a snapshotter on xfs":    {system.Info{Driver: "overlayfs", DriverStatus: slices.Concat(xfs, [][2]string{{"driver-type", "io.containerd.snapshotter.v1"}})}, false},
		"a driver nobody knows":   {system.Info{Driver: "x", DriverStatus: xfs}, false},
		"fuse-overlayfs, as root": {system.Info{Driver: "fuse-overlayfs"}, false},
	} {
		if got := limitsDisk(tc.info); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
