package memory

import (
	"encoding/json"
	"maps"
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

	on      *Host
	plugged []driver.NIC // as they were asked for
	// holder has the network that the instance shares, and holderRun is the run of it
	// that the instance was started in; nil where it has its own.
	holder    *instance
	holderRun *run

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
		NICs: i.nics(), NetworkOf: i.spec.NetworkOf, NetworkLost: i.networkLost(),
	}
	if i.exit != nil {
		exit := *i.exit
		r.Exit = &exit
	}
	if !i.state.Active() {
		r.Finished = i.finished
		return r
	}
	r.Ports = slices.Clone(i.ports)
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
