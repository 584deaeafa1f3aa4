package docker_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

func addr(text string) netip.Addr { return netip.MustParseAddr(text) }

// 95: names, servers and hosts are as asked for, whatever the network; one that has
// another's network has its names, too.
func TestDNS(t *testing.T) {
	d := openWith(t, "dns", driver.Policy{HostNetwork: true})
	image := busybox(t, d)
	lan(t, d, "lan", "10.80.0.0/24")
	ask := func(id string) driver.Spec {
		spec := sleeper(id, image)
		spec.Hostname, spec.Domain = "web", "cloud.example"
		spec.DNS = driver.DNS{
			Servers: []netip.Addr{addr("192.0.2.53"), addr("2001:db8::53")}, Search: []string{"a.example", "b.example"}, Options: []string{"ndots:3"},
			Hosts: []driver.HostEntry{{Name: "db", Address: "192.0.2.3"}, {Name: "db", Address: "2001:db8::3"}, {Name: "outside", Address: driver.HostGateway}},
		}
		return spec
	}
	check := func(t *testing.T, id string, server string) {
		t.Helper()
		var lines []string
		for _, text := range []string{said(t, d, id, "cat", "/etc/resolv.conf", "/etc/hosts"), said(t, d, id, "hostname")} {
			for line := range strings.Lines(text) {
				lines = append(lines, strings.Join(strings.Fields(line), " "))
			}
		}
		for _, want := range []string{server, "search a.example b.example", "options ndots:3", "192.0.2.3 db", "2001:db8::3 db", "172.17.0.1 outside", "web"} {
			if !slices.Contains(lines, want) {
				t.Errorf("no %q among %q", want, lines)
			}
		}
	}
	for network, server := range map[string]string{
		"bridge": "nameserver 192.0.2.53", "host": "nameserver 192.0.2.53", "none": "nameserver 192.0.2.53", "lan": "nameserver 127.0.0.11",
	} {
		t.Run(network, func(t *testing.T) {
			spec := ask("on-" + network)
			spec.NICs = []driver.NIC{{Network: network}}
			create(t, d, spec)
			start(t, d, spec.ID)
			check(t, spec.ID, server)
			if hosts := said(t, d, spec.ID, "cat", "/etc/hosts"); (network == "lan" || network == "bridge") && !strings.Contains(hosts, "web.cloud.example") {
				t.Errorf("no full name:\n%s", hosts)
			}
		})
	}
	t.Run("shared", func(t *testing.T) {
		create(t, d, ask("holder"))
		start(t, d, "holder")
		create(t, d, sharer("member", image))
		start(t, d, "member")
		check(t, "member", "nameserver 192.0.2.53")
		own := ask("own")
		own.NetworkOf = "holder"
		_, err := d.Create(t.Context(), own)
		wantError(t, err, dockerhv.ErrInvalid)
	})
}
