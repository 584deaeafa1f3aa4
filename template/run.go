package template

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/dockerhv/dockerhv"
)

// grace bounds how long a run takes to end when it is given up, and to record how it
// ended.
const grace = 30 * time.Second

// Why a run was given up.
var (
	errAbandoned = errors.New("abandoned: all who installed it gave up")
	errDeleted   = fmt.Errorf("the template was deleted meanwhile: %w", dockerhv.ErrNotFound)
)

// run is what is going on with one template on one host: an installation, which
// others can join, or a removal, which none can.
type run struct {
	catalog  *Catalog
	entry    *entry
	id, host string
	name     string // of the template, for progress
	platform Platform

	cancel context.CancelCauseFunc
	done   chan struct{} // closed when it is over, and image and err are set
	image  Image
	err    error

	mu      sync.Mutex
	waiters map[*waiter]bool // nil when none may join
}

func newRun(c *Catalog, e *entry, host string, platform Platform) *run {
	return &run{
		catalog: c, entry: e, id: e.template.ID, name: e.template.Name, host: host, platform: platform,
		done: make(chan struct{}), waiters: make(map[*waiter]bool),
	}
}

// start begins an installation that outlives its first caller. The caller is between
// begin and end.
func (r *run) start(ctx context.Context, into ImageStore) error {
	c := r.catalog
	c.mu.RLock()
	before := r.entry.on(r.host)
	c.mu.RUnlock()
	if before.State != Downloaded {
		if err := c.setInstallation(ctx, r.entry, r.begun(before)); err != nil {
			return err
		}
	}
	ctx, r.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	c.mu.Lock()
	r.entry.runs[r.host] = r
	c.mu.Unlock()
	go r.execute(ctx, r.entry.template.source, into)
	return nil
}

func (r *run) begun(i Installation) Installation {
	i.State, i.Percent, i.Error, i.Platform = InProgress, 0, "", r.platform
	return i
}

// execute installs, and records how that ended.
func (r *run) execute(ctx context.Context, source TemplateSource, into ImageStore) {
	defer close(r.done)
	defer r.cancel(nil)
	image, err := source.Install(ctx, into, InstallOptions{
		Platform: r.platform, Progress: func(p Progress) { r.progress(ctx, p) },
	})
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause // and not what it did to the source
	}
	r.image, r.err = image, err
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := r.settle(ctx); err != nil && r.err == nil {
		r.image, r.err = Image{}, err
	}
}

// settle records how the run ended. What can't be recorded is not done: a catalog
// that is opened again would not know of it.
func (r *run) settle(ctx context.Context) error {
	c := r.catalog
	c.mu.RLock()
	before := r.entry.on(r.host)
	c.mu.RUnlock()
	after := before.ended(r.image, r.err)
	err := c.begin(ctx)
	if err == nil {
		defer c.end()
		if e, ok := c.find(r.id); !ok || e != r.entry {
			err = errDeleted
		} else {
			err = c.setInstallation(ctx, r.entry, after)
		}
	}
	if err != nil {
		c.show(r.entry, before.ended(Image{}, err))
	}
	c.mu.Lock()
	delete(r.entry.runs, r.host)
	c.mu.Unlock()
	return err
}

// ended is the installation after a run.
func (i Installation) ended(image Image, err error) Installation {
	switch {
	case errors.Is(err, errAbandoned) && i.State == Downloaded:
		return i // nobody has touched it
	case errors.Is(err, errAbandoned):
		i.State, i.Error = Abandoned, errorString(err)
		return i
	case err != nil:
		i.State, i.Error = DownloadError, errorString(err)
		return i
	}
	i.State, i.Percent, i.Error, i.Image = Downloaded, 100, "", image
	known := func(b Image) bool { return b.ID == image.ID && b.Reference == image.Reference }
	if !image.Cached && !slices.ContainsFunc(i.Brought, known) {
		i.Brought = append(slices.Clone(i.Brought), image)
	}
	return i
}

// progress takes a record of the source's, keeps the percentage, and hands it on.
func (r *run) progress(ctx context.Context, p Progress) {
	c := r.catalog
	c.mu.RLock()
	before := r.entry.on(r.host)
	c.mu.RUnlock()
	if before.State == Downloaded && works(p) {
		if err := r.beginAgain(ctx, before); err != nil {
			r.cancel(err)
			return
		}
		before = r.begun(before)
	}
	if after := before.progressed(p); before.State == InProgress && after.Percent != before.Percent {
		c.show(r.entry, after)
	}
	p.Item = r.name
	for _, w := range r.listeners() {
		w.send(p)
	}
}

// beginAgain records that what was there is being installed anew.
func (r *run) beginAgain(ctx context.Context, before Installation) error {
	if err := r.catalog.begin(ctx); err != nil {
		return err
	}
	defer r.catalog.end()
	if e, ok := r.catalog.find(r.id); !ok || e != r.entry {
		return errDeleted
	}
	return r.catalog.setInstallation(ctx, r.entry, r.begun(before))
}

// pass waits until the run is over.
func (r *run) pass(ctx context.Context) error {
	select {
	case <-r.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// waiter is one caller of a run.
type waiter struct {
	mu     sync.Mutex
	report func(Progress) // nil when it wants no more
}

// join adds a caller who wants the platform; nil if the run has to pass first.
func (r *run) join(platform Platform, report func(Progress)) (*waiter, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.waiters == nil:
		return nil, nil
	case r.platform != platform:
		return nil, &dockerhv.Error{
			Op: "join", Class: dockerhv.ErrConflict,
			Err: fmt.Errorf("it is being installed for %q, not %q", r.platform, platform), Next: "wait until it is",
		}
	}
	w := &waiter{report: report}
	r.waiters[w] = true
	return w, nil
}

// leave removes a caller, and tells whether it was the last one, after whom none
// can join.
func (r *run) leave(w *waiter) (last bool) {
	w.mu.Lock()
	w.report = nil
	w.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.waiters, w)
	if len(r.waiters) > 0 {
		return false
	}
	r.waiters = nil
	return true
}

// wait returns how the run ended, or why the caller did not wait for that.
func (r *run) wait(ctx context.Context, w *waiter) (Image, error) {
	select {
	case <-r.done:
		return r.image, r.err
	case <-ctx.Done():
	}
	if !r.leave(w) {
		return Image{}, ctx.Err()
	}
	r.cancel(errAbandoned)
	enough := time.NewTimer(grace)
	defer enough.Stop()
	select {
	case <-r.done:
		if r.err == nil { // it was done before it heard of it
			return r.image, nil
		}
	case <-enough.C: // a source that does not listen keeps its host, and not its caller
	}
	return Image{}, ctx.Err()
}

func (r *run) listeners() []*waiter {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Collect(maps.Keys(r.waiters))
}

// send reports to a caller that has not left.
func (w *waiter) send(p Progress) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.report != nil {
		w.report(p)
	}
}
