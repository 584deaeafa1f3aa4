package drivertest

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

var replaceRules = group{name: "Replace", needs: Replacer, rules: []rule{
	{"puts another instance in the place of one", about(26), replaceOther, ""},
	{"stops the old one first, or last if asked to", about(26), replaceOrder, Execer},
	{"has the old one back if the new one can't be started", about(26), replaceMissing, ""},
	{"has the old one back if the new one ends", about(26), replaceEnds, ""},
	{"has the old one back if the new one is unhealthy", about(26, 27), replaceUnhealthy, ""},
	{"has the old one back if the caller says so or gives up", about(1, 26), replaceRefused, ""},
	{"by what needs the same port works unless it is to be started first", about(26), replacePort, ""},
	{"by the same spec leaves the instance alone", about(26), replaceSame, ""},
	{"of an absent instance is ErrNotFound", about(26), replaceAbsent, ""},
	{"is told by events without a gap", about(26, 114), replaceEvents, EventSource},
}}

// quick waits no longer than it must.
var quick = driver.ReplaceOptions{Settle: 300 * time.Millisecond, Stop: driver.StopOptions{Grace: -1}}

// another is a spec of the same ID.
func (t *trial) another(id string) driver.Spec {
	t.Helper()
	spec := t.server(id)
	spec.Name = "another"
	return spec
}

func (t *trial) replace(spec driver.Spec, opts driver.ReplaceOptions) (driver.Instance, error) {
	return driver.Replace(t.Context(), t.driver, spec, opts)
}

func replaceOther(t *trial) {
	for _, first := range []bool{false, true} {
		opts := quick
		opts.StartFirst = first
		before := t.serve("i1")
		after, err := t.replace(t.another("i1"), opts)
		t.must(err)
		if after.State != driver.Running || after.Name != "another" || after.HostID == before.HostID || after.SpecHash != t.another("i1").Hash() {
			t.Errorf("replaced: %+v, was %+v", after, before)
		}
		t.same("the instance", after.HostID, t.inspect("i1").HostID)
		all, err := t.again().List(t.Context(), driver.Filter{})
		t.must(err)
		t.same("instances", []string{"i1"}, ids(all))
		t.must(t.driver.Destroy(t.Context(), "i1", driver.DestroyOptions{Force: true}))
		t.none(t.driver)
	}
	t.create(t.server("i2")) // at rest
	if i, err := t.replace(t.another("i2"), quick); err != nil || i.State != driver.Running {
		t.Errorf("what was at rest is replaced by %+v, %v", i, err)
	}
}

// replaceOrder: when the new one is asked whether it is ready, the old one is at rest,
// or can be executed in yet.
func replaceOrder(t *trial) {
	w := t.config.Workload
	if w.Hang == nil {
		t.Skip("the workload does not hang")
	}
	for _, first := range []bool{false, true} {
		t.serve("i1")
		h := t.hang("i1", "mark") // ends with the instance that it was begun in
		opts := quick
		opts.StartFirst = first
		opts.Ready = func(_ context.Context, i driver.Instance) error {
			if i.Name != "another" || i.State != driver.Running {
				t.Errorf("it is asked of %+v", i)
			}
			select {
			case <-time.After(time.Second):
				if !first {
					t.Error("the old one runs, and was to be stopped first")
				}
			case err := <-h.done:
				h.done <- err
				if first {
					t.Error("the old one was stopped, and was to be stopped last")
				}
			}
			return nil
		}
		_, err := t.replace(t.another("i1"), opts)
		t.must(err)
		_ = h.result(t)
		t.must(t.driver.Destroy(t.Context(), "i1", driver.DestroyOptions{Force: true}))
	}
}

// isBack asserts that an instance runs as it did before.
func (t *trial) isBack(before driver.Instance) {
	t.Helper()
	after := t.inspect(before.ID)
	t.same("identity and state", []any{before.HostID, before.Name, before.SpecHash, driver.Running},
		[]any{after.HostID, after.Name, after.SpecHash, after.State})
	all, err := t.again().List(t.Context(), driver.Filter{})
	t.must(err)
	t.same("instances", []string{before.ID}, ids(all))
}

