package driver_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/netip"
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/template"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// fullHost is a host each field of which is set.
func fullHost() driver.Host {
	return driver.Host{
		Schema: driver.HostSchema, ID: "7TRN", Name: "h1", Labels: map[string]string{"rack": "r1"}, Endpoint: "tcp://h1:2376",
		Version: "28.5.2", APIVersion: "1.51", MinAPIVersion: "1.24", MaxAPIVersion: "1.51", Experimental: true, Swarm: "active",
		Platform:        template.Platform{OS: "linux", Architecture: "arm64", Variant: "v8"},
		OperatingSystem: "Debian GNU/Linux 13 (trixie)", Kernel: "6.12.1",
		CPUs: 8, Memory: 16 << 30,
		Capacity: driver.Capacity{
			CPUs: driver.Measure(8), Memory: driver.Measure(16 << 30), Swap: driver.Measure(0), Disk: driver.Measure(1 << 40),
			DiskFree: driver.Measure(1 << 39),
		},
		NUMA:          []driver.NUMANode{{ID: 0, CPUs: "0-3", Memory: driver.Measure(8 << 30)}, {ID: 1, CPUs: "4-7"}},
		CgroupVersion: "2", CgroupDriver: "systemd", StorageDriver: "overlayfs", DataRoot: "/var/lib/docker", ContainerdStore: true,
		Rootless: true, UserNamespaces: true, LiveRestore: true, LimitsCPU: true, LimitsMemory: true, LimitsSwap: true, LimitsPIDs: true,
		LimitsCPUShares: true, LimitsCPUSet: true, LimitsIO: true, WeighsIO: true, WeighsDeviceIO: true, DisablesOOM: true, LimitsDisk: true,
		Runtimes: []string{"nvidia", "runc"}, DefaultRuntime: "runc", GPURuntimes: []string{"nvidia"},
		CDISpecDirs: []string{"/etc/cdi"}, Devices: []driver.HostDevice{{Source: "cdi", ID: "nvidia.com/gpu=0"}},
		LogDrivers: []string{"local"}, NetworkDrivers: []string{"bridge"}, VolumeDrivers: []string{"local"}, AuthorizationPlugins: []string{"opa"},
		SecurityOptions: []string{"seccomp"}, RegistryMirrors: []string{"https://mirror.example.org/"},
		LogDriver: "json-file", InsecureRegistries: []string{"127.0.0.0/8"},
		AddressPools: []driver.AddressPool{{Base: netip.MustParsePrefix("10.10.0.0/16"), Size: 24}},
		Bridge:       []netip.Prefix{netip.MustParsePrefix("172.17.0.1/16")},
		Time:         time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), ClockSkew: -time.Second,
		Running: 1, Paused: 2, Stopped: 3, Images: 4, Warnings: []string{"WARNING: none"},
	}
}

// 143: a host's keys in JSON are those of the golden files, and it survives JSON. That of
// the zero value shows what "unknown" looks like.
func TestHostInJSON(t *testing.T) {
	full := fullHost()
	for i, v := 0, reflect.ValueOf(full); i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Errorf("the full host has no %s", v.Type().Field(i).Name)
		}
	}
	for name, host := range map[string]driver.Host{"full": full, "unknown": {}} {
		file := "testdata/host-" + name + ".json"
		got, err := json.MarshalIndent(host, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, '\n')
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(want, got) {
			t.Errorf("%s (-want +got):\n%s\nA key that changes its meaning or goes needs another HostSchema.", file, cmp.Diff(string(want), string(got)))
		}
		var back driver.Host
		if err := json.Unmarshal(want, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(host, back, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
			t.Errorf("%s is read back as (-want +got):\n%s", file, diff)
		}
	}
}

// 125: a clone shares no memory.
func TestHostClone(t *testing.T) {
	host := fullHost()
	clone := host.Clone()
	for i, v := 0, reflect.ValueOf(&clone).Elem(); i < v.NumField(); i++ {
		if f := v.Field(i); f.Kind() == reflect.Slice {
			f.Index(0).SetZero()
		}
	}
	if diff := cmp.Diff(fullHost(), host, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("the host changed with its clone (-want +got):\n%s", diff)
	}
}

// 138: zero and unknown are told apart, and a mark that nobody knows is refused.
func TestFigures(t *testing.T) {
	zero, unknown := driver.Measure(0), driver.Figure{}
	if zero == unknown || zero.String() != "0" || unknown.String() != "unknown" || driver.Measure(int64(1)<<53).String() != "9007199254740992" {
		t.Errorf("%v %v", zero, unknown)
	}
	if got := unknown.Less(3); got != unknown {
		t.Errorf("something of what is unknown is %v", got)
	}
	for text, want := range map[string]driver.Figure{
		`{"value":7,"mark":"measured"}`:   driver.Measure(7),
		`{"value":-1,"mark":"allocated"}`: {Value: -1, Mark: driver.Allocated},
		`{"value":0,"mark":"unknown"}`:    {},
	} {
		var got driver.Figure
		data, err := json.Marshal(want)
		if err != nil || string(data) != text || json.Unmarshal([]byte(text), &got) != nil || got != want {
			t.Errorf("%+v is %s, which is read as %+v (%v)", want, data, got, err)
		}
	}
	if err := json.Unmarshal([]byte(`{"value":7,"mark":"guessed"}`), new(driver.Figure)); err == nil {
		t.Error("a guess was taken")
	}
}

// 139: what is left is the capacity without reservations and bounds; it can be less
// than nothing, and stays unknown where the capacity is.
func TestAllocatable(t *testing.T) {
	allocated := func(value float64) driver.Figure { return driver.Figure{Value: value, Mark: driver.Allocated} }
	host := driver.Host{Capacity: driver.Capacity{CPUs: driver.Measure(8), Memory: driver.Measure(100), DiskFree: driver.Measure(7)}}
	instances := []driver.Instance{
		{ID: "runs", State: driver.Running, Resources: driver.Resources{CPUs: 1.5, Memory: 30}},
		{ID: "rests", State: driver.Exited, Resources: driver.Resources{CPUs: 2, Memory: 10}},
		{ID: "unbounded", State: driver.Running},
	}
	got := driver.Allocatable(host, driver.Resources{CPUs: 0.5, Memory: 5}, instances)
	if want := (driver.Capacity{CPUs: allocated(4), Memory: allocated(55), DiskFree: driver.Measure(7)}); got != want {
		t.Errorf("there is %+v left, want %+v", got, want)
	}
	if got := driver.Allocatable(host, driver.Resources{CPUs: 9}, nil); got.CPUs != allocated(-1) || got.Memory != allocated(100) {
		t.Errorf("there is %+v left", got)
	}
	if got := driver.Allocatable(driver.Host{}, driver.Resources{CPUs: 9}, instances); got != (driver.Capacity{}) {
		t.Errorf("of nobody knows how much there is %+v left", got)
	}
}
