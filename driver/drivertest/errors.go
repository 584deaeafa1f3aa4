package drivertest

import (
	"context"
	"errors"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

var errorRules = group{name: "Error", rules: []rule{
	{"is one line that says what was attempted on what", about(36), errorsTell, ""},
	{"of a call whose context has ended is the context's", about(1), errorsOfContext, ""},
	{"leaves nothing done of a call whose context had ended", about(1), errorsDoNothing, ""},
}}

func errorsTell(t *trial) {
	const id = "nobody"
	for op, call := range reachable(t.driver, id) {
		err := call(t.Context())
		if err := fault(err, dockerhv.ErrNotFound); err != nil {
			t.Errorf("%s: %v", op, err)
			continue
		}
		if e, _ := errors.AsType[*dockerhv.Error](err); e.ID != id || !strings.Contains(err.Error(), id) {
			t.Errorf("%s: %v (%+v) does not name the instance", op, err, *e)
		}
	}
}

// givenUp makes every call with a context that has ended.
func givenUp(t *trial, id string) map[string]error {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("the console was closed")) // the cause does not hide that it was given up
	calls := reachable(t.driver, id)
	calls["Host"] = func(ctx context.Context) error { _, err := t.driver.Host(ctx); return err }
	calls["Create"] = func(ctx context.Context) error { _, err := t.driver.Create(ctx, t.server("i2")); return err }
	calls["List"] = func(ctx context.Context) error { _, err := t.driver.List(ctx, driver.Filter{}); return err }
	calls["Stop"] = func(ctx context.Context) error { return t.driver.Stop(ctx, id, driver.StopOptions{Grace: -1}) }
	calls["Destroy"] = func(ctx context.Context) error {
		return t.driver.Destroy(ctx, id, driver.DestroyOptions{Force: true})
	}
	calls["Events"] = func(ctx context.Context) (last error) {
		for _, err := range driver.Events(ctx, t.driver) {
			last = err
		}
		if errors.Is(last, errors.ErrUnsupported) {
			return ctx.Err()
		}
		return last
	}
	errs := make(map[string]error, len(calls))
	for op, call := range calls {
		t.within(soon, func() { errs[op] = call(ctx) })
	}
	return errs
}

func errorsOfContext(t *trial) {
	t.serve("i1")
	for op, err := range givenUp(t, "i1") {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want one that is %q", op, err, context.Canceled)
		}
		if errors.Is(err, dockerhv.ErrUnavailable) {
			t.Errorf("%s: %v tells that the host is away", op, err)
		}
	}
}

func errorsDoNothing(t *trial) {
	before := t.serve("i1")
	givenUp(t, "i1")
	t.same("the instance", before, t.inspect("i1"))
	t.absent("i2")
}
