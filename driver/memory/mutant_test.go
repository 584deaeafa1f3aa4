package memory_test

import (
	"context"
	"io"
	"iter"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/memory"
	"github.com/dockerhv/dockerhv/template"
)

// mutant is a driver with a bug: each function that is not nil is in the place of
// the method of its name.
type mutant struct {
	*memory.Driver
	create        func(context.Context, driver.Spec) (driver.Instance, error)
	start         func(context.Context, string) error
	stop          func(context.Context, string, driver.StopOptions) error
	restart       func(context.Context, string, driver.StopOptions) error
	destroy       func(context.Context, string, driver.DestroyOptions) error
	inspect       func(context.Context, string) (driver.Instance, error)
	list          func(context.Context, driver.Filter) ([]driver.Instance, error)
	wait          func(context.Context, string) (driver.Exit, error)
	healthy       func(context.Context, string) error
	events        func(context.Context) iter.Seq2[driver.Event, error]
	logs          func(context.Context, string, driver.LogOptions) iter.Seq2[driver.LogLine, error]
	pause         func(context.Context, string) error
	signal        func(context.Context, string, string) error
	resize        func(context.Context, string, driver.Resources) error
	replace       func(context.Context, driver.Spec, driver.ReplaceOptions) (driver.Instance, error)
	retire        func(context.Context, string, driver.StopOptions) error
	restore       func(context.Context, string) error
	purge         func(context.Context, string) error
	console       func(context.Context, string, driver.ConsoleOptions) error
	suspend       func(context.Context, string) error
	resume        func(context.Context, string) error
	plan          func(context.Context, driver.Spec) (driver.Change, error)
	exec          func(context.Context, string, driver.Command) (int, error)
	copyIn        func(context.Context, string, string, io.Reader) error
	capture       func(context.Context, string, driver.CaptureOptions) (template.Image, error)
	stats         func(context.Context, driver.Filter) (map[string]driver.Stats, error)
	volumes       func(context.Context) ([]driver.Volume, error)
	destroyVolume func(context.Context, string) error
	dump          func(context.Context) driver.Report
	health        func(context.Context) (driver.Health, error)
	host          func(context.Context) (driver.Host, error)
	can           func(context.Context) ([]driver.Capability, error)
}

func (m *mutant) Create(ctx context.Context, s driver.Spec) (driver.Instance, error) {
	if m.create != nil {
		return m.create(ctx, s)
	}
	return m.Driver.Create(ctx, s)
}

func (m *mutant) Start(ctx context.Context, id string) error {
	if m.start != nil {
		return m.start(ctx, id)
	}
	return m.Driver.Start(ctx, id)
}

func (m *mutant) Stop(ctx context.Context, id string, opts driver.StopOptions) error {
	if m.stop != nil {
		return m.stop(ctx, id, opts)
	}
	return m.Driver.Stop(ctx, id, opts)
}

func (m *mutant) Restart(ctx context.Context, id string, opts driver.StopOptions) error {
	if m.restart != nil {
		return m.restart(ctx, id, opts)
	}
	return m.Driver.Restart(ctx, id, opts)
}

func (m *mutant) Destroy(ctx context.Context, id string, opts driver.DestroyOptions) error {
	if m.destroy != nil {
		return m.destroy(ctx, id, opts)
	}
	return m.Driver.Destroy(ctx, id, opts)
}

func (m *mutant) Inspect(ctx context.Context, id string) (driver.Instance, error) {
	if m.inspect != nil {
		return m.inspect(ctx, id)
	}
	return m.Driver.Inspect(ctx, id)
}

func (m *mutant) List(ctx context.Context, f driver.Filter) ([]driver.Instance, error) {
	if m.list != nil {
		return m.list(ctx, f)
	}
	return m.Driver.List(ctx, f)
}

func (m *mutant) Wait(ctx context.Context, id string) (driver.Exit, error) {
	if m.wait != nil {
		return m.wait(ctx, id)
	}
	return m.Driver.Wait(ctx, id)
}

func (m *mutant) Events(ctx context.Context) iter.Seq2[driver.Event, error] {
	if m.events != nil {
		return m.events(ctx)
	}
	return m.Driver.Events(ctx)
}

func (m *mutant) Logs(ctx context.Context, id string, opts driver.LogOptions) iter.Seq2[driver.LogLine, error] {
	if m.logs != nil {
		return m.logs(ctx, id, opts)
	}
	return m.Driver.Logs(ctx, id, opts)
}

func (m *mutant) Pause(ctx context.Context, id string) error {
	if m.pause != nil {
		return m.pause(ctx, id)
	}
	return m.Driver.Pause(ctx, id)
}

func (m *mutant) Signal(ctx context.Context, id, signal string) error {
	if m.signal != nil {
		return m.signal(ctx, id, signal)
	}
	return m.Driver.Signal(ctx, id, signal)
}

