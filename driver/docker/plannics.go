package docker

import (
	"cmp"
	"maps"
	"slices"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

// withoutNICs makes what was kept of the spec agree on the NICs: those may have been
// plugged since.
func withoutNICs(kept map[string]string, spec driver.Spec) map[string]string {
	kept = maps.Clone(kept)
	delete(kept, fieldNICs)
	if now, ok := spec.Fields()[fieldNICs]; ok && kept != nil {
		kept[fieldNICs] = now
	}
	return kept
}

const fieldNICs = "nics"

// planNICs adds to a change what the NICs that there are lack of the spec's. A NIC can
// be plugged and unplugged while the instance runs, unless it has a fixed MAC or is on
// one of the engine's special networks.
func planNICs(change driver.Change, have []engine.NIC, spec driver.Spec) driver.Change {
	want := spec.NICs
	if len(want) == 0 && spec.NetworkOf == "" {
		want = []driver.NIC{{}}
	}
	pluggable, differs := true, len(have) != len(want)
	for _, nic := range want {
		if slices.ContainsFunc(have, func(h engine.NIC) bool { return sameNIC(h.NIC, nic) }) {
			continue
		}
		differs = true
		pluggable = pluggable && nic.MAC == "" && !special(nic.Network)
	}
	for _, h := range have {
		pluggable = pluggable && !special(h.Network)
	}
	if !differs {
		return change
	}
	change.Fields = append(change.Fields, fieldNICs)
	slices.Sort(change.Fields)
	if change.Action == driver.ActionNone && pluggable {
		change.Action = driver.ActionUpdate
	}
	if !pluggable {
		change.Action = driver.ActionRecreate
	}
	return change
}

// special tells whether a network goes with no other.
func special(network string) bool { return cmp.Or(network, bridge) != bridge && builtin(network) }
