package guru

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/dockerhv/dockerhv"
)

// faults collects what is wrong with a profile.
type faults struct {
	host   string
	waived []string
	all    []error
	paths  map[string]bool
}

// root is what the paths of a profile's fields begin with.
const root = "profile."

// invalid adds a field that says what can't be.
func (f *faults) invalid(path, format string, args ...any) {
	f.add(path, &dockerhv.FieldError{Field: root + path, Reason: fmt.Sprintf(format, args...)})
}

// unsupported adds a field that asks for what no engine can do, unless the operator
// waives it. It tells whether it did.
func (f *faults) unsupported(path, format string, args ...any) {
	if f.waives(path) {
		return
	}
	generic := withoutIndexes(path)
	next := "leave it out"
	if waivable(generic) {
		next = fmt.Sprintf("leave it out, or accept that it is by %q in guru.Docker.Waived", generic)
	}
	f.add(path, &dockerhv.Error{
		Op: "honour " + root + path, Host: f.host, Class: errors.ErrUnsupported, Err: fmt.Errorf(format, args...), Next: next,
	})
}

// waives tells whether the operator accepts that a field is left out.
func (f *faults) waives(path string) bool { return waives(f.waived, withoutIndexes(path)) }

// element is the path of a list's element.
func element(list string, i int) string { return fmt.Sprintf("%s[%d]", list, i) }

// add keeps the first fault of each field.
func (f *faults) add(path string, err error) {
	if f.paths[path] {
		return
	}
	if f.paths == nil {
		f.paths = make(map[string]bool)
	}
	f.paths[path] = true
	f.all = append(f.all, err)
}

// Waivable lists what an operator can waive: profile fields, without indexes. A "*" at
// the end stands for any rest.
func Waivable() []string {
	return []string{
		"boot.args", "boot.type", "boot.mode", "details.*", "nics.rateMbps", "nics.securityGroup", "nics.secondaryIPs",
		"volumes.size", "volumes.io",
	}
}

func waivable(path string) bool { return waives(Waivable(), path) }

// waives tells whether a list has a path, or a beginning of it with a "*".
func waives(list []string, path string) bool {
	return slices.ContainsFunc(list, func(w string) bool {
		beginning, open := strings.CutSuffix(w, "*")
		return w == path || open && strings.HasPrefix(path, beginning)
	})
}

var indexPattern = regexp.MustCompile(`\[\d+\]`)

func withoutIndexes(path string) string { return indexPattern.ReplaceAllString(path, "") }
