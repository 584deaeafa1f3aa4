package drivertest

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/dockerhv/dockerhv/driver"
)

var sharingRules = group{name: "Sharing", rules: []rule{
	{"a spec is the caller's to change", about(125), sharedSpec, ""},
	{"what Create returns is the caller's to change", about(125), sharedCreate, ""},
	{"what Inspect returns is the caller's to change", about(125), sharedInspect, ""},
	{"what List returns is the caller's to change", about(125), sharedList, ""},
	{"what Host returns is the caller's to change", about(125), sharedHost, ""},
}}

// spoil changes all that an instance refers to.
func spoil(i driver.Instance) {
	for name := range i.Labels {
		i.Labels[name] = "spoiled"
	}
	if i.Labels != nil {
		i.Labels["spoiled"] = "yes"
	}
	clear(i.NICs)
	clear(i.Ports)
	if i.Exit != nil {
		i.Exit.Code = -1
	}
}

// frozen is a copy of instances that shares no memory with them.
func frozen(t *trial, instances ...driver.Instance) []driver.Instance {
	t.Helper()
	data, err := json.Marshal(instances)
	t.must(err)
	var copied []driver.Instance
	t.must(json.Unmarshal(data, &copied))
	return copied
}

func sharedSpec(t *trial) {
	spec := fullSpec(t, "i1")
	spec.Ports = []driver.Port{}
	spec.NICs = []driver.NIC{{}}
	kept := spec
	kept.Labels, kept.Env, kept.Command = maps.Clone(spec.Labels), maps.Clone(spec.Env), slices.Clone(spec.Command)
	kept.NICs = slices.Clone(spec.NICs)
	created := t.create(spec)
	labels := maps.Clone(created.Labels)
	spec.Labels["zone"], spec.Env["GREETING"], spec.Command[0] = "spoiled", "spoiled", "spoiled"
	spec.NICs[0].Network = "spoiled"
	t.same("the labels of what Create returned", labels, created.Labels)
	again, err := t.driver.Create(t.Context(), kept)
	t.must(err)
	t.same("the same spec again", []any{created.HostID, kept.Hash()}, []any{again.HostID, again.SpecHash})
	t.start("i1")
	t.await("i1", ready)
}

func sharedCreate(t *trial) {
	spec := fullSpec(t, "i1")
	hash := spec.Hash()
	spoil(t.create(spec))
	t.same("the spec's hash", hash, spec.Hash())
	before := frozen(t, t.inspect("i1"))
	again, err := t.driver.Create(t.Context(), spec)
	t.must(err)
	spoil(again)
	t.same("the instance", before, frozen(t, t.inspect("i1")))
	t.same("the label", "z1", before[0].Labels["zone"])
}

func sharedInspect(t *trial) {
	t.run(fullSpec(t, "i1"))
	check := func(what string) {
		t.Helper()
		want := frozen(t, t.inspect("i1"))
		spoil(t.inspect("i1"))
		t.same(what, want, frozen(t, t.inspect("i1")))
	}
	check("the running instance")
	t.stop("i1", driver.StopOptions{})
	check("the instance at rest")
}

func sharedList(t *trial) {
	t.run(fullSpec(t, "i1"))
	list := func() []driver.Instance {
		t.Helper()
		all, err := t.driver.List(t.Context(), driver.Filter{})
		t.must(err)
		return all
	}
	want := frozen(t, list()...)
	for _, i := range list() {
		spoil(i)
	}
	t.same("the instances", want, frozen(t, list()...))
}

func sharedHost(t *trial) {
	first, err := t.driver.Host(t.Context())
	t.must(err)
	lists := func(h driver.Host) [][]string {
		return [][]string{h.Warnings, h.Runtimes, h.LogDrivers, h.NetworkDrivers, h.SecurityOptions, h.RegistryMirrors, h.InsecureRegistries}
	}
	want := lists(first.Clone())
	for _, list := range lists(first) {
		for i := range list {
			list[i] = "spoiled"
		}
	}
	second, err := t.driver.Host(t.Context())
	t.must(err)
	t.same("the host's lists", want, lists(second))
}
