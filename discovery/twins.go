package discovery

import (
	"maps"
	"slices"

	"github.com/dockerhv/dockerhv/driver"
)

// LabelTwin is the label of each of several hosts that have one engine ID; it has that ID.
// Engine 20.10 takes its ID from a file, /etc/docker/key.json, which a copied machine has,
// too, and which two engines on one machine share. What is kept by engine ID mixes such
// hosts up until all but one of them lost the file and were restarted.
const LabelTwin = "dockerhv.twin"

// candidate is an endpoint that is looked at.
type candidate struct {
	endpoint driver.Endpoint
	host     *driver.Host // nil until it was seen
	end      func()       // ends the looking
}

// distinct returns one endpoint of each host among those that were seen, the first. The
// same engine ID for another engine is another host, and both are labelled.
func distinct(candidates []*candidate) (found []driver.Endpoint) {
	byID := make(map[string][]*candidate) // those that are hosts
	var hosts []*candidate
	for _, c := range candidates {
		if c.host == nil {
			continue
		}
		id := c.host.ID
		same := func(other *candidate) bool { return sameEngine(*other.host, *c.host) }
		if id != "" && slices.ContainsFunc(byID[id], same) {
			continue
		}
		byID[id] = append(byID[id], c)
		hosts = append(hosts, c)
	}
	for _, c := range hosts {
		e := c.endpoint
		if id := c.host.ID; id != "" && len(byID[id]) > 1 {
			e.Labels = make(map[string]string, len(c.endpoint.Labels)+1)
			maps.Copy(e.Labels, c.endpoint.Labels)
			e.Labels[LabelTwin] = id
		}
		found = append(found, e)
	}
	return found
}

// sameEngine tells whether two hosts of one engine ID are one: what tells an engine from
// its twin and stays while an engine is upgraded or restarted.
func sameEngine(a, b driver.Host) bool {
	return a.Name == b.Name && a.DataRoot == b.DataRoot && a.CPUs == b.CPUs && a.Memory == b.Memory
}
