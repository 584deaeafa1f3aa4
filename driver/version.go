package driver

import (
	"runtime"
	"runtime/debug"
)

const modulePath = "github.com/dockerhv/dockerhv"

// versions tells which code runs: this module's version, which is unknown in a
// program that was built from a checkout, and Go's.
func versions() map[string]string {
	all := map[string]string{"go": runtime.Version(), "dockerhv": "unknown"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return all
	}
	for _, module := range append(info.Deps, &info.Main) {
		if module != nil && module.Path == modulePath && module.Version != "" {
			all["dockerhv"] = module.Version
		}
	}
	return all
}
