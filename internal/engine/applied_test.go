package engine

import (
	"encoding/json"
	"io/fs"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/client"
	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv/driver"
)

// able is a host that can do everything.
func able() driver.Host {
	return driver.Host{
		Name: "able", Version: "99", APIVersion: "1.51", CgroupVersion: "1", CPUs: 4, Memory: 8 << 30,
		LimitsCPU: true, LimitsMemory: true, LimitsSwap: true, LimitsCPUShares: true, LimitsCPUSet: true, LimitsPIDs: true,
		LimitsIO: true, WeighsIO: true, WeighsDeviceIO: true, DisablesOOM: true, LimitsDisk: true,
		SecurityOptions: []string{"seccomp", "apparmor", "selinux"}, Runtimes: []string{"runc", "other"},
	}
}

// told is all that an engine of an API is told to create an instance, but for the
// labels that hold the spec's own hashes.
func told(t *testing.T, api string, spec driver.Spec, host driver.Host) any {
	t.Helper()
	cli, err := client.NewClientWithOpts(client.WithVersion(api))
	if err != nil {
		t.Fatal(err)
	}
	e := &Engine{cli: cli}
	config := containerConfig("me", spec)
	delete(config.Labels, labelSpecHash)
	delete(config.Labels, labelSpecFields)
	files, err := packFiles(spec.Files)
	if err != nil {
		t.Fatal(err)
	}
	payload := hostConfig("me", spec, host)
	networking := e.putInto(placeOf(spec), config, payload)
	data, err := json.Marshal([]any{config, payload, networking, files.Bytes()})
	if err != nil {
		t.Fatal(err)
	}
	var all any
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// placeOf is where a spec is on a host whose networks have the owner's names.
func placeOf(spec driver.Spec) Place {
	place := Place{Holder: spec.NetworkOf}
	for _, nic := range spec.NICs {
		place.NICs = append(place.NICs, NIC{NIC: nic, HostName: nic.Network})
	}
	return place
}

// sample says how a field is set for which any value of its type won't do.
type sample struct {
	value any                // what the field is set to; nil: any value of its type
	base  func(*driver.Spec) // what must be set, too
	// refused is set for what only a host may set, and validation refuses of a spec.
	refused bool
}

func mounted(m driver.Mount) func(*driver.Spec) {
	m.Target = "/x"
	return func(s *driver.Spec) { s.Mounts = []driver.Mount{m} }
}

// samples are by path, or by the beginning of one for what all fields below need.
func samples() map[string]sample {
	volume := mounted(driver.Mount{Type: driver.MountVolume, Source: "data"})
	bind := mounted(driver.Mount{Type: driver.MountBind, Source: "/srv", ReadOnly: true})
	tmpfs := mounted(driver.Mount{Type: driver.MountTmpfs})
	memory := func(s *driver.Spec) { s.Resources.Memory = 64 << 20 }
	request := func(s *driver.Spec) {
		s.Security.DeviceRequests = []driver.DeviceRequest{{Driver: "nvidia", IDs: []string{"0"}}}
	}
	return map[string]sample{
		"files[].path":                           {value: "/etc/b"},
		"files[].mode":                           {value: fs.FileMode(0o644)},
		"files[].content":                        {value: driver.Content("x")},
		"files":                                  {base: func(s *driver.Spec) { s.Files = []driver.File{{Path: "/etc/a"}} }},
		"image":                                  {value: "sha256:" + strings.Repeat("1", 64)},
		"hostname":                               {value: "h"},
		"workDir":                                {value: "/srv"},
		"stopSignal":                             {value: "SIGINT"},
		"ulimits":                                {value: map[string]driver.Ulimit{"nofile": {Soft: 1, Hard: 2}}},
		"runtime":                                {value: "other"},
		"resources.cpuShares":                    {value: int64(2)},
		"resources.cpuSet":                       {value: "0"},
		"resources.memoryNodes":                  {value: "0"},
		"resources.memory":                       {value: int64(64 << 20)},
		"resources.memoryReservation":            {value: int64(64 << 20)},
		"resources.swap":                         {base: memory},
		"resources.noOOMKill":                    {base: memory},
		"io.weight":                              {value: uint16(10)},
		"io.devices[].device":                    {value: "/dev/sdb"},
		"io.devices[].weight":                    {value: uint16(11)},
		"io.devices":                             {base: func(s *driver.Spec) { s.IO.Devices = []driver.DeviceIO{{Device: "/dev/sda", Weight: 10}} }},
		"nics[].mac":                             {value: "02:42:ac:11:00:02"},
		"nics[].ipv6":                            {value: netip.MustParseAddr("2001:db8::1")},
		"nics[].linkLocal":                       {value: []netip.Addr{netip.MustParseAddr("169.254.8.9")}},
		"nics[].attachment":                      {refused: true},
		"nics":                                   {base: func(s *driver.Spec) { s.NICs = []driver.NIC{{Network: "lan"}} }},
		"ports[].protocol":                       {value: driver.UDP},
		"ports[].portEnd":                        {value: uint16(81)},
		"ports[].hostPortEnd":                    {value: uint16(81), base: func(s *driver.Spec) { s.Ports = []driver.Port{{Port: 80, HostPort: 80}} }},
		"ports":                                  {base: func(s *driver.Spec) { s.Ports = []driver.Port{{Port: 80}} }},
		"dns.servers":                            {value: []netip.Addr{netip.MustParseAddr("192.0.2.53")}},
		"dns.hosts[].name":                       {value: "cache"},
		"dns.hosts[].address":                    {value: "192.0.2.4"},
		"dns.hosts":                              {base: func(s *driver.Spec) { s.DNS.Hosts = []driver.HostEntry{{Name: "db", Address: "192.0.2.3"}} }},
		"mounts[].type":                          {value: driver.MountTmpfs, base: mounted(driver.Mount{Type: driver.MountVolume})},
		"mounts[].target":                        {value: "/y", base: tmpfs},
		"mounts[].size":                          {base: tmpfs},
		"mounts[].mode":                          {base: tmpfs},
		"mounts[].create":                        {base: bind},
		"mounts[].propagation":                   {value: driver.PropagationSlave, base: bind},
		"mounts[].nonRecursive":                  {base: bind},
		"mounts[].readOnlyRecursive":             {base: bind},
		"mounts[].relabel":                       {value: driver.RelabelShared, base: mounted(driver.Mount{Type: driver.MountBind, Source: "/srv", Create: true})},
		"mounts":                                 {base: volume},
		"security.dropCapabilities":              {value: []string{"ALL"}},
		"security.addCapabilities":               {value: []string{"NET_ADMIN"}},
		"security.seccomp":                       {value: "{}"},
		"security.seLinux":                       {value: []string{"type:x_t"}},
		"security.hostNamespaces":                {value: []driver.Namespace{driver.NamespacePID}},
		"security.devices[].path":                {value: "/dev/fuse"},
		"security.devices[].target":              {value: "/dev/x"},
		"security.devices[].permissions":         {value: "r"},
		"security.devices":                       {base: func(s *driver.Spec) { s.Security.Devices = []driver.Device{{Path: "/dev/kvm"}} }},
		"security.deviceRules":                   {value: []string{"c 10:200 rwm"}},
		"security.deviceRequests[].count":        {base: func(s *driver.Spec) { request(s); s.Security.DeviceRequests[0].IDs = nil }},
		"security.deviceRequests[].capabilities": {value: [][]string{{"gpu"}}, base: request},
		"security.deviceRequests":                {base: request},
		"security.sysctls":                       {value: map[string]string{"net.core.somaxconn": "9"}},
		"restart.policy":                         {value: driver.RestartAlways},
		"restart.maxRetries":                     {base: func(s *driver.Spec) { s.Restart.Policy = driver.RestartOnFailure }},
		"health.disabled":                        {},
		"health":                                 {base: func(s *driver.Spec) { s.Health = &driver.HealthCheck{} }},
	}
}

// 81: each field of a spec, found by reflection, changes what the engine is told. A
// field that is added and not mapped fails here; one for which any value won't do
// wants a sample.
func TestEachFieldIsApplied(t *testing.T) {
	all := samples()
	seen := 0
	for path := range fieldsOf(reflect.TypeFor[driver.Spec](), "") {
		seen++
		t.Run(path, func(t *testing.T) {
			before := baseOf(all, path)
			after := baseOf(all, path)
			setField(t, reflect.ValueOf(&after).Elem(), path, all[path].value)
			if isRefused(all, path) {
				if driver.Validate(after, able()) == nil {
					t.Error("it is taken and dropped")
				}
				return
			}
			for what, spec := range map[string]driver.Spec{"without": before, "with": after} {
				if err := driver.Validate(spec, able()); err != nil && (what == "with" || !strings.HasSuffix(path, ".count")) {
					t.Fatalf("%s it: %v; give it a sample that is valid", what, err)
				}
			}
			if err := Gate(after, able()); err != nil {
				t.Fatalf("%v; make the host able", err)
			}
			if cmp.Equal(told(t, "1.51", before, able()), told(t, "1.51", after, able())) {
				t.Error("the engine is told nothing of it")
			}
		})
	}
	if seen < 80 {
		t.Errorf("a spec has %d fields", seen)
	}
}

// baseOf is a valid spec with what a field, or those around it, need.
func baseOf(all map[string]sample, path string) driver.Spec {
	s := driver.Spec{ID: "i1", Image: "sha256:" + strings.Repeat("0", 64)}
	for at := path; at != ""; at = at[:max(0, strings.LastIndexAny(at, ".["))] {
		if base := all[at].base; base != nil {
			base(&s)
			break
		}
	}
	return s
}

// isRefused tells whether a field, or one around it, is only a host's to set.
func isRefused(all map[string]sample, path string) bool {
	for at := path; at != ""; at = at[:max(0, strings.LastIndexAny(at, ".["))] {
		if all[at].refused {
			return true
		}
	}
	return false
}

// fieldsOf yields the paths of all fields below a type that are no structs themselves.
func fieldsOf(of reflect.Type, at string) map[string]bool {
	paths := make(map[string]bool)
	for f := range of.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		path, typ := strings.TrimPrefix(at+"."+name, "."), f.Type
		if typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		if typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.Struct && typ.Elem() != reflect.TypeFor[netip.Addr]() {
			path, typ = path+"[]", typ.Elem()
		}
		if typ.Kind() != reflect.Struct || typ == reflect.TypeFor[netip.Addr]() {
			paths[path] = true
			continue
		}
		for below := range fieldsOf(typ, path) {
			paths[below] = true
		}
	}
	return paths
}

