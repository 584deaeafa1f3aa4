package preflight

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/template"
)

// good are the facts of a host that passes all checks.
func good() Facts {
	return Facts{
		Endpoint: driver.Endpoint{URL: "unix:///run/docker.sock"},
		Host: &driver.Host{
			ID: "7TRN", Name: "h1", Endpoint: "unix:///run/docker.sock",
			Version: "28.5.2", APIVersion: "1.51", MinAPIVersion: "1.24", MaxAPIVersion: "1.51",
			Platform: template.Platform{OS: "linux", Architecture: "amd64"}, Kernel: "6.1.0-18-amd64", OperatingSystem: "Debian",
			Memory: 8 << 30, Capacity: driver.Capacity{DiskFree: driver.Measure(100 << 30)},
			CgroupVersion: "2", CgroupDriver: "systemd", StorageDriver: "overlay2", DataRoot: "/var/lib/docker",
			LimitsCPU: true, LimitsMemory: true, LimitsPIDs: true, LimitsSwap: true, LimitsCPUSet: true, LimitsDisk: true,
			SecurityOptions: []string{"apparmor", "seccomp"}, LiveRestore: true, LogDriver: "json-file",
			RegistryMirrors: []string{}, InsecureRegistries: []string{"127.0.0.0/8", "::1/128"},
			Bridge: []netip.Prefix{netip.MustParsePrefix("172.17.0.1/16")}, Time: time.Now(), Running: 2,
			Warnings: []string{"WARNING: No blkio weight support"},
		},
		Health: driver.Health{Status: driver.Healthy}, Instances: 2,
		Machine: &Machine{
			Name: "h1", Inodes: driver.Measure(1_000_000), ConfigFile: DefaultConfigFile,
			Config: config(`{"log-opts": {"max-size": "10m"}, "default-ulimits": {"nofile": {"Name": "nofile", "Soft": 4096, "Hard": 4096}}}`),
		},
		Registries: map[string]error{"registry.example.org": nil},
	}
}

// everything is options that ask for all that can be asked for.
func everything() Options {
	return Options{
		DiskQuota: true, Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Registries: []string{"registry.example.org"},
		ID: "7TRN", Known: map[string]string{"7TRN": "unix:///run/docker.sock"},
	}
}

func config(text string) Config {
	c, err := parseConfig([]byte(text))
	if err != nil {
		panic(err)
	}
	return c
}

// Each check passes on a good host that is asked for everything.
func TestGoodHost(t *testing.T) {
	r := Judge(good(), everything())
	for _, f := range r.Findings {
		if f.Result != Pass || f.Detail == "" || f.Remedy != "" {
			t.Errorf("%+v", f)
		}
	}
	if r.Result != Pass || r.Err() != nil || r.ID != "7TRN" || r.Name != "h1" {
		t.Errorf("the report is %+v: %v", r, r.Err())
	}
}