func replaceMissing(t *trial) {
	before := t.serve("i1")
	for _, first := range []bool{false, true} {
		opts := quick
		opts.StartFirst = first
		_, err := t.replace(t.spec("i1", t.config.Workload.Missing), opts)
		t.refused(err, dockerhv.ErrInvalid)
		t.isBack(before)
	}
	t.stop("i1", driver.StopOptions{Grace: -1})
	_, err := t.replace(t.spec("i1", t.config.Workload.Missing), quick)
	t.refused(err, dockerhv.ErrInvalid)
	t.state("i1", driver.Exited) // it did not run before
}

func replaceEnds(t *trial) {
	before := t.serve("i1")
	opts := quick
	opts.Settle = soon
	_, err := t.replace(t.spec("i1", t.config.Workload.Exit(6, 100*time.Millisecond)), opts)
	t.refused(err, dockerhv.ErrFailed)
	if e, ok := errors.AsType[*driver.ExitError](err); !ok || e.Exit.Code != 6 {
		t.Errorf("the error is %v, want an ExitError of code 6", err)
	}
	t.isBack(before)
}

func replaceUnhealthy(t *trial) {
	spec := t.fails("other")
	spec.ID = "i1"
	t.must(t.driver.Destroy(t.Context(), "other", driver.DestroyOptions{}))
	before := t.serve("i1")
	_, err := t.replace(spec, quick)
	t.refused(err, dockerhv.ErrFailed)
	if _, ok := errors.AsType[*driver.UnhealthyError](err); !ok {
		t.Errorf("the error is %v, want an UnhealthyError", err)
	}
	t.isBack(before)
}

func replaceRefused(t *trial) {
	before := t.serve("i1")
	unfit := errors.New("unfit")
	opts := quick
	opts.Ready = func(context.Context, driver.Instance) error { return unfit }
	_, err := t.replace(t.another("i1"), opts)
	t.refused(err, unfit)
	t.isBack(before)

	ctx, cancel := context.WithCancel(t.Context())
	opts.Ready = func(ctx context.Context, _ driver.Instance) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	}
	_, err = driver.Replace(ctx, t.driver, t.another("i1"), opts)
	t.refused(err, context.Canceled)
	t.isBack(before)

	opts.Within = 300 * time.Millisecond
	opts.Ready = func(ctx context.Context, _ driver.Instance) error {
		<-ctx.Done()
		return ctx.Err()
	}
	_, err = t.replace(t.another("i1"), opts)
	t.refused(err, dockerhv.ErrFailed)
	t.isBack(before)
}

func replacePort(t *trial) {
	spec := t.server("i1")
	spec.Ports = []driver.Port{{HostIP: netip.MustParseAddr("127.0.0.1"), Port: 80}}
	if _, err := t.driver.Create(t.Context(), spec); errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	before := t.run(spec)
	other := t.another("i1")
	other.Ports = before.Ports
	opts := quick
	opts.StartFirst = true
	_, err := t.replace(other, opts)
	t.refused(err, dockerhv.ErrConflict)
	t.isBack(before)
	after, err := t.replace(other, quick)
	t.must(err)
	t.same("ports", before.Ports, after.Ports)
}

func replaceSame(t *trial) {
	before := t.serve("i1")
	after, err := t.replace(t.server("i1"), quick)
	t.must(err)
	t.same("the instance", before, after)
	spec := t.another("i1")
	spec.Resources.CPUs = -1
	_, err = t.replace(spec, quick)
	t.refused(err, dockerhv.ErrInvalid)
	t.same("the instance", before, t.inspect("i1"))
}

func replaceAbsent(t *trial) {
	_, err := t.replace(t.server("nobody"), quick)
	t.refused(err, dockerhv.ErrNotFound)
	t.none(t.driver)
}

func replaceEvents(t *trial) {
	t.create(t.server("there"))
	w := t.watch(t.driver)
	w.until(driver.EventSnapshot, "there")
	for _, first := range []bool{false, true} {
		t.serve("i1")
		opts := quick
		opts.StartFirst = first
		_, err := t.replace(t.another("i1"), opts)
		t.must(err)
		_, err = t.replace(t.spec("i1", t.config.Workload.Missing), opts)
		t.refused(err, dockerhv.ErrInvalid)
		t.eventually("the reader knows that the instance is back", func() bool {
			got, _ := w.picture()
			return got["i1"] == driver.Running
		})
		t.must(t.driver.Destroy(t.Context(), "i1", driver.DestroyOptions{Force: true}))
		t.eventually("the reader knows that the instance is gone", func() bool {
			got, _ := w.picture()
			return len(got) == 1
		})
	}
	w.clean()
}
