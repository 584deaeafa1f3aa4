package engine

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// permit tells whether a policy allows what the engine is about to be told. It
// looks at the payload itself, so that no option of a spec can pass it by, and
// refuses what it does not know to be harmless. The holder is the container whose
// network the instance may have: one that the caller has found to be its owner's.
func permit(policy driver.Policy, host *container.HostConfig, holder string) error {
	if policy.Privileged {
		return nil
	}
	checks := []error{
		deny(host.Privileged, "security.privileged", "it makes root in the instance root on the host"),
		deny(host.NetworkMode.IsHost() && !policy.HostNetwork, "nics", "the host's network"),
		deny(host.NetworkMode.IsContainer() && (holder == "" || host.NetworkMode.ConnectedContainer() != holder),
			"networkOf", "the network of another owner's instance"),
		deny(host.PidMode.IsHost() || host.IpcMode.IsHost() || host.UTSMode.IsHost() || host.UsernsMode.IsHost() || host.CgroupnsMode.IsHost(),
			"namespaces", "a namespace of the host"),
		deny(len(host.Binds) > 0 || len(host.VolumesFrom) > 0, "mounts", "a bind in the engine's old form"),
	}
	for _, c := range host.CapAdd {
		name := strings.TrimPrefix(c, "CAP_")
		checks = append(checks, deny(!slices.Contains(policy.Capabilities, name), "security.addCapabilities", "the capability "+name))
	}
	for _, d := range host.Devices {
		checks = append(checks, deny(!slices.Contains(policy.Devices, d.PathOnHost), "security.devices", "the device "+d.PathOnHost))
	}
	for _, option := range host.SecurityOpt {
		checks = append(checks, deny(strings.Contains(option, "unconfined") && !policy.Unconfined, "security.seccomp", "no confinement"))
	}
	for _, m := range host.Mounts {
		if m.Type == mount.TypeBind {
			checks = append(checks, permitPath(policy, m.Source))
		}
	}
	for _, err := range checks {
		if err != nil {
			return err
		}
	}
	return nil
}

// sockets are where engines listen: whoever has one is root on the host.
func sockets() []string {
	return []string{"/var/run/docker.sock", "/run/docker.sock", "/run/containerd", "/var/run/containerd"}
}

// permitPath allows a path below one of the policy's folders, but not one that
// holds an engine's socket or is one.
func permitPath(policy driver.Policy, source string) error {
	source = path.Clean(source)
	allowed := slices.ContainsFunc(policy.Paths, func(folder string) bool { return within(source, folder) })
	if err := deny(!allowed, "mounts", "the host's path "+source); err != nil {
		return err
	}
	for _, socket := range sockets() {
		if within(socket, source) || within(source, socket) || path.Base(source) == "docker.sock" {
			return deny(true, "mounts", "the engine's own socket, which "+source+" holds")
		}
	}
	return nil
}

// within tells whether a path is a folder or below it.
func within(p, folder string) bool {
	folder = path.Clean(folder)
	return p == folder || folder == "/" || strings.HasPrefix(p, folder+"/")
}

func deny(denied bool, field, what string) error {
	if !denied {
		return nil
	}
	return &dockerhv.Error{
		Class: dockerhv.ErrDenied, Err: fmt.Errorf("%s: the operator's policy does not allow %s", field, what),
		Next: "leave it out, or let the operator allow it in docker.Options.Policy",
	}
}