// spoiled are hosts that have one thing wrong: what a check makes of it.
var spoiled = []struct {
	check  string
	want   Result
	detail string
	spoil  func(*Facts, *Options)
}{
	{"access", Fail, "unknown scheme", func(f *Facts, _ *Options) { f.Access = errors.New("unknown scheme") }},
	{"access", Fail, "denied", func(f *Facts, _ *Options) { unreachable(f, &dockerhv.Error{Op: "open", Class: dockerhv.ErrDenied}) }},
	{"access", Fail, "expired at", func(f *Facts, _ *Options) { f.Expires = time.Now().Add(-time.Hour) }},
	{"access", Warn, "expires at", func(f *Facts, _ *Options) { f.Expires = time.Now().Add(time.Hour) }},
	{"engine", Fail, "no such file", func(f *Facts, _ *Options) { unreachable(f, errors.New("no such file")) }},
	{"api", Fail, "1.30", func(f *Facts, _ *Options) { unreachable(f, fmt.Errorf("1.30: %w", errors.ErrUnsupported)) }},
	{"health", Fail, "degraded: slow (list_hung)", func(f *Facts, _ *Options) {
		f.Health = driver.Health{Status: driver.Degraded, Reason: "list_hung", Detail: "slow"}
	}},
	{"health", Fail, "closed", func(f *Facts, _ *Options) { f.HealthErr = dockerhv.ErrClosed }},
	{"platform", Fail, "windows", func(f *Facts, _ *Options) { f.Host.Platform.OS = "windows" }},
	{"platform", Fail, "386", func(f *Facts, _ *Options) { f.Host.Platform.Architecture = "386" }},
	{"platform", Fail, "3.10.0", func(f *Facts, _ *Options) { f.Host.Kernel = "3.10.0-1160.el7" }},
	{"platform", Warn, "odd", func(f *Facts, _ *Options) { f.Host.Kernel = "odd" }},
	{"name", Fail, `"localhost.localdomain"`, func(f *Facts, _ *Options) { f.Host.Name = "localhost.localdomain" }},
	{"name", Fail, "no such host", func(f *Facts, _ *Options) { f.Machine.Resolves = errors.New("no such host") }},
	{"clock", Warn, "-1m0s, more than 5s", func(f *Facts, _ *Options) { f.Host.ClockSkew = -time.Minute }},
	{"clock", Skip, "", func(f *Facts, _ *Options) { f.Host.Time = time.Time{} }},
	{"cgroup", Fail, `""`, func(f *Facts, _ *Options) { f.Host.CgroupVersion = "" }},
	{"cgroup", Fail, "no control groups", func(f *Facts, _ *Options) { f.Host.CgroupDriver, f.Host.Rootless = "none", true }},
	{"cgroup", Fail, "cpu, pids", func(f *Facts, _ *Options) { f.Host.LimitsCPU, f.Host.LimitsPIDs = false, false }},
	{"limits", Warn, "swap", func(f *Facts, _ *Options) { f.Host.LimitsSwap = false }},
	{"limits", Warn, "some CPUs", func(f *Facts, _ *Options) { f.Host.LimitsCPUSet = false }},
	{"limits", Warn, "WARNING: odd", func(f *Facts, _ *Options) { f.Host.Warnings = []string{"WARNING: odd"} }},
	{"security", Warn, "no seccomp", func(f *Facts, _ *Options) { f.Host.SecurityOptions = []string{"apparmor"} }},
	{"security", Skip, "", func(f *Facts, _ *Options) { f.Host.SecurityOptions = nil }},
	{"storage", Fail, `"vfs"`, func(f *Facts, _ *Options) { f.Host.StorageDriver = "vfs" }},
	{"storage", Warn, "can't bound", func(f *Facts, _ *Options) { f.Host.LimitsDisk = false }},
	{"disk", Fail, "1GiB are free", func(f *Facts, _ *Options) { f.Host.Capacity.DiskFree = driver.Measure(1 << 30) }},
	{"disk", Fail, "room for 7 more files", func(f *Facts, _ *Options) { f.Machine.Inodes = driver.Measure(7) }},
	{"disk", Skip, "", func(f *Facts, _ *Options) { f.Machine = nil }},
	{"memory", Fail, "512MiB, less than 1GiB", func(f *Facts, _ *Options) { f.Host.Memory = 512 << 20 }},
	{"memory", Skip, "", func(f *Facts, _ *Options) { f.Host.Memory = 0 }},
	{"addresses", Fail, "172.16.0.0/12 overlaps the cloud's 172.20.0.0/24", func(_ *Facts, o *Options) {
		o.Networks = append(o.Networks, netip.MustParsePrefix("172.20.0.0/24"))
	}},
	{"addresses", Fail, "10.9.0.0/16 overlaps", func(f *Facts, _ *Options) {
		f.Host.AddressPools = []driver.AddressPool{{Base: netip.MustParsePrefix("10.9.0.0/16"), Size: 24}}
	}},
	{"addresses", Fail, "10.1.0.0/24 overlaps", func(f *Facts, _ *Options) {
		f.Host.Bridge = []netip.Prefix{netip.MustParsePrefix("10.1.0.1/24")}
	}},
	{"forwarding", Fail, "IPv4 forwarding", func(f *Facts, _ *Options) { f.Host.Warnings = []string{"WARNING: IPv4 forwarding is disabled"} }},
	{"forwarding", Warn, "not kept apart", func(f *Facts, _ *Options) {
		f.Host.Warnings = []string{"WARNING: bridge-nf-call-iptables is disabled"}
	}},
	{"forwarding", Warn, "no rules of the firewall", func(f *Facts, _ *Options) { f.Machine.Config = config(`{"iptables": false}`) }},
	{"config", Fail, "odd", func(f *Facts, _ *Options) { f.Machine.ConfigErr = errors.New("odd") }},
	{"config", Skip, "permission", func(f *Facts, _ *Options) { f.Machine.ConfigErr = fs.ErrPermission }},
	{"live-restore", Warn, "stop with the engine", func(f *Facts, _ *Options) { f.Host.LiveRestore = false }},
	{"live-restore", Pass, "swarm", func(f *Facts, _ *Options) { f.Host.LiveRestore, f.Host.Swarm = false, "active" }},
	{"logs", Warn, "no max-size", func(f *Facts, _ *Options) { f.Machine.Config = Config{} }},
	{"logs", Warn, `"log-opts"`, func(f *Facts, _ *Options) { f.Machine.Config = config(`{"log-opts": 7}`) }},
	{"logs", Warn, "lost", func(f *Facts, _ *Options) { f.Host.LogDriver = "none" }},
	{"logs", Pass, "local", func(f *Facts, _ *Options) { f.Host.LogDriver, f.Machine.Config = "local", Config{} }},
	{"logs", Skip, "tells", func(f *Facts, _ *Options) { f.Machine = nil }},
	{"ulimits", Warn, "64 files", func(f *Facts, _ *Options) {
		f.Machine.Config = config(`{"default-ulimits": {"nofile": {"Soft": 64, "Hard": 64}}}`)
	}},
	{"ulimits", Warn, `"default-ulimits"`, func(f *Facts, _ *Options) { f.Machine.Config = config(`{"default-ulimits": []}`) }},
	{"ulimits", Skip, "own machine", func(f *Facts, _ *Options) { f.Machine = nil }},
	{"registries", Warn, "registry.example.org:5000", func(f *Facts, _ *Options) {
		f.Host.InsecureRegistries = append(f.Host.InsecureRegistries, "registry.example.org:5000")
	}},
	{"registries", Warn, "10.0.0.0/8", func(f *Facts, _ *Options) { f.Host.InsecureRegistries = []string{"10.0.0.0/8"} }},
	{"registries", Warn, "http://mirror", func(f *Facts, _ *Options) { f.Host.RegistryMirrors = []string{"http://mirror/", "https://other/"} }},
	{"registries", Pass, "https://mirror", func(f *Facts, _ *Options) { f.Host.RegistryMirrors = []string{"https://mirror/"} }},
	{"pull", Fail, "registry.example.org: timeout", func(f *Facts, _ *Options) {
		f.Registries = map[string]error{"registry.example.org": errors.New("timeout")}
	}},
	{"pull", Skip, "", func(_ *Facts, o *Options) { o.Registries = nil }},
	{"exposure", Fail, "http://0.0.0.0:2375", func(f *Facts, _ *Options) {
		f.Host.Warnings = []string{"WARNING: API is accessible on http://0.0.0.0:2375 without encryption."}
	}},
	{"exposure", Warn, "http://127.0.0.1:2375", func(f *Facts, _ *Options) {
		f.Host.Warnings = []string{"WARNING: API is accessible on http://127.0.0.1:2375 without encryption."}
	}},
	{"exposure", Fail, "tcp://0.0.0.0:2375", func(f *Facts, _ *Options) { f.Machine.Config = config(`{"hosts": ["fd://", "tcp://:2375"]}`) }},
	{"exposure", Fail, "tcp://0.0.0.0:2376", func(f *Facts, _ *Options) {
		f.Machine.Config = config(`{"hosts": ["tcp://0.0.0.0:2376"], "tls": true}`)
	}},
	{"exposure", Warn, "tcp://[::1]:2375", func(f *Facts, _ *Options) { f.Machine.Config = config(`{"hosts": ["tcp://[::1]:2375"]}`) }},
	{"exposure", Pass, "", func(f *Facts, _ *Options) {
		f.Machine.Config = config(`{"hosts": ["tcp://0.0.0.0:2376"], "tlsverify": true}`)
	}},
	{"exposure", Fail, "plain text", func(f *Facts, _ *Options) { f.Endpoint.URL = "tcp://h1:2375" }},
	{"exposure", Warn, "with consent", func(f *Facts, _ *Options) { f.Endpoint.URL, f.Endpoint.AllowPlaintext = "tcp://h1:2375", true }},
	{"identity", Fail, "no ID", func(f *Facts, _ *Options) { f.Host.ID = "" }},
	{"identity", Fail, "was registered as OLD", func(_ *Facts, o *Options) { o.ID = "OLD" }},
	{"identity", Fail, "registered as h0 already", func(_ *Facts, o *Options) { o.Known = map[string]string{"7TRN": "h0"} }},
	{"unmanaged", Warn, "3 of the engine's 5 containers", func(f *Facts, _ *Options) { f.Host.Stopped = 3 }},
	{"unmanaged", Skip, "can't be listed", func(f *Facts, _ *Options) { f.InstancesErr = dockerhv.ErrUnavailable }},
}

