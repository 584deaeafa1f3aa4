package guru

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// check adds what the driver's rules find, in the words of the profile.
func (d *draft) check() {
	for _, err := range parts(driver.Validate(d.spec, d.profile.Host)) {
		switch e := err.(type) { //nolint:errorlint // parts has taken them apart
		case *dockerhv.FieldError:
			d.invalid(d.path(e.Field), "%s", e.Reason)
		case *dockerhv.Error:
			named := *e
			path := d.path(strings.TrimPrefix(e.Op, "honour "))
			named.Op = "honour " + root + path
			d.add(path, &named)
		default:
			d.add("", err)
		}
	}
}

// callHooks lets the operator's rules work on a spec that is right, and proves that it
// still is.
func (d *draft) callHooks() {
	if len(d.guru.Hooks) == 0 {
		return
	}
	id := d.spec.ID
	for i, hook := range d.guru.Hooks {
		if err := hook(d.profile, &d.spec); err != nil {
			d.add("hooks", &dockerhv.Error{Op: fmt.Sprintf("apply hook %d", i), Class: class(err), Err: err})
			return
		}
	}
	if d.spec.ID != id {
		d.add("id", &dockerhv.FieldError{Field: "spec.id", Reason: fmt.Sprintf("a hook has made %q of it; it is the cloud's", d.spec.ID)})
	}
	for i, err := range parts(driver.Validate(d.spec, d.profile.Host)) {
		d.add(element("spec", i), fmt.Errorf("after the hooks: %w", err))
	}
}

// class is that of a hook's refusal which has none of its own.
func class(err error) error {
	for _, own := range []error{dockerhv.ErrInvalid, dockerhv.ErrDenied, errors.ErrUnsupported} {
		if errors.Is(err, own) {
			return nil
		}
	}
	return dockerhv.ErrDenied
}

// parts takes a joined error apart.
func parts(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		if _, own := err.(*dockerhv.Error); !own { //nolint:errorlint // likewise
			return joined.Unwrap()
		}
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

// path is that of the profile's field which a field of the spec was made of.
func (d *draft) path(spec string) string {
	name, index, rest := split(spec)
	switch {
	case name == "nics" && index < len(d.nics):
		return fmt.Sprintf("nics[%d]%s", d.nics[index], rest)
	case name == "mounts" && index < len(d.volumes):
		return fmt.Sprintf("volumes[%d]%s", d.volumes[index], strings.Replace(rest, ".source", ".name", 1))
	case name == "files" && index < len(d.origins):
		return d.origins[index]
	case name == "security.deviceRequests":
		return "offering.gpus.devices"
	case name == "ports" && d.profile.Ports == nil:
		return "template." + spec
	}
	switch spec {
	case "resources.cpus", "resources.memory":
		return strings.Replace(spec, "resources", "offering", 1)
	case "resources.memoryReservation":
		return "offering.minMemory"
	case "resources.cpuShares":
		return "offering.speed"
	case "files":
		if d.spec.Security.ReadOnlyRoot {
			return d.readOnlyPath() // told already
		}
		return "userData"
	}
	return spec
}

// split takes the index of a list's element out of a path. Without one it returns no
// name.
func split(path string) (name string, index int, rest string) {
	name, rest, found := strings.Cut(path, "[")
	number, rest, closed := strings.Cut(rest, "]")
	index, err := strconv.Atoi(number)
	if !found || !closed || err != nil || index < 0 {
		return "", 0, ""
	}
	return name, index, rest
}
