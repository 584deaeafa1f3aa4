package guru

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// Docker is the guru of Docker hosts. The zero value is ready to use, and strict.
type Docker struct {
	// Networks names the host's network of a NIC; nil means NetworkName.
	Networks NetworkNamer
	// Waived lists what the operator accepts to be left out where a profile asks for it,
	// by the profile's fields without indexes, such as "nics.rateMbps" or
	// "details.nicAdapter". Waivable lists what can be.
	Waived []string
	// MaxUserData is how long user data may be in base64, as the cloud's own
	// vm.userdata.max.length; 0 means DefaultMaxUserData. The constant MaxUserData is the most.
	MaxUserData int
	// Hooks are the operator's own rules, called in order.
	Hooks []Hook
}

// Hook is an operator's rule about specs. It may change the spec or refuse it with an
// error. What it leaves is validated again; the ID is not its to change.
//
// It must be pure, as the guru is, safe for concurrent use, and may not change what the
// profile refers to.
type Hook func(p Profile, spec *driver.Spec) error

var _ Guru = Docker{}

// Implement returns the spec of a profile. It keeps nothing of the profile's memory,
// unless a hook does.
func (g Docker) Implement(_ context.Context, p Profile) (driver.Spec, error) {
	d := draft{guru: g, profile: p, faults: faults{host: p.Host.Name, waived: g.Waived}}
	d.checkSettings()
	for _, step := range []func(){
		d.readDetails, d.identify, d.platform, d.process, d.size, d.connect, d.attach, d.boot, d.configure, d.admit,
	} {
		step()
	}
	d.check()
	if len(d.all) == 0 {
		d.callHooks()
	}
	if len(d.all) > 0 {
		return driver.Spec{}, refuse(p, d.all)
	}
	return d.spec, nil
}

// draft is a spec on its way from a profile.
type draft struct {
	guru    Docker
	profile Profile // a copy, which the details fill up
	spec    driver.Spec
	faults

	parsed  []addresses // of each NIC of the profile
	nics    []int       // of each NIC of the spec, its index in the profile
	volumes []int       // of each mount, that of its volume
	origins []string    // of each file, the field that it came from
}

// checkSettings refuses what an operator has misspelt.
func (d *draft) checkSettings() {
	refuse := func(path, format string, args ...any) {
		d.add(path, &dockerhv.FieldError{Field: "guru." + path, Reason: fmt.Sprintf(format, args...)})
	}
	for i, w := range d.waived {
		if !waivable(w) {
			refuse(element("waived", i), "%q can't be waived; what can is %s", w, strings.Join(Waivable(), ", "))
		}
	}
	if most := d.guru.MaxUserData; most < 0 || most > MaxUserData {
		refuse("maxUserData", "%d is refused; use 1 to %d, or 0 for %d", most, MaxUserData, DefaultMaxUserData)
	}
}

func refuse(p Profile, all []error) error {
	err := errors.Join(all...)
	if len(all) == 1 {
		err = all[0]
	}
	return &dockerhv.Error{Op: "implement profile", ID: p.ID, Host: p.Host.Name, Err: err}
}