// unreachable makes facts those of a host that can't be opened.
func unreachable(f *Facts, err error) { f.Open, f.Host, f.Health = err, nil, driver.Health{} }

func TestJudge(t *testing.T) {
	worst := make(map[string]Result)
	for _, tc := range spoiled {
		t.Run(tc.check+" "+tc.detail, func(t *testing.T) {
			facts, options := good(), everything()
			tc.spoil(&facts, &options)
			r := Judge(facts, options)
			got := r.Find(tc.check)
			if got.Result != tc.want || !strings.Contains(got.Detail, tc.detail) {
				t.Errorf("it is %+v, not %s with %q", got, tc.want, tc.detail)
			}
			if bad := got.Result == Warn || got.Result == Fail; bad != (got.Remedy != "") || bad && got.Result.worse(r.Result) {
				t.Errorf("it is %+v, in a report that is %s", got, r.Result)
			}
			if err := r.Err(); (r.Result == Fail) != (err != nil) || err != nil && !errors.Is(err, dockerhv.ErrConflict) {
				t.Errorf("a report that is %s has the error %v", r.Result, err)
			}
		})
		if tc.want.worse(worst[tc.check]) {
			worst[tc.check] = tc.want
		}
	}
	for _, c := range checks {
		if !worst[c.name].worse(Pass) {
			t.Errorf("the check %q is nowhere seen to fail", c.name)
		}
	}
}

