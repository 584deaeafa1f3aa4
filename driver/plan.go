package driver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/dockerhv/dockerhv"
)

// Action is what it takes to bring an instance to a spec.
type Action string

// The actions.
const (
	ActionNone     Action = "none"     // it is what the spec says
	ActionCreate   Action = "create"   // it does not exist
	ActionUpdate   Action = "update"   // Resize, SetRestart, PlugNIC and UnplugNIC do it, while it runs
	ActionRecreate Action = "recreate" // it must be destroyed and created again
)

// Change is what it takes to bring an instance to a spec, and why.
type Change struct {
	Action Action
	// Fields are the paths of the spec's fields that differ, ordered, such as "env" or
	// "resources.memory". They are empty where the driver can't tell.
	Fields []string
}

// Planner is a driver that can tell in which fields an instance differs from a spec.
type Planner interface {
	// Plan compares and changes nothing.
	Plan(ctx context.Context, spec Spec) (Change, error)
}

// Plan tells what it takes to bring an instance to a spec. Of a driver that is no
// Planner it knows just whether anything differs.
func Plan(ctx context.Context, d Driver, spec Spec) (Change, error) {
	if p, ok := As[Planner](d); ok {
		return p.Plan(ctx, spec)
	}
	i, err := d.Inspect(ctx, spec.ID)
	switch {
	case errors.Is(err, dockerhv.ErrNotFound):
		return Change{Action: ActionCreate}, nil
	case err != nil:
		return Change{}, err
	case i.SpecHash == spec.Hash():
		return Change{Action: ActionNone}, nil
	}
	return Change{Action: ActionRecreate}, nil
}

// fieldDigits is how much of a field's hash is kept: enough to tell two values
// apart, too little to find out a secret by.
const fieldDigits = 6

// Fields returns a short hash of each field of the spec that is set, by its path. A
// driver keeps them with an instance, to tell later which fields differ, without
// keeping what is in them.
func (s Spec) Fields() map[string]string {
	fields := make(map[string]string)
	data, err := json.Marshal(s.withoutContent())
	if err != nil {
		return fields // as for Hash: unreachable for a spec that Validate accepts
	}
	hashFields(fields, "", data)
	return fields
}

// hashFields goes one level into what Resize can change field by field.
func hashFields(into map[string]string, prefix string, data []byte) {
	var values map[string]json.RawMessage
	if json.Unmarshal(data, &values) != nil {
		return
	}
	for name, value := range values {
		if prefix == "" && name == "resources" {
			hashFields(into, "resources.", value)
			continue
		}
		sum := sha256.Sum256(value)
		into[prefix+name] = hex.EncodeToString(sum[:])[:fieldDigits]
	}
}

// Differ tells what it takes to bring an instance to a spec, from the fields that
// were kept when it was created and what is in force now.
func Differ(kept map[string]string, now Instance, spec Spec) Change {
	want := spec.Fields()
	differ := make(map[string]bool)
	for path := range merge(kept, want) {
		differ[path] = kept[path] != want[path]
	}
	changeable := inPlace(now, spec)
	for path, field := range changeable {
		differ[path] = field.differs // it may have been changed since it was created
	}
	maps.DeleteFunc(differ, func(_ string, differs bool) bool { return !differs })
	change := Change{Action: ActionNone, Fields: slices.Sorted(maps.Keys(differ))}
	for _, path := range change.Fields {
		if !changeable[path].can {
			change.Action = ActionRecreate
			return change
		}
		change.Action = ActionUpdate
	}
	return change
}

// changeable is a field that may be changed in place.
type changeable struct {
	differs bool
	can     bool // Resize changes a bound, but does not take one away
}

// inPlace compares the fields that Resize and SetRestart change.
func inPlace(now Instance, spec Spec) map[string]changeable {
	is, asked := now.Resources, spec.Resources
	want := asked.InForce()
	return map[string]changeable{
		"resources.cpus":              {is.CPUs != want.CPUs, want.CPUs > 0},
		"resources.cpuShares":         {is.CPUShares != want.CPUShares, want.CPUShares > 0},
		"resources.cpuSet":            {is.CPUSet != want.CPUSet, want.CPUSet != ""},
		"resources.memory":            {is.Memory != want.Memory, want.Memory > 0},
		"resources.memoryReservation": {is.MemoryReservation != want.MemoryReservation, want.MemoryReservation > 0},
		"resources.memoryNodes":       {is.MemoryNodes != want.MemoryNodes, want.MemoryNodes != ""},
		"resources.swap":              {is.Swap != want.Swap, asked.Swap != 0},
		"resources.pids":              {is.PIDs != want.PIDs, asked.PIDs != 0},
		"restart":                     {now.Restart != spec.Restart, true},
	}
}

func merge(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	if all == nil {
		all = make(map[string]string, len(b))
	}
	maps.Copy(all, b)
	return all
}
