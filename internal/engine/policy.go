package engine

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/go-units"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// request is what a policy judges: what the engine is about to be told of an
// instance's place on the host, and what is known of that. Each rule takes out of it
// what it has judged.
type request struct {
	policy driver.Policy
	owner  string
	seen   view
	host   container.HostConfig
}

// permit tells whether a policy allows what the engine is about to be told. It looks
// at the payload itself, so that no option of a spec can pass it by, and refuses what
// no rule has judged: also a field that the client will have one day. It asks nobody.
func permit(policy driver.Policy, owner string, host container.HostConfig, seen view) error {
	if policy.Privileged {
		return nil
	}
	r := &request{policy: policy, owner: owner, seen: seen, host: host}
	for _, rule := range []func(*request) error{
		(*request).permitHarmless, (*request).permitSysctls, (*request).permitNetwork, (*request).permitNamespaces,
		(*request).permitPrivileges, (*request).permitConfinement, (*request).permitRuntime, (*request).permitDevices,
		(*request).permitLimits, (*request).permitLog, (*request).permitBinds, (*request).permitMounts,
	} {
		if err := rule(r); err != nil {
			return err
		}
	}
	return denyLeft(reflect.ValueOf(r.host))
}

// permitHarmless takes out what bounds the instance, concerns it alone, or reaches no
// further than its own network.
func (r *request) permitHarmless() error {
	h := &r.host
	h.PortBindings, h.DNS, h.DNSOptions, h.DNSSearch, h.ExtraHosts = nil, nil, nil, nil, nil
	h.RestartPolicy, h.ConsoleSize, h.Init = container.RestartPolicy{}, [2]uint{}, nil
	h.ShmSize, h.ReadonlyRootfs, h.CapDrop, h.GroupAdd = 0, false, nil, nil
	h.CPUShares, h.NanoCPUs, h.CPUPeriod, h.CPUQuota, h.CpusetCpus, h.CpusetMems = 0, 0, 0, 0, "", ""
	h.Memory, h.MemoryReservation, h.MemorySwap, h.MemorySwappiness = 0, 0, 0, nil
	h.OomKillDisable, h.PidsLimit = nil, nil
	h.BlkioWeight, h.BlkioWeightDevice = 0, nil
	h.BlkioDeviceReadBps, h.BlkioDeviceWriteBps, h.BlkioDeviceReadIOps, h.BlkioDeviceWriteIOps = nil, nil, nil, nil
	if len(h.StorageOpt) == 1 && h.StorageOpt[storageSize] != "" {
		h.StorageOpt = nil
	}
	return nil
}

func (r *request) permitNetwork() error {
	mode := r.host.NetworkMode
	r.host.NetworkMode = ""
	switch {
	case mode.IsHost():
		return deny(!r.policy.HostNetwork, "nics", "the host's network")
	case r.seen.holder != "" && mode.ConnectedContainer() == r.seen.holder:
	case strings.Contains(string(mode), ":"):
		return deny(true, "networkOf", "the network of another owner's instance")
	}
	return nil
}

// permitPrivileges looks at what root in the instance may do.
func (r *request) permitPrivileges() error {
	if err := deny(r.host.Privileged, "security.privileged", "what makes root in the instance root on the host"); err != nil {
		return err
	}
	for _, c := range r.host.CapAdd {
		name := strings.TrimPrefix(c, "CAP_")
		if err := deny(!slices.Contains(r.policy.Capabilities, name), "security.addCapabilities", "the capability "+name); err != nil {
			return err
		}
	}
	r.host.CapAdd = nil
	score := r.host.OomScoreAdj
	r.host.OomScoreAdj = 0
	return deny(score < 0 && score < r.policy.OOMScore, "resources.oomScore", fmt.Sprintf("the kernel to spare it, by %d,", score))
}

// permitLimits: real-time priority takes CPUs from all of the host, and is what the
// capability SYS_NICE gives.
func (r *request) permitLimits() error {
	realTime := slices.ContainsFunc(r.host.Ulimits, func(u *units.Ulimit) bool {
		return u != nil && u.Name == "rtprio" && (u.Hard != 0 || u.Soft != 0)
	})
	r.host.Ulimits = nil
	return deny(realTime && !slices.Contains(r.policy.Capabilities, "SYS_NICE"), "ulimits.rtprio", "real-time priority (the capability SYS_NICE)")
}

func (r *request) permitRuntime() error {
	runtime, annotations := r.host.Runtime, r.host.Annotations
	r.host.Runtime, r.host.Annotations = "", nil
	for name := range annotations {
		if err := deny(!slices.Contains(r.policy.Annotations, name), "annotations", "the annotation "+name); err != nil {
			return err
		}
	}
	return deny(runtime != "" && !slices.Contains(r.policy.Runtimes, runtime), "runtime", "the runtime "+runtime)
}

// logDrivers are those that keep logs on the host. Others send them to wherever their
// options say, over the host's network and with its credentials.
var logDrivers = []string{"", "none", "local", "json-file", "journald"}

func (r *request) permitLog() error {
	name := r.host.LogConfig.Type
	r.host.LogConfig = container.LogConfig{}
	return deny(!slices.Contains(logDrivers, name) && !slices.Contains(r.policy.LogDrivers, name), "log.driver", "the log driver "+name)
}

// denyLeft refuses the first field that no rule has taken out.
func denyLeft(v reflect.Value) error {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous {
			if err := denyLeft(v.Field(i)); err != nil {
				return err
			}
			continue
		}
		if !v.Field(i).IsZero() {
			return deny(true, f.Name, "what is not known to be harmless")
		}
	}
	return nil
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
