package preflight

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// judgeRegistries warns of images that come by a way on which they could be exchanged.
func judgeRegistries(f Facts, _ Options) Finding {
	h := f.Host
	plain := slices.DeleteFunc(slices.Clone(h.RegistryMirrors), func(url string) bool { return !strings.HasPrefix(url, "http://") })
	insecure := slices.DeleteFunc(slices.Clone(h.InsecureRegistries), isLoopbackRegistry)
	switch {
	case h.RegistryMirrors == nil && h.InsecureRegistries == nil:
		return skip("the engine does not tell its registries")
	case len(insecure) > 0:
		return warn(`take them out of "insecure-registries" in daemon.json, and trust their CA in /etc/docker/certs.d`,
			"these registries are asked without proof of who they are: %s", strings.Join(insecure, ", "))
	case len(plain) > 0:
		return warn("give the mirrors TLS", "these mirrors are asked in plain text: %s", strings.Join(plain, ", "))
	case len(h.RegistryMirrors) > 0:
		return pass("images come over TLS, by the mirrors %s", strings.Join(h.RegistryMirrors, ", "))
	}
	return pass("images come over TLS")
}

// isLoopbackRegistry tells of a range or a name that only this machine serves, which
// every engine has among its insecure registries.
func isLoopbackRegistry(name string) bool {
	if prefix, err := netip.ParsePrefix(name); err == nil {
		return prefix.Addr().IsLoopback()
	}
	host, _, _ := strings.Cut(name, ":")
	return isLoopback(host)
}

// judgePull looks at the registries that were asked for.
func judgePull(f Facts, o Options) Finding {
	if len(o.Registries) == 0 {
		return skip("no registry was asked for")
	}
	if f.Machine == nil {
		return skip("only the host's own machine can tell which registries it reaches")
	}
	for _, name := range slices.Sorted(maps.Keys(f.Registries)) {
		if err := f.Registries[name]; err != nil {
			return fail("see that the host reaches it: DNS, firewall, proxy, and its CA", "registry %s: %v", name, err)
		}
	}
	return pass("%s answer", strings.Join(o.Registries, ", "))
}
