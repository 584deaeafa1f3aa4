package engine

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/go-connections/nat"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

func exposedPorts(ports []driver.Port) nat.PortSet {
	set := make(nat.PortSet, len(ports))
	for _, p := range ports {
		for _, one := range p.Each() {
			set[natPort(one)] = struct{}{}
		}
	}
	return set
}

func portBindings(ports []driver.Port) nat.PortMap {
	bindings := make(nat.PortMap, len(ports))
	for _, p := range ports {
		for _, one := range p.Each() {
			bindings[natPort(one)] = append(bindings[natPort(one)], portBinding(one))
		}
	}
	return bindings
}

func portBinding(p driver.Port) nat.PortBinding {
	var binding nat.PortBinding
	if p.HostIP.IsValid() {
		binding.HostIP = p.HostIP.String()
	}
	if p.HostPort != 0 {
		binding.HostPort = strconv.Itoa(int(p.HostPort))
	}
	if p.HostPortEnd != 0 {
		binding.HostPort += "-" + strconv.Itoa(int(p.HostPortEnd))
	}
	return binding
}

func natPort(p driver.Port) nat.Port {
	return nat.Port(strconv.Itoa(int(p.Port)) + "/" + string(p.Protocol))
}

func readPortMap(bound nat.PortMap) []driver.Port {
	var ports []driver.Port
	for port, bindings := range bound {
		for _, binding := range bindings {
			hostPort, _ := strconv.ParseUint(binding.HostPort, 10, 16)
			ports = append(ports, driver.Port{
				HostIP:   parseAddr(binding.HostIP),
				HostPort: uint16(hostPort),
				Port:     uint16(port.Int()),
				Protocol: driver.Protocol(port.Proto()),
			})
		}
	}
	return sortPorts(ports)
}

// sortPorts gives one order to what the engine keeps in a map.
func sortPorts(ports []driver.Port) []driver.Port {
	slices.SortFunc(ports, func(a, b driver.Port) int {
		return cmp.Or(
			cmp.Compare(a.Port, b.Port), cmp.Compare(a.Protocol, b.Protocol),
			a.HostIP.Compare(b.HostIP), cmp.Compare(a.HostPort, b.HostPort),
		)
	})
	return ports
}

// boundPort finds the port in an engine's words on one that it could not bind:
// "Bind for 0.0.0.0:80 failed", "listen tcp4 0.0.0.0:80: bind", "failed to bind host
// port for 0.0.0.0:80:172.17.0.2:80/tcp", "failed to bind host port 0.0.0.0:80/tcp".
var boundPort = regexp.MustCompile(
	`Bind for (?P<a>\S+):(?P<n>\d+) failed|listen (?P<p>tcp|udp|sctp)[46]? (?P<a>\S+):(?P<n>\d+): bind|` +
		`host port (?:for )?(?P<a>[\d.]+|\[\S+?\]):(?P<n>\d+)`,
)

// PortInUse tells whether an error is that a port of the host is in use, and which
// port it is, as far as the engine tells.
func PortInUse(err error) (driver.Port, bool) {
	var e *dockerhv.Error
	if !errors.As(err, &e) || e.Op != opStart || !errors.Is(e.Class, dockerhv.ErrConflict) {
		return driver.Port{}, false
	}
	return readPortInUse(e.Err.Error())
}

func readPortInUse(message string) (driver.Port, bool) {
	if !strings.Contains(message, "port is already allocated") && !strings.Contains(message, "address already in use") {
		return driver.Port{}, false
	}
	m := boundPort.FindStringSubmatch(message)
	var port driver.Port
	for i, name := range boundPort.SubexpNames() {
		switch {
		case m == nil || m[i] == "":
		case name == "a":
			port.HostIP = parseAddr(strings.Trim(m[i], "[]"))
		case name == "n":
			n, _ := strconv.ParseUint(m[i], 10, 16)
			port.HostPort = uint16(n)
		case name == "p":
			port.Protocol = driver.Protocol(m[i])
		}
	}
	return port, true
}
