package engine

import (
	"slices"
	"strings"

	"github.com/dockerhv/dockerhv/driver"
)

// PermitNetwork tells whether a policy allows a network: what it has of the host's
// interfaces.
func PermitNetwork(policy driver.Policy, spec driver.NetworkSpec) error {
	if policy.Privileged {
		return nil
	}
	names := []string{spec.Parent}
	for option, value := range spec.Options {
		switch option {
		case "com.docker.network.bridge.name":
			names = append(names, value)
		case "com.docker.network.bridge.trusted_host_interfaces":
			names = append(names, strings.Split(value, ":")...)
		}
	}
	for _, name := range names {
		base, _, _ := strings.Cut(name, ".")
		allowed := name == "" || slices.Contains(policy.Interfaces, name) || slices.Contains(policy.Interfaces, base)
		if err := deny(!allowed, "parent", "the host's interface "+name); err != nil {
			return err
		}
	}
	return nil
}
