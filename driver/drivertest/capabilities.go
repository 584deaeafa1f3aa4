package drivertest

import (
	"cmp"
	"slices"

	"github.com/dockerhv/dockerhv/driver"
)

var capabilityRules = group{name: "Capabilities", needs: CapabilityReader, rules: []rule{
	{"tell of each optional interface, and of features", about(142), capabilitiesTell, ""},
	{"agree with what the host enforces", about(142), capabilitiesAgree, ""},
}}

func capabilitiesTell(t *trial) {
	all, err := driver.Capabilities(t.Context(), t.driver)
	t.must(err)
	for _, c := range all {
		known := slices.Contains(Capabilities(), Capability(c.Name))
		if known && c.Supported && !Capability(c.Name).has(t.driver) {
			t.Errorf("the driver is told to be a driver.%s, which it is not", c.Name)
		}
		if !c.Supported && c.Reason == "" && known {
			t.Errorf("nothing is said of why the driver is no driver.%s", c.Name)
		}
	}
	for _, c := range Capabilities() {
		if !slices.ContainsFunc(all, func(told driver.Capability) bool { return told.Name == string(c) }) {
			t.Errorf("nothing is told of %s", c)
		}
	}
	if !slices.IsSortedFunc(all, func(a, b driver.Capability) int { return cmp.Compare(a.Name, b.Name) }) {
		t.Errorf("they are in no order: %v", all)
	}
}

func capabilitiesAgree(t *trial) {
	h, err := t.driver.Host(t.Context())
	t.must(err)
	all, err := driver.Capabilities(t.Context(), t.driver)
	t.must(err)
	for name, want := range map[string]bool{"limits.cpu": h.LimitsCPU, "limits.memory": h.LimitsMemory, "limits.swap": h.LimitsSwap} {
		i := slices.IndexFunc(all, func(c driver.Capability) bool { return c.Name == name })
		if i < 0 || all[i].Supported != want {
			t.Errorf("%s is not told as %t, which the host says: %v", name, want, all)
		}
	}
}
