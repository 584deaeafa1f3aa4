package driver_test

import (
	"context"
	"iter"

	"github.com/dockerhv/dockerhv/driver"
)

// fake is a driver that can only be inspected.
type fake struct {
	driver.Driver
	inspect func(id string) (driver.Instance, error)
}

func (f fake) Inspect(_ context.Context, id string) (driver.Instance, error) { return f.inspect(id) }

// wrapper adds nothing to what it wraps, and hides none of it.
type wrapper struct{ driver.Driver }

func (w wrapper) Unwrap() driver.Driver { return w.Driver }

// opaque is a wrapper that can't be looked behind.
type opaque struct{ driver.Driver }

// told is a fake that is told when an instance ends and what it printed.
type told struct{ fake }

func (told) Wait(context.Context, string) (driver.Exit, error) { return driver.Exit{Code: 7}, nil }

func (told) Logs(context.Context, string, driver.LogOptions) iter.Seq2[driver.LogLine, error] {
	return func(yield func(driver.LogLine, error) bool) { yield(driver.LogLine{Text: "told"}, nil) }
}
