package driver_test

import (
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv/driver"
)

func secured(s driver.Security) func(*driver.Spec) {
	return func(spec *driver.Spec) { spec.Security = s }
}

func TestValidateSecurity(t *testing.T) {
	device := func(d driver.Device) func(*driver.Spec) { return secured(driver.Security{Devices: []driver.Device{d}}) }
	request := func(r driver.DeviceRequest) func(*driver.Spec) {
		return secured(driver.Security{DeviceRequests: []driver.DeviceRequest{r}})
	}
	seccomp := func(text string) func(*driver.Spec) { return secured(driver.Security{Seccomp: text}) }
	sysctls := func(name, network string, host ...driver.Namespace) func(*driver.Spec) {
		return func(s *driver.Spec) {
			s.NICs = []driver.NIC{{Network: network}}
			s.Security = driver.Security{Sysctls: map[string]string{name: "1"}, HostNamespaces: host}
		}
	}
	refuses(t, map[string][]func(*driver.Spec){
		"security.capabilities": {
			secured(driver.Security{AddCapabilities: []string{"net_admin"}}), secured(driver.Security{DropCapabilities: []string{"CAP_NET_RAW"}}),
		},
		"security.groups": {secured(driver.Security{Groups: []string{""}}), secured(driver.Security{Groups: []string{"a:b"}})},
		"security.seccomp": { // 121: a profile's text, of a bounded size, and no path
			seccomp("{"), seccomp(`"text"`), seccomp("1"), seccomp("/etc/docker/seccomp.json"), seccomp(`{}{}`),
			seccomp(`{"a":"` + strings.Repeat("x", 1<<20) + `"}`),
		},
		"security.appArmor":       {secured(driver.Security{AppArmor: "a b"}), secured(driver.Security{AppArmor: "a=b"})},
		"security.seLinux":        {secured(driver.Security{SELinux: []string{"spc_t"}}), secured(driver.Security{SELinux: []string{"disable", "type:x"}})},
		"security.hostNamespaces": {secured(driver.Security{HostNamespaces: []driver.Namespace{"network"}}), secured(driver.Security{HostNamespaces: []driver.Namespace{"pid", "pid"}})},
		"hostname": {func(s *driver.Spec) {
			s.Hostname, s.Security.HostNamespaces = "h", []driver.Namespace{driver.NamespaceUTS}
		}},
		"security.sysctls": {
			sysctls("somaxconn", ""), sysctls("net.core.somaxconn\n", ""), sysctls("net.core.somaxconn", "host"), sysctls("net/core/somaxconn", "host"),
			sysctls("kernel.msgmax", "", driver.NamespaceIPC), sysctls("fs.mqueue.msg_max", "", driver.NamespaceIPC),
			sysctls("kernel.domainname", "", driver.NamespaceUTS),
		},
		"security.devices[0].path":        {device(driver.Device{Path: "/etc/passwd"}), device(driver.Device{Path: "/dev/../etc/passwd"}), device(driver.Device{})},
		"security.devices[0].target":      {device(driver.Device{Path: "/dev/kvm", Target: "kvm"}), device(driver.Device{Path: "/dev/kvm", Target: "/dev/../kvm"})},
		"security.devices[0].permissions": {device(driver.Device{Path: "/dev/kvm", Permissions: "x"}), device(driver.Device{Path: "/dev/kvm", Permissions: "rr"})},
		"security.deviceRules[0]":         {secured(driver.Security{DeviceRules: []string{"c 10:200"}}), secured(driver.Security{DeviceRules: []string{"c 10:200 rwm\n"}})},
		"security.deviceRequests[0]": {
			request(driver.DeviceRequest{Driver: "nvidia"}), request(driver.DeviceRequest{Count: 1}),
			request(driver.DeviceRequest{Driver: "nvidia", Count: 1, IDs: []string{"0"}}), request(driver.DeviceRequest{Driver: "cdi", Count: 1}),
		},
		"security.deviceRequests[0].count":        {request(driver.DeviceRequest{Driver: "nvidia", Count: -2})},
		"security.deviceRequests[0].capabilities": {request(driver.DeviceRequest{Count: 1, Capabilities: [][]string{{}}})},
		"security.deviceRequests[0].ids":          {request(driver.DeviceRequest{Driver: "cdi", IDs: []string{"gpu0"}})},
	})
	accepts(t,
		secured(driver.Security{AddCapabilities: []string{"NET_ADMIN"}, DropCapabilities: []string{"ALL"}, Groups: []string{"1", "audio"}}),
		seccomp("{}"), seccomp(" {\n} "), seccomp(driver.Unconfined),
		secured(driver.Security{AppArmor: "docker-default", SELinux: []string{"type:container_t", "level:s0:c1,c2"}}),
		secured(driver.Security{AppArmor: driver.Unconfined, SELinux: []string{"disable"}}),
		secured(driver.Security{HostNamespaces: []driver.Namespace{"pid", "ipc", "uts", "user", "cgroup"}}),
		sysctls("net.ipv4.ip_forward", "", driver.NamespaceIPC), sysctls("kernel.shm_rmid_forced", "host"), sysctls("net/ipv4/conf/eth0.1/forwarding", ""),
		device(driver.Device{Path: "/dev/kvm"}), device(driver.Device{Path: "/dev/kvm", Target: "/dev/a/kvm0", Permissions: "rw"}),
		secured(driver.Security{DeviceRules: []string{"c 10:200 rwm", "b *:* r", "a *:* rwm"}}),
		request(driver.DeviceRequest{Count: driver.Unlimited, Capabilities: [][]string{{"gpu"}, {"nvidia", "compute"}}}),
		request(driver.DeviceRequest{Driver: "nvidia", IDs: []string{"GPU-1"}}),
		request(driver.DeviceRequest{Driver: driver.DeviceDriverCDI, IDs: []string{"vendor.example/gpu=0"}}),
	)
}
