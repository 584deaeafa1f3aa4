package preflight

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// enginePools are what an engine that has no pools configured cuts networks from.
var enginePools = []netip.Prefix{netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16")}

// judgeAddresses wants the engine's networks apart from the cloud's: an instance could not
// reach what has an address of both.
func judgeAddresses(f Facts, o Options) Finding {
	const remedy = `set "bip" and "default-address-pools" in daemon.json to ranges that the cloud does not use, and remove the networks of before`
	used := make([]netip.Prefix, 0, len(f.Host.AddressPools)+len(f.Host.Bridge))
	for _, pool := range f.Host.AddressPools {
		used = append(used, pool.Base)
	}
	if len(used) == 0 {
		used = append(used, enginePools...)
	}
	for _, mine := range append(used, f.Host.Bridge...) {
		for _, cloud := range o.Networks {
			if mine.Overlaps(cloud) {
				return fail(remedy, "the engine's %s overlaps the cloud's %s", mine.Masked(), cloud)
			}
		}
	}
	if len(o.Networks) == 0 {
		return skip("no networks of the cloud were given to compare with")
	}
	return pass("the engine's networks are apart from the cloud's")
}

func judgeForwarding(f Facts, _ Options) Finding {
	if w := warningOf(f.Host, warnsForwarding); w != "" {
		return fail("set net.ipv4.ip_forward=1, and keep it in /etc/sysctl.d", "instances reach nobody: %s", w)
	}
	if w := warningOf(f.Host, warnsBridge); w != "" {
		return warn("load the module br_netfilter and set net.bridge.bridge-nf-call-iptables=1", "instances of one network are not kept apart: %s", w)
	}
	if m := f.Machine; m != nil && m.ConfigErr == nil {
		if on, ok, err := setting[bool](m.Config, "iptables"); err == nil && ok && !on {
			return warn(`take "iptables" out of daemon.json unless you keep the rules yourself`, "the engine keeps no rules of the firewall: no port is published, and networks are not apart")
		}
	}
	return pass("the kernel forwards, and the engine does not warn")
}

// judgeExposure refuses an engine whose API is open to who reaches it: they are root on
// the host.
func judgeExposure(f Facts, _ Options) Finding {
	const remedy = "serve TLS that verifies its clients (tlsverify), on port 2376, or no TCP at all"
	if f.Host != nil {
		if w := warningOf(f.Host, warnsExposed); w != "" {
			return exposed(remedy, listeners(w), "the engine says: %s", w)
		}
	}
	if m := f.Machine; m != nil && m.ConfigErr == nil {
		if open := openListeners(m.Config); len(open) > 0 {
			return exposed(remedy, open, "daemon.json has it listen on %s without verifying who connects", strings.Join(open, ", "))
		}
	}
	if u, err := url.Parse(f.Endpoint.URL); err == nil && u.Scheme == "tcp" && f.Endpoint.TLS == nil {
		const plain = "it is reached by %s in plain text"
		if f.Endpoint.AllowPlaintext {
			return warn(remedy, plain+", with consent", f.Endpoint)
		}
		return exposed(remedy, []string{f.Endpoint.URL}, plain, f.Endpoint)
	}
	if f.Host == nil && f.Machine == nil {
		return skip("the engine did not answer")
	}
	return pass("no API is open without a certificate, as far as is told")
}

// exposed fails, or warns if all that is open is loopback's, which every process of the
// machine reaches but no other machine does.
func exposed(remedy string, open []string, format string, args ...any) Finding {
	for _, listener := range open {
		if u, err := url.Parse(listener); err != nil || !isLoopback(u.Hostname()) {
			return fail(remedy, format, args...)
		}
	}
	return warn(remedy, format, args...)
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// listeners finds the URLs of a warning such as "WARNING: API is accessible on
// http://0.0.0.0:2375 without encryption".
func listeners(warning string) []string {
	var found []string
	for word := range strings.FieldsSeq(warning) {
		if u, err := url.Parse(word); err == nil && u.Host != "" {
			found = append(found, word)
		}
	}
	return found
}

// openListeners returns the TCP listeners of a configuration that verify nobody.
func openListeners(c Config) []string {
	verify, _, verifyErr := setting[bool](c, "tlsverify")
	hosts, _, hostsErr := setting[[]string](c, "hosts")
	if errors.Join(verifyErr, hostsErr) != nil || verify {
		return nil
	}
	var open []string
	for _, host := range hosts {
		if scheme, address, _ := strings.Cut(host, "://"); scheme == "tcp" {
			if name, _, err := net.SplitHostPort(address); err != nil || name == "" {
				host = "tcp://0.0.0.0" + strings.TrimPrefix(address, name)
			}
			open = append(open, host)
		}
	}
	return open
}
