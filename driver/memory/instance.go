package memory

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

// instance is an instance on the host. The host's lock guards it.
type instance struct {
	key
	spec   driver.Spec // a copy of its own
	hash   string
	image  *image
	hostID string
	number int

	state                      driver.State
	exit                       *driver.Exit
	created, started, finished time.Time
	resources                  driver.Resources
	ports                      []driver.Port
	restart                    driver.Restart
	restarts                   int
	restful                    driver.State // of one that is retired: what it was
	health                     driver.CheckResult
	suspended                  *run // that Resume lets go on

	run   *run // the command that runs, or ran last; nil before the first start
	log   *log
	files *tree
	usage usage
}

// copySpec copies a spec with all that it refers to: it is data that survives JSON.
func copySpec(s driver.Spec) driver.Spec {
	var c driver.Spec
	if data, err := json.Marshal(s); err != nil || json.Unmarshal(data, &c) != nil {
		return s // unreachable: driver.Validate refuses what JSON does
	}
	return c
}

// labels are the spec's and the image's, of which the spec's win.
func (i *instance) labels() map[string]string {
	labels := make(map[string]string)
	maps.Copy(labels, i.image.Labels)
	maps.Copy(labels, i.spec.Labels)
	if len(labels) == 0 {
		return nil
	}
	return labels
}

// report is what Inspect tells, the caller's to keep.
func (i *instance) report() driver.Instance {
	r := driver.Instance{
		ID: i.id, Name: i.spec.Name, Template: i.spec.Template, Labels: i.labels(),
		Owner: i.owner, SpecHash: i.hash, HostID: i.hostID, Image: i.spec.Image,
		State: i.state, Created: i.created, Started: i.started, Resources: i.resources,
		Restart: i.restart, Restarts: i.restarts, Suspended: i.suspended != nil,
	}
	if i.exit != nil {
		exit := *i.exit
		r.Exit = &exit
	}
	if !i.state.Active() {
		r.Finished = i.finished
		return r
	}
	r.NICs, r.Ports = i.nics(), slices.Clone(i.ports)
	if i.state == driver.Running {
		r.Health = i.health
	}
	return r
}

// summary is what List tells.
func (i *instance) summary() driver.Instance {
	r := i.report()
	r.Resources, r.Exit, r.Started, r.Finished = driver.Resources{}, nil, time.Time{}, time.Time{}
	r.Suspended = false
	r.Restart, r.Restarts, r.Health = driver.Restart{}, 0, driver.CheckResult{Status: r.Health.Status}
	return r
}

// nics are the spec's, with addresses made of the instance's number where the spec
// has none.
func (i *instance) nics() []driver.NIC {
	nics := slices.Clone(i.spec.NICs)
	if len(nics) == 0 {
		nics = []driver.NIC{{}}
	}
	for n := range nics {
		nic := &nics[n]
		if nic.Network == "none" || nic.Network == "host" {
			continue
		}
		if nic.Network == "" {
			nic.Network = "bridge"
		}
		high, low := byte(i.number>>8), byte(i.number)
		if !nic.IPv4.IsValid() {
			nic.IPv4 = netip.AddrFrom4([4]byte{10, byte(88 + n), high, low})
		}
		if nic.MAC == "" {
			nic.MAC = fmt.Sprintf("02:42:0a:%02x:%02x:%02x", 88+n, high, low)
		}
	}
	return nics
}

// selected tells whether the instance passes a filter.
func (i *instance) selected(f driver.Filter) bool {
	if i.state == driver.Retired && !f.Retired() {
		return false
	}
	if len(f.IDs) > 0 && !slices.Contains(f.IDs, i.id) || len(f.States) > 0 && !slices.Contains(f.States, i.state) {
		return false
	}
	labels := i.labels()
	for name, value := range f.Labels {
		if got, ok := labels[name]; !ok || got != value {
			return false
		}
	}
	return true
}