func (m *mutant) Resize(ctx context.Context, id string, r driver.Resources) error {
	if m.resize != nil {
		return m.resize(ctx, id, r)
	}
	return m.Driver.Resize(ctx, id, r)
}

func (m *mutant) Exec(ctx context.Context, id string, c driver.Command) (int, error) {
	if m.exec != nil {
		return m.exec(ctx, id, c)
	}
	return m.Driver.Exec(ctx, id, c)
}

func (m *mutant) CopyIn(ctx context.Context, id, folder string, archive io.Reader) error {
	if m.copyIn != nil {
		return m.copyIn(ctx, id, folder, archive)
	}
	return m.Driver.CopyIn(ctx, id, folder, archive)
}

func (m *mutant) Capture(ctx context.Context, id string, opts driver.CaptureOptions) (template.Image, error) {
	if m.capture != nil {
		return m.capture(ctx, id, opts)
	}
	return m.Driver.Capture(ctx, id, opts)
}

func (m *mutant) Stats(ctx context.Context, f driver.Filter) (map[string]driver.Stats, error) {
	if m.stats != nil {
		return m.stats(ctx, f)
	}
	return m.Driver.Stats(ctx, f)
}

func (m *mutant) Volumes(ctx context.Context) ([]driver.Volume, error) {
	if m.volumes != nil {
		return m.volumes(ctx)
	}
	return m.Driver.Volumes(ctx)
}

func (m *mutant) DestroyVolume(ctx context.Context, name string) error {
	if m.destroyVolume != nil {
		return m.destroyVolume(ctx, name)
	}
	return m.Driver.DestroyVolume(ctx, name)
}

func (m *mutant) Dump(ctx context.Context) driver.Report {
	if m.dump != nil {
		return m.dump(ctx)
	}
	return m.Driver.Dump(ctx)
}

func (m *mutant) Health(ctx context.Context) (driver.Health, error) {
	if m.health != nil {
		return m.health(ctx)
	}
	return m.Driver.Health(ctx)
}

func (m *mutant) Host(ctx context.Context) (driver.Host, error) {
	if m.host != nil {
		return m.host(ctx)
	}
	return m.Driver.Host(ctx)
}

func (m *mutant) Capabilities(ctx context.Context) ([]driver.Capability, error) {
	if m.can != nil {
		return m.can(ctx)
	}
	return m.Driver.Capabilities(ctx)
}

// careless is a driver whose store says of every image that it has removed it.
type careless struct{ *memory.Driver }

func (c careless) Images() template.ImageStore { return carelessStore{c.Driver.Images()} }

type carelessStore struct{ template.ImageStore }

func (s carelessStore) Remove(ctx context.Context, ref string) error {
	_ = s.ImageStore.Remove(ctx, ref)
	return nil
}

func (m *mutant) AwaitHealthy(ctx context.Context, id string) error {
	if m.healthy != nil {
		return m.healthy(ctx, id)
	}
	return m.Driver.AwaitHealthy(ctx, id)
}

func (m *mutant) Plan(ctx context.Context, s driver.Spec) (driver.Change, error) {
	if m.plan != nil {
		return m.plan(ctx, s)
	}
	return m.Driver.Plan(ctx, s)
}

func (m *mutant) Replace(ctx context.Context, s driver.Spec, opts driver.ReplaceOptions) (driver.Instance, error) {
	if m.replace != nil {
		return m.replace(ctx, s, opts)
	}
	return m.Driver.Replace(ctx, s, opts)
}

func (m *mutant) Retire(ctx context.Context, id string, opts driver.StopOptions) error {
	if m.retire != nil {
		return m.retire(ctx, id, opts)
	}
	return m.Driver.Retire(ctx, id, opts)
}

func (m *mutant) Restore(ctx context.Context, id string) error {
	if m.restore != nil {
		return m.restore(ctx, id)
	}
	return m.Driver.Restore(ctx, id)
}

func (m *mutant) Purge(ctx context.Context, id string) error {
	if m.purge != nil {
		return m.purge(ctx, id)
	}
	return m.Driver.Purge(ctx, id)
}

func (m *mutant) Console(ctx context.Context, id string, o driver.ConsoleOptions) error {
	if m.console != nil {
		return m.console(ctx, id, o)
	}
	return m.Driver.Console(ctx, id, o)
}

func (m *mutant) Suspend(ctx context.Context, id string) error {
	if m.suspend != nil {
		return m.suspend(ctx, id)
	}
	return m.Driver.Suspend(ctx, id)
}

func (m *mutant) Resume(ctx context.Context, id string) error {
	if m.resume != nil {
		return m.resume(ctx, id)
	}
	return m.Driver.Resume(ctx, id)
}
