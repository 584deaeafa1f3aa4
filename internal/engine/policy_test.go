package engine

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/go-units"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// harmless are the fields of a payload that no policy need allow, because they bound
// the instance, concern it alone, or say no more of the host than any user may.
var harmless = []string{
	"NetworkMode", "PortBindings", "DNS", "DNSOptions", "DNSSearch", "ExtraHosts", // its network
	"RestartPolicy.Name", "RestartPolicy.MaximumRetryCount", "ConsoleSize", "Init", "LogConfig.Config", // its command
	"CapDrop", "GroupAdd", "ReadonlyRootfs", // less, or in its own files alone
	"OomScoreAdj", // sooner; later is denied below
	"ShmSize",
	"Resources.CPUShares", "Resources.Memory", "Resources.NanoCPUs", "Resources.BlkioWeight",
	"Resources.BlkioWeightDevice[].Path", "Resources.BlkioWeightDevice[].Weight",
	"Resources.BlkioDeviceReadBps[].Path", "Resources.BlkioDeviceReadBps[].Rate",
	"Resources.BlkioDeviceWriteBps[].Path", "Resources.BlkioDeviceWriteBps[].Rate",
	"Resources.BlkioDeviceReadIOps[].Path", "Resources.BlkioDeviceReadIOps[].Rate",
	"Resources.BlkioDeviceWriteIOps[].Path", "Resources.BlkioDeviceWriteIOps[].Rate",
	"Resources.CPUPeriod", "Resources.CPUQuota", "Resources.CpusetCpus", "Resources.CpusetMems",
	"Resources.MemoryReservation", "Resources.MemorySwap", "Resources.MemorySwappiness", "Resources.OomKillDisable",
	"Resources.PidsLimit",
	"Resources.Ulimits[].Name", "Resources.Ulimits[].Hard", "Resources.Ulimits[].Soft",
}

// 118, 119: each field of the client's payload, found by reflection, is denied by the
// zero policy or among the harmless. A field that a new client has must be judged.
func TestEachFieldIsJudged(t *testing.T) {
	fields := leavesOf(reflect.TypeFor[container.HostConfig](), "", "Mounts")
	if len(fields) < 70 {
		t.Fatalf("a payload has %d fields", len(fields))
	}
	for _, path := range fields {
		var host container.HostConfig
		setLeaf(t, reflect.ValueOf(&host).Elem(), path)
		judged(t, path, permit(driver.Policy{}, "me", host, view{}), harmless)
	}
	for _, path := range harmless {
		if !slices.Contains(fields, path) {
			t.Errorf("%s is harmless, and no field", path)
		}
	}
}

// harmlessMounts are the fields of a mount that who may have it may set.
var harmlessMounts = map[mount.Type][]string{
	mount.TypeVolume: {"Target", "ReadOnly", "VolumeOptions.NoCopy", "VolumeOptions.Labels", "VolumeOptions.Subpath"},
	mount.TypeTmpfs:  {"Source", "Target", "ReadOnly", "TmpfsOptions.SizeBytes", "TmpfsOptions.Mode"},
	mount.TypeImage:  {"Source", "Target", "ReadOnly", "ImageOptions.Subpath"},
	mount.TypeBind: {
		"Target", "ReadOnly", "BindOptions.Propagation", "BindOptions.NonRecursive", "BindOptions.CreateMountpoint",
		"BindOptions.ReadOnlyNonRecursive", "BindOptions.ReadOnlyForceRecursive",
	},
}

// 118, 119: and so is each field of a mount that is allowed itself.
func TestEachFieldOfMountsIsJudged(t *testing.T) {
	policy := driver.Policy{Paths: []string{"/srv"}}
	for kind, allowed := range harmlessMounts {
		for _, path := range leavesOf(reflect.TypeFor[mount.Mount](), "", "Type") {
			m := mount.Mount{Type: kind, Source: map[mount.Type]string{mount.TypeVolume: "me.data", mount.TypeBind: "/srv", mount.TypeImage: "sha256:0"}[kind]}
			if err := permit(policy, "me", container.HostConfig{Mounts: []mount.Mount{m}}, view{}); err != nil {
				t.Fatalf("the bare %s: %v", kind, err)
			}
			setLeaf(t, reflect.ValueOf(&m).Elem(), path)
			judged(t, path, permit(policy, "me", container.HostConfig{Mounts: []mount.Mount{m}}, view{}), allowed)
		}
	}
	for _, kind := range []mount.Type{"", "x", mount.TypeNamedPipe, mount.TypeCluster} {
		m := mount.Mount{Type: kind, Source: "x", Target: "/x"}
		judged(t, "the type "+string(kind), permit(policy, "me", container.HostConfig{Mounts: []mount.Mount{m}}, view{}), nil)
	}
}

