package preflight

import (
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

// Facts are what the checks look at: what was found out about a host, and what could not
// be. Gather makes them.
type Facts struct {
	// Endpoint is how the host is reached; zero where a driver was open before.
	Endpoint driver.Endpoint
	// Access says what keeps the endpoint or its TLS identity from being used; nil if
	// nothing does. Expires is when the certificate that is shown to the host does; zero
	// for none.
	Access  error
	Expires time.Time
	// Open says why the host could not be opened or described.
	Open error

	// Host is what the host tells of itself; nil if it could not be asked.
	Host *driver.Host
	// Health is how it is; Instances how many instances of the owner's it has. Each has an
	// error if it could not be found out.
	Health       driver.Health
	HealthErr    error
	Instances    int
	InstancesErr error

	// Machine is what this machine tells, if the host is on it; else nil.
	Machine *Machine
	// Registries has each registry that was asked, with why it did not answer.
	Registries map[string]error
}

// Machine is what a machine tells of itself without its engine.
type Machine struct {
	// Name is its name, and Resolves says why that could not be resolved.
	Name     string
	Resolves error
	// Inodes is how many files there is room for where the engine's data is.
	Inodes driver.Figure
	// ConfigFile is the path of the engine's configuration, Config its content, which is
	// empty if there is none, and ConfigErr says why it can't be read or understood.
	ConfigFile string
	Config     Config
	ConfigErr  error
}
