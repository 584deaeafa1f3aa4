package drivertest

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// must ends the test on an error.
func (t *trial) must(err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused asserts that an error is of a class, and is as the module's errors are:
// a *dockerhv.Error that says what was attempted, in one line.
func (t *trial) refused(err, class error) {
	t.Helper()
	if err := fault(err, class); err != nil {
		t.Error(err)
	}
}

// fault tells what is wrong with an error that ought to be of a class.
func fault(err, class error) error {
	if !errors.Is(err, class) {
		return fmt.Errorf("the error is %w, want one that matches %w", orNone(err), class)
	}
	e, ok := errors.AsType[*dockerhv.Error](err)
	switch {
	case !ok:
		return fmt.Errorf("%w is a %T, want a *dockerhv.Error", err, err)
	case e.Op == "":
		return fmt.Errorf("%w has no Op: it does not say what was attempted", err)
	case strings.ContainsAny(err.Error(), "\r\n"):
		return fmt.Errorf("%w has more than one line", err)
	}
	return nil
}

func orNone(err error) error {
	if err == nil {
		return errors.New("none")
	}
	return err
}

// same asserts that two values are equal.
func (t *trial) same(what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// state asserts what an instance is doing.
func (t *trial) state(id string, want driver.State) {
	t.Helper()
	if got := t.inspect(id).State; got != want {
		t.Errorf("the instance %s is %s, want %s", id, got, want)
	}
}

// absent asserts that there is no instance.
func (t *trial) absent(id string) {
	t.Helper()
	_, err := t.driver.Inspect(t.Context(), id)
	t.refused(err, dockerhv.ErrNotFound)
}

// none asserts that the owner has no instances.
func (t *trial) none(d driver.Driver) {
	t.Helper()
	all, err := d.List(t.Context(), driver.Filter{})
	t.must(err)
	t.same("instances", []string{}, ids(all))
}

// within asserts that a call takes no longer than a time.
func (t *trial) within(bound time.Duration, call func()) {
	t.Helper()
	begun := time.Now()
	call()
	if took := time.Since(begun); took > bound {
		t.Errorf("the call took %v, want at most %v", took, bound)
	}
}

// eventually asserts that a condition comes to hold.
func (t *trial) eventually(what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(soon); !holds(); t.pause(20 * time.Millisecond) {
		if time.Now().After(deadline) || t.Context().Err() != nil {
			t.Fatalf("not so after %v: %s", soon, what)
		}
	}
}

// ids lists the IDs of instances.
func ids(instances []driver.Instance) []string {
	all := make([]string, 0, len(instances))
	for _, i := range instances {
		all = append(all, i.ID)
	}
	return all
}

// texts lists the texts of a stream's lines.
func texts(lines []driver.LogLine, stream driver.Stream) []string {
	var all []string
	for _, l := range lines {
		if l.Stream == stream {
			all = append(all, l.Text)
		}
	}
	return all
}

// joined is errors.Join of a slice, one line each.
func joined(errs []error) error { return errors.Join(errs...) }