func judged(t *testing.T, path string, err error, allowed []string) {
	t.Helper()
	switch {
	case slices.Contains(allowed, path) && err != nil:
		t.Errorf("%s is harmless and denied: %v", path, err)
	case !slices.Contains(allowed, path) && !errors.Is(err, dockerhv.ErrDenied):
		t.Errorf("%s is allowed by the zero policy: %v", path, err)
	}
}

// leavesOf lists the paths of all fields below a type that have a value themselves.
func leavesOf(of reflect.Type, at string, but ...string) []string {
	var paths []string
	for f := range of.Fields() {
		if !f.IsExported() || slices.Contains(but, f.Name) {
			continue
		}
		path, typ := at+f.Name, f.Type
		for done := false; !done; {
			switch typ.Kind() {
			case reflect.Slice:
				if e := typ.Elem(); e.Kind() == reflect.Struct || e.Kind() == reflect.Pointer {
					path += "[]"
					typ = e
					continue
				}
				done = true
			case reflect.Pointer:
				typ = typ.Elem()
			default:
				done = true
			}
		}
		if typ.Kind() == reflect.Struct {
			paths = append(paths, leavesOf(typ, path+".")...)
			continue
		}
		paths = append(paths, path)
	}
	return paths
}

// setLeaf gives a field a value other than zero, and makes what is on the way to it.
func setLeaf(t *testing.T, v reflect.Value, path string) {
	t.Helper()
	for name := range strings.SplitSeq(path, ".") {
		name, element := strings.CutSuffix(name, "[]")
		if v = v.FieldByName(name); element {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			v = v.Index(0)
		}
		if v.Kind() == reflect.Pointer {
			v.Set(reflect.New(v.Type().Elem()))
			v = v.Elem()
		}
	}
	setAny(t, v)
}

func setAny(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(1)
	case reflect.Array:
		setAny(t, v.Index(0))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		setAny(t, v.Index(0))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		setAny(t, key)
		setAny(t, value)
		v.SetMapIndex(key, value)
	case reflect.Struct: // its presence is enough
	default:
		t.Fatalf("can't set a %v", v.Type())
	}
}

