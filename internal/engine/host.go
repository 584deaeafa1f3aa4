package engine

import (
	"context"
	"strings"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/system"
	"golang.org/x/sync/errgroup"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/template"
)

// Host describes the host as it is now, in two requests.
func (e *Engine) Host(ctx context.Context) (driver.Host, error) {
	var (
		info    system.Info
		version types.Version
	)
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		info, err = e.cli.Info(groupCtx)
		return err
	})
	group.Go(func() (err error) {
		version, err = e.cli.ServerVersion(groupCtx)
		return err
	})
	if err := group.Wait(); err != nil {
		return driver.Host{}, e.fail("describe host", "", err)
	}
	return e.host(info, version), nil
}

func (e *Engine) host(info system.Info, version types.Version) driver.Host {
	return driver.Host{
		ID:              info.ID,
		Name:            info.Name,
		Endpoint:        e.endpoint.String(),
		Version:         info.ServerVersion,
		APIVersion:      e.cli.ClientVersion(),
		MinAPIVersion:   version.MinAPIVersion,
		MaxAPIVersion:   version.APIVersion,
		Platform:        template.Platform{OS: version.Os, Architecture: version.Arch},
		OperatingSystem: info.OperatingSystem,
		Kernel:          info.KernelVersion,
		CPUs:            info.NCPU,
		Memory:          info.MemTotal,
		CgroupVersion:   info.CgroupVersion,
		StorageDriver:   info.Driver,
		ContainerdStore: containerdStore(info),
		Rootless:        hasSecurityOption(info, "rootless"),
		LiveRestore:     info.LiveRestoreEnabled,
		Experimental:    info.ExperimentalBuild,
		LimitsCPU:       info.CPUCfsPeriod && info.CPUCfsQuota,
		LimitsMemory:    info.MemoryLimit,
		LimitsSwap:      info.SwapLimit,
		Time:            parseTime(info.SystemTime),
		Running:         info.ContainersRunning,
		Paused:          info.ContainersPaused,
		Stopped:         info.ContainersStopped,
		Images:          info.Images,
		Warnings:        info.Warnings,
	}
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

// hasSecurityOption looks for an option in the engine's "name=rootless,..." form.
func hasSecurityOption(info system.Info, name string) bool {
	for _, option := range info.SecurityOptions {
		first, _, _ := strings.Cut(option, ",")
		if first == "name="+name {
			return true
		}
	}
	return false
}
