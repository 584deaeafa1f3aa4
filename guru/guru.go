// Package guru turns what a cloud sells into what a driver is told.
//
// A [Guru] fills the parameters of an instance for provisioning: it reads a
// [Profile], which speaks the cloud's words (an offering, NICs, a template's
// image), and returns the driver.Spec that means the same to a host. It is pure:
// it reaches no network, no file and no clock, so the same profile gives the same
// spec wherever it runs.
package guru

import (
	"context"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/template"
)

// Guru implements profiles. Its errors are *dockerhv.Error values that name the
// spec's field and match dockerhv.ErrInvalid, or errors.ErrUnsupported for a bound
// that the profile's host can't enforce. It is safe for concurrent use.
type Guru interface {
	// Implement returns the spec of a profile: one that driver.Validate accepts.
	Implement(ctx context.Context, p Profile) (driver.Spec, error)
}

// Profile is what a cloud asks for when it provisions an instance: CloudStack's
// VirtualMachineTO in the parts that mean something to a Docker Engine. It is
// plain data.
type Profile struct {
	// ID is the cloud's ID of the instance (VirtualMachineTO.uuid or .name).
	// Required; Spec.ID says which characters it may have.
	ID string
	// Name is the name that the user sees (VirtualMachineTO.hostName); it is also
	// the host name inside the instance where it can be one.
	Name string
	// Image is the installed template. Required.
	Image template.Image
	// Offering is the size that was sold.
	Offering Offering
	// NICs are the interfaces; empty means one on the host's default network.
	NICs []NIC
	// Ports are published on the host.
	Ports []driver.Port
	// Command replaces the image's command, and Entrypoint its entrypoint; nil
	// keeps them.
	Entrypoint []string
	Command    []string
	// Env adds to the image's environment.
	Env map[string]string
	// Labels are the cloud's own, kept on the instance.
	Labels map[string]string
	// Host is where the instance shall run; what exceeds it is refused. The zero
	// value checks nothing of the host.
	Host driver.Host
}

// Offering is the size that is sold (CloudStack's service offering).
type Offering struct {
	// CPUs is how many CPUs' time the instance gets at most
	// (VirtualMachineTO.cpus with limitCpuUse); 0 means no bound.
	CPUs float64
	// Memory is in bytes (VirtualMachineTO.maxRam); 0 means no bound.
	Memory int64
}

// NIC is an interface of a profile (CloudStack's NicTO). It names the host's
// network and, where the cloud hands out addresses itself, the addresses.
type NIC struct {
	// Network is the host's network (NicTO.name); empty means the host's default.
	Network string
	// MAC is NicTO.mac; empty means the engine's choice.
	MAC string
	// IPv4 and IPv6 are NicTO.ip and NicTO.ip6address, in their text form; empty
	// means the engine's choice.
	IPv4, IPv6 string
}