// 118: what reaches beyond the instance, in each of its forms, is denied by the zero
// policy and by one that allows all else, and allowed by the one that names it.
func TestPolicyNamesWhatItAllows(t *testing.T) {
	bind := func(source string) container.HostConfig {
		return container.HostConfig{Mounts: []mount.Mount{{Type: mount.TypeBind, Source: source, Target: "/x"}}}
	}
	volume := func(name string, options ...string) container.HostConfig {
		config := &mount.Driver{Name: name, Options: map[string]string{}}
		for n := 0; n < len(options); n += 2 {
			config.Options[options[n]] = options[n+1]
		}
		return container.HostConfig{Mounts: []mount.Mount{{Type: mount.TypeVolume, Target: "/x", VolumeOptions: &mount.VolumeOptions{DriverConfig: config}}}}
	}
	option := func(option string) container.HostConfig { return container.HostConfig{SecurityOpt: []string{option}} }
	resources := func(r container.Resources) container.HostConfig { return container.HostConfig{Resources: r} }
	request := func(r container.DeviceRequest) container.HostConfig {
		return resources(container.Resources{DeviceRequests: []container.DeviceRequest{r}})
	}
	namespace := func(n driver.Namespace) driver.Policy { return driver.Policy{HostNamespaces: []driver.Namespace{n}} }
	paths := func(p ...string) driver.Policy { return driver.Policy{Paths: p, LinksTrusted: true} }
	for name, tc := range map[string]struct {
		host   container.HostConfig
		policy driver.Policy // that allows it; the zero one: only Privileged does
	}{
		"privileged":                  {container.HostConfig{Privileged: true}, driver.Policy{}},
		"a capability":                {container.HostConfig{CapAdd: []string{"CAP_SYS_ADMIN"}}, driver.Policy{Capabilities: []string{"SYS_ADMIN"}}},
		"all capabilities":            {container.HostConfig{CapAdd: []string{"ALL"}}, driver.Policy{Capabilities: []string{"ALL"}}},
		"the host's network":          {container.HostConfig{NetworkMode: "host"}, driver.Policy{HostNetwork: true}},
		"another's network":           {container.HostConfig{NetworkMode: "container:x"}, driver.Policy{}},
		"a network namespace by path": {container.HostConfig{NetworkMode: "ns:/proc/1/ns/net"}, driver.Policy{}},
		"the host's processes":        {container.HostConfig{PidMode: "host"}, namespace(driver.NamespacePID)},
		"another's processes":         {container.HostConfig{PidMode: "container:x"}, driver.Policy{}},
		"the host's IPC":              {container.HostConfig{IpcMode: "host"}, namespace(driver.NamespaceIPC)},
		"another's IPC":               {container.HostConfig{IpcMode: "container:x"}, driver.Policy{}},
		"the host's name":             {container.HostConfig{UTSMode: "host"}, namespace(driver.NamespaceUTS)},
		"the host's users":            {container.HostConfig{UsernsMode: "host"}, namespace(driver.NamespaceUser)},
		"the host's cgroups":          {container.HostConfig{CgroupnsMode: "host"}, namespace(driver.NamespaceCgroup)},
		"a cgroup of the host":        {resources(container.Resources{CgroupParent: "/"}), driver.Policy{}},
		"spared by the OOM killer":    {container.HostConfig{OomScoreAdj: -10}, driver.Policy{OOMScore: -10}},
		"real-time priority":          {resources(container.Resources{Ulimits: []*units.Ulimit{{Name: "rtprio", Hard: 1}}}), driver.Policy{Capabilities: []string{"SYS_NICE"}}},
		"real-time CPU":               {resources(container.Resources{CPURealtimeRuntime: 1}), driver.Policy{}},
		"a runtime":                   {container.HostConfig{Runtime: "other"}, driver.Policy{Runtimes: []string{"other"}}},
		"an annotation":               {container.HostConfig{Annotations: map[string]string{"a": "b"}}, driver.Policy{Annotations: []string{"a"}}},
		"a log driver that sends":     {container.HostConfig{LogConfig: container.LogConfig{Type: "syslog"}}, driver.Policy{LogDrivers: []string{"syslog"}}},
		"a parameter of the host":     {container.HostConfig{Sysctls: map[string]string{"vm.swappiness": "1"}}, driver.Policy{Sysctls: []string{"vm.swappiness"}}},
		"the host's network's parameter": {
			container.HostConfig{NetworkMode: "host", Sysctls: map[string]string{"net.ipv4.ip_forward": "1"}},
			driver.Policy{HostNetwork: true, Sysctls: []string{"net.ipv4.ip_forward"}},
		},
		"the host's IPC's parameter": {
			container.HostConfig{IpcMode: "host", Sysctls: map[string]string{"kernel.msgmax": "1"}},
			driver.Policy{HostNamespaces: []driver.Namespace{driver.NamespaceIPC}, Sysctls: []string{"kernel.msgmax"}},
		},
		"a device":                       {resources(container.Resources{Devices: []container.DeviceMapping{{PathOnHost: "/dev/kvm"}}}), driver.Policy{Devices: []string{"/dev/kvm"}}},
		"a device rule":                  {resources(container.Resources{DeviceCgroupRules: []string{"a *:* rwm"}}), driver.Policy{Devices: []string{"a *:* rwm"}}},
		"a GPU":                          {request(container.DeviceRequest{Count: -1, Capabilities: [][]string{{"gpu"}}}), driver.Policy{DeviceDrivers: []string{""}}},
		"a GPU of a driver":              {request(container.DeviceRequest{Driver: "nvidia"}), driver.Policy{DeviceDrivers: []string{"nvidia"}}},
		"a CDI device":                   {request(container.DeviceRequest{Driver: "cdi", DeviceIDs: []string{"v.x/gpu=0"}}), driver.Policy{Devices: []string{"v.x/gpu=0"}}},
		"a CDI device by kind":           {request(container.DeviceRequest{Driver: "cdi", DeviceIDs: []string{"v.x/gpu=0"}}), driver.Policy{Devices: []string{"v.x/gpu"}}},
		"seccomp off":                    {option("seccomp=unconfined"), driver.Policy{Unconfined: true}},
		"seccomp that allows all":        {option(`seccomp={"defaultAction":"SCMP_ACT_ALLOW"}`), driver.Policy{Profiles: []string{`{"defaultAction":"SCMP_ACT_ALLOW"}`}}},
		"seccomp in the engine's file":   {option("seccomp=builtin"), driver.Policy{Profiles: []string{"builtin"}}},
		"AppArmor off":                   {option("apparmor=unconfined"), driver.Policy{Unconfined: true}},
		"another AppArmor profile":       {option("apparmor=mine"), driver.Policy{Profiles: []string{"mine"}}},
		"SELinux off":                    {option("label=disable"), driver.Policy{Unconfined: true}},
		"an SELinux type":                {option("label=type:spc_t"), driver.Policy{Profiles: []string{"type:spc_t"}}},
		"SELinux off, the old way":       {option("disable"), driver.Policy{}},
		"an old separator":               {option("seccomp:unconfined"), driver.Policy{}},
		"writable cgroups":               {option("writable-cgroups=true"), driver.Policy{}},
		"new privileges after all":       {option("no-new-privileges=false"), driver.Policy{}},
		"nothing masked":                 {container.HostConfig{MaskedPaths: []string{}}, driver.Policy{}},
		"nothing read-only":              {container.HostConfig{ReadonlyPaths: []string{}}, driver.Policy{}},
		"a path":                         {bind("/etc"), paths("/etc")},
		"a path below":                   {bind("/etc/x"), paths("/etc")},
		"a path that climbs":             {bind("/srv/../etc"), driver.Policy{}},
		"a path in the old form":         {container.HostConfig{Binds: []string{"/etc:/x:ro,Z"}}, paths("/etc")},
		"a path that climbs, old":        {container.HostConfig{Binds: []string{"/srv/../etc:/x"}}, driver.Policy{}},
		"a volume in the old form":       {container.HostConfig{Binds: []string{"vol:/x"}}, driver.Policy{}},
		"an option in the old form":      {container.HostConfig{Binds: []string{"/srv:/x:exec"}}, driver.Policy{}},
		"another's volumes":              {container.HostConfig{VolumesFrom: []string{"x"}}, driver.Policy{}},
		"another's volume":               {container.HostConfig{Mounts: []mount.Mount{{Type: mount.TypeVolume, Source: "other.data", Target: "/x"}}}, driver.Policy{Volumes: []string{"other.data"}}},
		"a volume driver":                {volume("plugin"), driver.Policy{VolumeDrivers: []string{"plugin"}}},
		"a volume driver for all":        {container.HostConfig{VolumeDriver: "plugin"}, driver.Policy{}},
		"a bind in disguise":             {volume("local", "type", "none", "device", "/etc", "o", "bind"), paths("/etc")},
		"a bind in disguise, unnamed":    {volume("", "type", "none", "device", "/etc", "o", "rw,rbind"), paths("/etc")},
		"a relative bind in disguise":    {volume("local", "type", "none", "device", "etc", "o", "bind"), driver.Policy{}},
		"a disk of the host":             {volume("local", "type", "ext4", "device", "/dev/sda1"), driver.Policy{Paths: []string{"/dev/sda1"}, VolumeDrivers: []string{"local"}}},
		"an overlay of the host":         {volume("local", "type", "overlay", "device", "overlay", "o", "lowerdir=/etc"), driver.Policy{}},
		"a bind with an overlay's":       {volume("local", "type", "overlay", "device", "/srv", "o", "bind,lowerdir=/etc"), driver.Policy{Paths: []string{"/srv"}, VolumeDrivers: []string{"local"}}},
		"a network's file system":        {volume("local", "type", "nfs", "device", ":/x", "o", "addr=192.0.2.1"), driver.Policy{VolumeDrivers: []string{"local"}}},
		"a tmpfs that does more":         {volume("local", "type", "tmpfs", "device", "tmpfs", "o", "size=1m,dev"), driver.Policy{}},
		"an option nobody knows":         {volume("local", "x", "y"), driver.Policy{}},
		"tmpfs in the old form":          {container.HostConfig{Tmpfs: map[string]string{"/x": "exec"}}, driver.Policy{}},
		"the engine's socket":            {bind("/var/run/docker.sock"), driver.Policy{}},
		"the folder of it":               {bind("/run"), driver.Policy{}},
		"all of the host":                {bind("/"), driver.Policy{}},
		"a rootless engine's socket":     {bind("/run/user/1000/docker.sock"), driver.Policy{}},
		"containerd's socket":            {bind("/run/containerd/containerd.sock"), driver.Policy{}},
		"the socket in the old form":     {container.HostConfig{Binds: []string{"/run/docker.sock:/x"}}, driver.Policy{}},
		"the socket in disguise":         {volume("local", "type", "none", "device", "/run/docker.sock", "o", "bind"), driver.Policy{}},
		"the socket that we ourself use": {bind("/opt/engine/s"), driver.Policy{}},
	} {
		t.Run(name, func(t *testing.T) {
			seen := view{sockets: []string{"/opt/engine/s"}}
			for _, policy := range []driver.Policy{{}, generous(tc.policy)} {
				if err := permit(policy, "me", tc.host, seen); !errors.Is(err, dockerhv.ErrDenied) {
					t.Errorf("%+v allows it: %v", policy, err)
				}
			}
			if !reflect.DeepEqual(tc.policy, driver.Policy{}) {
				if err := permit(tc.policy, "me", tc.host, seen); err != nil {
					t.Error(err)
				}
			}
			if err := permit(driver.Policy{Privileged: true}, "me", tc.host, seen); err != nil {
				t.Errorf("whoever may be privileged may have it: %v", err)
			}
		})
	}
}