// What rests on a check that failed is skipped, and says on what.
func TestDependents(t *testing.T) {
	for _, tc := range []struct {
		spoil  func(*Facts)
		failed string
	}{
		{func(f *Facts) { f.Access, f.Host = errors.New("odd"), nil }, "access"},
		{func(f *Facts) { unreachable(f, errors.New("odd")) }, "engine"},
		{func(f *Facts) { unreachable(f, errors.ErrUnsupported) }, "api"},
	} {
		facts := good()
		tc.spoil(&facts)
		failed := false
		for _, f := range Judge(facts, everything()).Findings {
			switch {
			case f.Check == tc.failed:
				failed = f.Result == Fail
			case f.Result == Skip:
				if !strings.HasPrefix(f.Detail, "it needs ") {
					t.Errorf("%+v", f)
				}
			case f.Result != Pass:
				t.Errorf("beside %q also %+v", tc.failed, f)
			}
		}
		if !failed {
			t.Errorf("%q did not fail", tc.failed)
		}
	}
}

// A check comes after what it needs.
func TestOrder(t *testing.T) {
	before := map[string]bool{"": true}
	for _, c := range checks {
		if !before[c.needs] || before[c.name] {
			t.Errorf("%q comes before %q, or twice", c.name, c.needs)
		}
		before[c.name] = true
	}
}

func TestReportForms(t *testing.T) {
	facts := good()
	facts.Host.StorageDriver = "vfs"
	r := Judge(facts, everything())
	var table bytes.Buffer
	if err := r.WriteTable(&table); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"storage       fail    its storage driver", "do: use overlay2", "memory        pass"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("no %q in\n%s", want, &table)
		}
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"schema":1`, `"result":"fail"`, `{"check":"storage","result":"fail","detail":"its storage`, `"remedy":"use overlay2`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	if err := r.Err(); !strings.Contains(err.Error(), "storage") || strings.Contains(err.Error(), "\n") {
		t.Errorf("the error is %v", err)
	}
}
