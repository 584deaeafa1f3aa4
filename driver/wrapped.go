package driver

import (
	"context"
)

// coreCall is a call of the core.
type coreCall struct {
	op, id string
	waits  bool // it may take as long as the instance wants
}

// wrapped is a driver with something around each call of the core.
type wrapped struct {
	Driver
	around func(ctx context.Context, c coreCall, call func(context.Context) error) error
}

// Unwrap makes the optional interfaces of what is wrapped be found.
func (w *wrapped) Unwrap() Driver { return w.Driver }

func (w *wrapped) Host(ctx context.Context) (h Host, err error) {
	err = w.around(ctx, coreCall{op: "describe host"}, func(ctx context.Context) error {
		h, err = w.Driver.Host(ctx)
		return err
	})
	return h, err
}

func (w *wrapped) Create(ctx context.Context, spec Spec) (i Instance, err error) {
	err = w.around(ctx, coreCall{op: "create instance", id: spec.ID}, func(ctx context.Context) error {
		i, err = w.Driver.Create(ctx, spec)
		return err
	})
	return i, err
}

func (w *wrapped) Start(ctx context.Context, id string) error {
	return w.around(ctx, coreCall{op: "start instance", id: id}, func(ctx context.Context) error {
		return w.Driver.Start(ctx, id)
	})
}

func (w *wrapped) Stop(ctx context.Context, id string, opts StopOptions) error {
	return w.around(ctx, coreCall{op: "stop instance", id: id, waits: true}, func(ctx context.Context) error {
		return w.Driver.Stop(ctx, id, opts)
	})
}

func (w *wrapped) Restart(ctx context.Context, id string, opts StopOptions) error {
	return w.around(ctx, coreCall{op: "restart instance", id: id, waits: true}, func(ctx context.Context) error {
		return w.Driver.Restart(ctx, id, opts)
	})
}

func (w *wrapped) Destroy(ctx context.Context, id string, opts DestroyOptions) error {
	return w.around(ctx, coreCall{op: "destroy instance", id: id}, func(ctx context.Context) error {
		return w.Driver.Destroy(ctx, id, opts)
	})
}

func (w *wrapped) Inspect(ctx context.Context, id string) (i Instance, err error) {
	err = w.around(ctx, coreCall{op: "inspect instance", id: id}, func(ctx context.Context) error {
		i, err = w.Driver.Inspect(ctx, id)
		return err
	})
	return i, err
}

func (w *wrapped) List(ctx context.Context, filter Filter) (all []Instance, err error) {
	err = w.around(ctx, coreCall{op: "list instances"}, func(ctx context.Context) error {
		all, err = w.Driver.List(ctx, filter)
		return err
	})
	return all, err
}
