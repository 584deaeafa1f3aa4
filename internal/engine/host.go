package engine

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/system"
	"golang.org/x/sync/errgroup"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/template"
)

// Host describes the host as it is now, in three requests.
func (e *Engine) Host(ctx context.Context) (driver.Host, error) {
	var (
		info    system.Info
		version types.Version
		bridge  []netip.Prefix
	)
	var asked, answered time.Time
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		asked = time.Now()
		info, err = e.cli.Info(groupCtx)
		answered = time.Now()
		return err
	})
	group.Go(func() (err error) {
		version, err = e.cli.ServerVersion(groupCtx)
		return err
	})
	group.Go(func() (err error) {
		bridge, err = e.bridge(groupCtx)
		return err
	})
	if err := group.Wait(); err != nil {
		return driver.Host{}, e.fail("describe host", "", err)
	}
	host := e.describe(info, version, e.cli.ClientVersion())
	host.Bridge = bridge
	e.measure(&host, info)
	host.ClockSkew = clockSkew(host.Time, asked, answered)
	return host, nil
}

// clockSkew is how far a clock is ahead at least that showed a time at some moment
// between two of ours.
func clockSkew(shown, asked, answered time.Time) time.Duration {
	switch {
	case shown.IsZero():
		return 0
	case shown.After(answered):
		return shown.Sub(answered)
	case shown.Before(asked):
		return shown.Sub(asked)
	}
	return 0
}

// describe reads what an engine says of itself, by the API that was agreed on.
func (e *Engine) describe(info system.Info, version types.Version, api string) driver.Host {
	host := driver.Host{
		Schema:          driver.HostSchema,
		ID:              info.ID,
		Name:            info.Name,
		Labels:          hostLabels(info.Labels),
		Endpoint:        e.endpoint.String(),
		Version:         info.ServerVersion,
		APIVersion:      api,
		MinAPIVersion:   version.MinAPIVersion,
		MaxAPIVersion:   version.APIVersion,
		Platform:        template.Platform{OS: version.Os, Architecture: version.Arch},
		OperatingSystem: info.OperatingSystem,
		Kernel:          info.KernelVersion,
		Experimental:    info.ExperimentalBuild,
		Swarm:           string(info.Swarm.LocalNodeState),
		CPUs:            info.NCPU,
		Memory:          info.MemTotal,
		CgroupVersion:   info.CgroupVersion,
		CgroupDriver:    info.CgroupDriver,
		StorageDriver:   info.Driver,
		DataRoot:        info.DockerRootDir,
		ContainerdStore: containerdStore(info),
		Rootless:        hasSecurityOption(info, "rootless"),
		UserNamespaces:  hasSecurityOption(info, "userns"),
		LogDriver:       info.LoggingDriver,
		LiveRestore:     info.LiveRestoreEnabled,
		LimitsCPU:       info.CPUCfsPeriod && info.CPUCfsQuota,
		LimitsMemory:    info.MemoryLimit,
		LimitsSwap:      info.SwapLimit,
		LimitsCPUShares: info.CPUShares,
		LimitsCPUSet:    info.CPUSet,
		LimitsPIDs:      info.PidsLimit,
		LimitsIO:        !warns(info, "throttle.", "io.max", "cgroups"),
		WeighsIO:        !warns(info, "blkio weight support", "io.weight support", "cgroups"),
		WeighsDeviceIO:  !warns(info, "blkio weight_device support", "io.weight (per device) support", "cgroups"),
		DisablesOOM:     info.OomKillDisable,
		LimitsDisk:      limitsDisk(info),
		Time:            parseTime(info.SystemTime),
		Running:         info.ContainersRunning,
		Paused:          info.ContainersPaused,
		Stopped:         info.ContainersStopped,
		Images:          info.Images,
		Warnings:        told(info.Warnings),
	}
	lists(&host, info)
	return host
}

// containerdStore tells whether images live in containerd's own store, which the
// engine says in its storage driver's status.
func containerdStore(info system.Info) bool {
	for _, pair := range info.DriverStatus {
		if pair[0] == "driver-type" && pair[1] == "io.containerd.snapshotter.v1" {
			return true
		}
	}
	return false
}

// warns tells whether one of the engine's warnings, such as "WARNING: No blkio weight
// support", has one of some fragments: it tells of block I/O in no other way.
func warns(info system.Info, fragments ...string) bool {
	return slices.ContainsFunc(info.Warnings, func(warning string) bool {
		return slices.ContainsFunc(fragments, func(fragment string) bool { return strings.Contains(warning, fragment) })
	})
}

// limitsDisk tells whether the storage driver can have quotas. Of containerd's
// snapshotters none has, and they drop the option silently.
func limitsDisk(info system.Info) bool {
	if containerdStore(info) {
		return false
	}
	switch info.Driver {
	case "btrfs", "zfs", "devicemapper":
		return true
	case "overlay2", "vfs":
		return slices.Contains(info.DriverStatus, [2]string{"Backing Filesystem", "xfs"})
	}
	return false
}

// securityNames lists the names of the engine's options of security, which it writes
// in the form "name=seccomp,profile=default".
func securityNames(info system.Info) []string {
	names := make([]string, 0, len(info.SecurityOptions))
	for _, option := range info.SecurityOptions {
		first, _, _ := strings.Cut(option, ",")
		names = append(names, strings.TrimPrefix(first, "name="))
	}
	return names
}

// hasSecurityOption tells whether the engine has an option of security.
func hasSecurityOption(info system.Info, name string) bool {
	return slices.Contains(securityNames(info), name)
}

// hostLabels takes the labels of an engine apart, which are "name=value".
func hostLabels(all []string) map[string]string {
	labels := make(map[string]string, len(all))
	for _, label := range all {
		name, value, _ := strings.Cut(label, "=")
		labels[name] = value
	}
	return labels
}