// setField sets the field of a path to a value, or to any if that is nil.
func setField(t *testing.T, v reflect.Value, path string, value any) {
	t.Helper()
	for name := range strings.SplitSeq(path, ".") {
		name, element := strings.CutSuffix(name, "[]")
		if v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		found := false
		for i := range v.NumField() {
			if tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ","); tag == name {
				v, found = v.Field(i), true
				break
			}
		}
		if !found || element && v.Len() == 0 {
			t.Fatalf("%s is not there: give it a sample with a base", path)
		}
		if element {
			v = v.Index(0)
		}
	}
	if value == nil {
		value = anyOf(t, v)
	}
	v.Set(reflect.ValueOf(value).Convert(v.Type()))
}

// anyOf is a value that the field does not have.
func anyOf(t *testing.T, v reflect.Value) any {
	t.Helper()
	switch v.Interface().(type) {
	case time.Duration:
		return v.Interface().(time.Duration) + time.Second //nolint:forcetypeassert // the case says so
	case netip.Addr:
		return netip.MustParseAddr("192.0.2.9")
	case []string:
		return []string{"x"}
	case map[string]string:
		return map[string]string{"x": "y"}
	}
	switch v.Kind() {
	case reflect.String:
		return v.String() + "x"
	case reflect.Bool:
		return !v.Bool()
	case reflect.Int, reflect.Int64:
		return v.Int() + 1
	case reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return v.Uint() + 1
	case reflect.Float64:
		return v.Float() + 0.5
	default:
		t.Fatalf("a %v: give it a sample", v.Type())
		return nil
	}
}

// 81: an engine of Docker 20.10 is told each field, too, or the field is refused.
func TestEachFieldOnTheOldest(t *testing.T) {
	all, host := samples(), able()
	host.APIVersion = minAPIVersion
	for path := range fieldsOf(reflect.TypeFor[driver.Spec](), "") {
		before, after := baseOf(all, path), baseOf(all, path)
		setField(t, reflect.ValueOf(&after).Elem(), path, all[path].value)
		if Gate(after, host) == nil && cmp.Equal(told(t, minAPIVersion, before, host), told(t, minAPIVersion, after, host)) {
			t.Errorf("%s is dropped silently", path)
		}
	}
}
