package template

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dockerhv/dockerhv"
)

// The details of what instances of a template start with. They hold for every
// format, and are not given to its opener.
const (
	// DetailCommand and DetailEntrypoint are read as a Dockerfile's are: a JSON array
	// of strings is run as it is, and anything else is a line for /bin/sh -c.
	DetailCommand    = instanceDetail + "command"
	DetailEntrypoint = instanceDetail + "entrypoint"
	// DetailEnv begins the name of a detail that is an environment variable.
	DetailEnv = instanceDetail + "env."
	// DetailUser is whom the command runs as, DetailWorkDir where.
	DetailUser    = instanceDetail + "user"
	DetailWorkDir = instanceDetail + "workdir"
)

const instanceDetail = "instance."

// Defaults are what a template's instances start with where their profile says
// nothing else: what goes into the Template of a guru.Profile. A zero field means what
// the image says.
type Defaults struct {
	Entrypoint []string
	Command    []string
	Env        map[string]string
	User       string
	WorkDir    string
}

// Defaults reads the details that begin with "instance.". In a registered template
// they are right; else the error matches dockerhv.ErrInvalid.
func (r Registration) Defaults() (Defaults, error) {
	var d Defaults
	for _, name := range slices.Sorted(maps.Keys(r.Details)) {
		if !strings.HasPrefix(name, instanceDetail) {
			continue
		}
		if err := d.set(name, r.Details[name]); err != nil {
			return Defaults{}, err
		}
	}
	return d, nil
}

func (d *Defaults) set(name, value string) (err error) {
	switch name {
	case DetailCommand:
		d.Command, err = words(name, value)
	case DetailEntrypoint:
		d.Entrypoint, err = words(name, value)
	case DetailUser:
		d.User = value
	case DetailWorkDir:
		if !strings.HasPrefix(value, "/") {
			return &dockerhv.FieldError{Field: "details." + name, Reason: "is not absolute"}
		}
		d.WorkDir = value
	default:
		variable, ok := strings.CutPrefix(name, DetailEnv)
		if !ok || variable == "" || strings.Contains(variable, "=") {
			return &dockerhv.FieldError{
				Field:  "details." + name,
				Reason: "is not known; an instance has command, entrypoint, env.NAME, user and workdir",
			}
		}
		if d.Env == nil {
			d.Env = make(map[string]string)
		}
		d.Env[variable] = value
	}
	return err
}

func words(name, value string) (list []string, err error) {
	switch text := strings.TrimSpace(value); {
	case text == "":
		return nil, &dockerhv.FieldError{Field: "details." + name, Reason: "is empty; leave it out"}
	case !strings.HasPrefix(text, "["):
		return []string{"/bin/sh", "-c", value}, nil
	}
	if err := json.Unmarshal([]byte(value), &list); err != nil || len(list) == 0 {
		return nil, &dockerhv.FieldError{Field: "details." + name, Reason: `is no JSON array of strings; write ["sh","-c","..."]`}
	}
	return list, nil
}

func completeDetails(r *Registration) error {
	for _, name := range slices.Sorted(maps.Keys(r.Details)) {
		if err := checkName("details", name); err != nil {
			return err
		}
		// A command may have lines, and a value is the source's to understand.
		value := strings.NewReplacer("\n", " ", "\r", " ", "\t", " ").Replace(r.Details[name])
		if err := checkText("details."+name, value, maxDetail); err != nil {
			return err
		}
	}
	if len(r.Details) == 0 {
		r.Details = nil
	}
	_, err := r.Defaults()
	return err
}

// forOpener is the registration without what concerns instances alone.
func (r Registration) forOpener() Registration {
	r = r.clone()
	maps.DeleteFunc(r.Details, func(name, _ string) bool { return strings.HasPrefix(name, instanceDetail) })
	return r
}

// RefuseUnknown is for openers: it refuses a detail or secret that is not among the
// known names, of which one that ends with a dot is known with anything behind it.
// What is not understood must not be dropped. The error matches dockerhv.ErrInvalid.
func (r Registration) RefuseUnknown(details, secrets []string) error {
	for _, kind := range []struct {
		field        string
		given, known []string
	}{
		{"details", slices.Sorted(maps.Keys(r.Details)), details},
		{"secrets", r.Secrets.Names(), secrets},
	} {
		for _, name := range kind.given {
			if !knows(kind.known, name) {
				return &dockerhv.FieldError{
					Field: kind.field + "." + name, Reason: fmt.Sprintf("is not known; a %s knows %s", cmp.Or(r.Format, "template"), list(kind.known)),
				}
			}
		}
	}
	return nil
}

func knows(known []string, name string) bool {
	return slices.ContainsFunc(known, func(k string) bool {
		return name == k || strings.HasSuffix(k, ".") && strings.HasPrefix(name, k)
	})
}

// list writes names for people, as "buildarg.NAME, target".
func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	shown := slices.Clone(names)
	for i, name := range shown {
		if strings.HasSuffix(name, ".") {
			shown[i] += "NAME"
		}
	}
	return strings.Join(shown, ", ")
}