// generous allows what a policy does not: its own kind of allowance it lacks.
func generous(but driver.Policy) driver.Policy {
	all := driver.Policy{
		HostNetwork: true, HostNamespaces: []driver.Namespace{"pid", "ipc", "uts", "user", "cgroup"}, OOMScore: -5,
		Paths: []string{"/run", "/srv", "/opt", "/var"}, LinksTrusted: true, Volumes: []string{"x"}, VolumeDrivers: []string{"y", "local"},
		Devices: []string{"/dev/null", "w/gpu"}, DeviceDrivers: []string{"z"}, Capabilities: []string{"NET_ADMIN"}, Unconfined: true,
		Profiles: []string{"p"}, Sysctls: []string{"vm.x"}, Runtimes: []string{"r"}, Annotations: []string{"n"}, LogDrivers: []string{"gelf"},
	}
	v, lacks := reflect.ValueOf(&all).Elem(), reflect.ValueOf(but)
	for i := range v.NumField() {
		if v.Type().Field(i).Name != "OOMScore" && !lacks.Field(i).IsZero() {
			v.Field(i).SetZero()
		}
	}
	return all
}

// What an instance may have by the zero policy, beside the harmless.
func TestPolicyOfNothingAllows(t *testing.T) {
	for name, host := range map[string]container.HostConfig{
		"nothing":               {},
		"a network":             {NetworkMode: "lan", PidMode: "", IpcMode: "private", CgroupnsMode: "private"},
		"its own parameters":    {Sysctls: map[string]string{"net.core.somaxconn": "9", "kernel.msgmax": "1", "fs.mqueue.msg_max": "2", "net/ipv4/ip_forward": "1"}},
		"the engine's profile":  {SecurityOpt: []string{"apparmor=docker-default", "no-new-privileges:true"}},
		"a size":                {StorageOpt: map[string]string{"size": "1"}},
		"a bound of its volume": {Mounts: []mount.Mount{{Type: mount.TypeVolume, Target: "/x", VolumeOptions: &mount.VolumeOptions{DriverConfig: &mount.Driver{Name: "local", Options: map[string]string{"size": "1g"}}}}}},
		"a tmpfs volume": {Mounts: []mount.Mount{{Type: mount.TypeVolume, Source: "me.x", Target: "/x", VolumeOptions: &mount.VolumeOptions{
			DriverConfig: &mount.Driver{Name: "local", Options: map[string]string{"type": "tmpfs", "device": "tmpfs", "o": "size=1m,uid=5"}},
		}}}},
	} {
		if err := permit(driver.Policy{}, "me", host, view{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
