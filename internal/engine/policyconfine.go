package engine

import (
	"slices"
	"strings"

	"github.com/docker/docker/api/types/container"

	"github.com/dockerhv/dockerhv/driver"
)

// permitNamespaces wants namespaces of the instance's own, or such of the host as the
// policy allows; never those of another container.
func (r *request) permitNamespaces() error {
	h := &r.host
	for _, n := range []struct {
		kind driver.Namespace
		mode string
		own  []string // the modes that give one of its own
	}{
		{driver.NamespacePID, string(h.PidMode), nil},
		{driver.NamespaceIPC, string(h.IpcMode), []string{"private", "shareable", "none"}},
		{driver.NamespaceUTS, string(h.UTSMode), nil},
		{driver.NamespaceUser, string(h.UsernsMode), nil},
		{driver.NamespaceCgroup, string(h.CgroupnsMode), []string{"private"}},
	} {
		allowed := n.mode == "" || slices.Contains(n.own, n.mode) ||
			n.mode == hostMode && slices.Contains(r.policy.HostNamespaces, n.kind)
		if err := deny(!allowed, "security.hostNamespaces", "the namespace "+string(n.kind)+" of "+n.mode); err != nil {
			return err
		}
	}
	h.PidMode, h.IpcMode, h.UTSMode, h.UsernsMode, h.CgroupnsMode = "", "", "", "", ""
	return nil
}

// permitConfinement: a profile of the spec's own may allow anything, so that only one
// that the operator knows may stand in the place of the engine's.
func (r *request) permitConfinement() error {
	for _, option := range r.host.SecurityOpt {
		if option == optionNoNewPrivileges {
			continue
		}
		kind, profile, _ := strings.Cut(option, "=")
		field, ok := profileFields[kind+"="]
		none := profile == driver.Unconfined || option == optionSELinux+"disable"
		switch {
		case !ok:
			return deny(true, "security", "the option "+kind)
		case none:
			if err := deny(!r.policy.Unconfined, field, "no confinement"); err != nil {
				return err
			}
		case option == optionAppArmor+defaultAppArmor:
		case !slices.Contains(r.policy.Profiles, profile):
			return deny(true, field, "a profile that is not among its own")
		}
	}
	r.host.SecurityOpt = nil
	return nil
}

// defaultAppArmor is the engine's own profile.
const defaultAppArmor = "docker-default"

var profileFields = map[string]string{
	optionSeccomp: "security.seccomp", optionAppArmor: "security.appArmor", optionSELinux: "security.seLinux",
}

// ipcSysctls are the kernel's parameters that belong to a namespace of IPC, beside
// those below fs.mqueue.
var ipcSysctls = []string{
	"kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax", "kernel.shmmni",
	"kernel.shm_rmid_forced",
}

// ownsSysctl tells whether a parameter is that of a namespace of the instance's own.
func ownsSysctl(name string, h *container.HostConfig) bool {
	name = strings.ReplaceAll(name, "/", ".")
	switch {
	case strings.HasPrefix(name, "net."):
		return !h.NetworkMode.IsHost() && !h.NetworkMode.IsContainer()
	case strings.HasPrefix(name, "fs.mqueue."), slices.Contains(ipcSysctls, name):
		return !h.IpcMode.IsHost()
	}
	return name == "kernel.domainname" && !h.UTSMode.IsHost()
}

func (r *request) permitSysctls() error {
	for name := range r.host.Sysctls {
		own := ownsSysctl(name, &r.host)
		if err := deny(!own && !slices.Contains(r.policy.Sysctls, name), "security.sysctls", "the parameter "+name); err != nil {
			return err
		}
	}
	r.host.Sysctls = nil
	return nil
}

func (r *request) permitDevices() error {
	h := &r.host
	for _, d := range h.Devices {
		if err := r.permitDevice("security.devices", d.PathOnHost); err != nil {
			return err
		}
	}
	for _, rule := range h.DeviceCgroupRules {
		if err := r.permitDevice("security.deviceRules", rule); err != nil {
			return err
		}
	}
	for _, request := range h.DeviceRequests {
		if err := r.permitRequest(request); err != nil {
			return err
		}
	}
	h.Devices, h.DeviceCgroupRules, h.DeviceRequests = nil, nil, nil
	return nil
}

func (r *request) permitDevice(field, name string) error {
	return deny(!slices.Contains(r.policy.Devices, name), field, "the device "+name)
}

func (r *request) permitRequest(d container.DeviceRequest) error {
	const field = "security.deviceRequests"
	if d.Driver != driver.DeviceDriverCDI {
		return deny(!slices.Contains(r.policy.DeviceDrivers, d.Driver), field, "devices of the driver "+d.Driver)
	}
	if d.Count != 0 || len(d.Capabilities) > 0 || len(d.Options) > 0 {
		return deny(true, field, "CDI devices by anything but their names")
	}
	for _, id := range d.DeviceIDs {
		kind, _, _ := strings.Cut(id, "=")
		if !slices.Contains(r.policy.Devices, kind) {
			if err := r.permitDevice(field, id); err != nil {
				return err
			}
		}
	}
	return nil
}
