package engine

import (
	"errors"
	"strings"

	"github.com/dockerhv/dockerhv"
)

// text is a text of the engine that must be matched, because it comes with status
// 500, with a wrong status, or in a stream of status 200.
type text struct {
	op       string // the operation that it belongs to; empty means any
	fragment string // in lower case
	class    error
	next     string
}

const (
	opOpen   = "open host"
	opPull   = "pull image"
	opLoad   = "load image"
	opCreate = "create instance"
	opStart  = "start instance"
	opPlug   = "plug nic of instance"
	opResize = "resize instance"

	opPause   = "pause instance"
	opUnpause = "unpause instance"

	opCreateNetwork  = "create network"
	opDestroyNetwork = "destroy network"
)

// texts returns the rules; the first that matches counts. Each has a test against
// a real engine, or names in its test why it can't.
func texts() []text {
	return []text{
		{opOpen, "client sent an http request to an https server", dockerhv.ErrDenied, "set the endpoint's TLS identity"},

		{opStart, "protocol not supported", errors.ErrUnsupported, "publish the port by another protocol, or use a host whose kernel has it"},
		{opStart, "port is already allocated", dockerhv.ErrConflict, "publish another port, or none for the engine's choice"},
		{opStart, "bind: address already in use", dockerhv.ErrConflict, "publish another port, or none for the engine's choice"},
		{opStart, "failed to bind host port", dockerhv.ErrConflict, "publish another port, or none for the engine's choice"},
		{opStart, "address already in use", dockerhv.ErrConflict, "ask for another IP address, or none for the engine's choice"},
		{opStart, "executable file not found", dockerhv.ErrInvalid, "give a command that is in the template"},
		{opStart, "no such file or directory", dockerhv.ErrInvalid, "give a command that is in the template"},
		{opStart, "permission denied", dockerhv.ErrInvalid, "give a command that may be executed"},

		{opPause, "already paused", dockerhv.ErrConflict, "look at the instance again: it is paused"},
		{opPause, "cannot pause a paused", dockerhv.ErrConflict, "look at the instance again: it is paused"}, // containerd's word
		{opUnpause, "is not paused", dockerhv.ErrConflict, "look at the instance again: it is not paused"},
		{opUnpause, "cannot resume a running", dockerhv.ErrConflict, "look at the instance again: it is not paused"}, // containerd's word

		{opSuspend, "criu", errors.ErrUnsupported, "install criu on the host, or see its dump log there for what it can't write"},

		{opResume, "already exists", dockerhv.ErrExists, "resume it again in a moment"},
		{opStart, "could not select device driver", errors.ErrUnsupported, "install the device driver on the host, or leave the devices out"},
		{opStart, "unresolvable cdi devices", dockerhv.ErrNotFound, "ask for CDI devices that the host has"},
		{opCreate, "storage-opt", errors.ErrUnsupported, "leave the disk's bound out, or give the engine a storage driver and a file system with quotas"},
		{opPlug, "address already in use", dockerhv.ErrConflict, "ask for another address, or none for the engine's choice"},
		{opPlug, "does not belong to any", dockerhv.ErrInvalid, "ask for an address of one of the network's subnets"},
		{opPlug, "no configured subnet", dockerhv.ErrInvalid, "ask for an address of one of the network's subnets"},
		{opPlug, "user configured subnets", dockerhv.ErrInvalid, "give the network's spec subnets, or leave the address out"},

		{opCreateNetwork, "pool overlaps", dockerhv.ErrConflict, "choose other subnets"},
		{opCreateNetwork, "address pool", dockerhv.ErrConflict, "choose subnets: the host has none left to choose from"},
		{opCreateNetwork, "swarm manager", errors.ErrUnsupported, "make the host a manager of a swarm, or use another driver"},
		{opCreateNetwork, "operation not supported", errors.ErrUnsupported, "use another driver, or a host whose kernel has it"},
		{opCreateNetwork, "vlan id", dockerhv.ErrInvalid, "name the VLAN by its number, such as eth0.42"},
		{opCreateNetwork, "vlan name", dockerhv.ErrInvalid, "name an interface of the host"}, // which eth7 is none of
		{opCreateNetwork, "parent interface", dockerhv.ErrInvalid, "name an interface of the host"},

		{opDestroyNetwork, "active endpoints", dockerhv.ErrConflict, "take its instances off it first"},

		{opLoad, "unexpected eof", dockerhv.ErrIntegrity, "fetch the archive again: it is truncated"},
		{opLoad, "invalid tar header", dockerhv.ErrIntegrity, "fetch the archive again: it is damaged"},
		{opLoad, "wrong diff id", dockerhv.ErrIntegrity, "make the archive again: a layer is not what its configuration says"},
		{opLoad, "invalid diffid", dockerhv.ErrIntegrity, "make the archive again: a layer is not what its configuration says"},

		{"", "marked for removal", dockerhv.ErrConflict, "create the instance again once it is destroyed"},
		{"", "no space left on device", dockerhv.ErrFailed, "free space on the host"},
	}
}

func matchText(op, message string) (text, bool) {
	message = strings.ToLower(message)
	for _, t := range texts() {
		if (t.op == "" || t.op == op) && strings.Contains(message, t.fragment) {
			return t, true
		}
	}
	return text{}, false
}
