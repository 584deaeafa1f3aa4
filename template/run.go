package template

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/dockerhv/dockerhv"
)

// grace bounds how long it takes to record how an installation ended.
const grace = 30 * time.Second

// Why an installation was given up.
var (
	errAbandoned = errors.New("abandoned: all who installed it gave up")
	errDeleted   = fmt.Errorf("the template was deleted meanwhile: %w", dockerhv.ErrNotFound)
)

// run is what is going on with a template on a host: an installation, or a removal.
type run struct {
	catalog  *Catalog
	entry    *entry
	id, host string
	platform Platform

	cancel context.CancelCauseFunc // nil for a removal
	done   chan struct{}           // closed when it is over
}

func newRun(c *Catalog, e *entry, id, host string) *run {
	return &run{catalog: c, entry: e, id: id, host: host, done: make(chan struct{})}
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

// execute installs, and records how that goes. The context ends when all have given
// up who want it.
func (r *run) execute(ctx context.Context, into ImageStore, opts InstallOptions) (Image, error) {
	all := ctx
	ctx, r.cancel = context.WithCancelCause(ctx)
	defer r.cancel(nil)
	t, err := r.start(ctx)
	if err != nil {
		return Image{}, err
	}
	defer close(r.done)
	image, err := t.source.Install(ctx, into, InstallOptions{Platform: r.platform, Progress: func(p Progress) {
		p.Item = t.Name
		r.progress(ctx, p, opts.Progress)
	}})
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause // and not what it did to the source
	}
	ended := err
	if err != nil && all.Err() != nil {
		ended = errAbandoned
	}
	if unrecorded := r.settle(ctx, image, ended); err == nil {
		err = unrecorded
	}
	if err != nil {
		return Image{}, err
	}
	return image, nil
}

// start waits until nothing is being removed from the host, and records that the
// installation has begun.
func (r *run) start(ctx context.Context) (Template, error) {
	for {
		t, removal, err := r.tryStart(ctx)
		if removal == nil || err != nil {
			return t, err
		}
		if err := removal.pass(ctx); err != nil {
			return Template{}, err
		}
	}
}

// tryStart returns a removal if that has to pass before.
func (r *run) tryStart(ctx context.Context) (t Template, removal *run, err error) {
	c := r.catalog
	if err := c.begin(ctx); err != nil {
		return Template{}, nil, err
	}
	defer c.end()
	removal, other, before := r.look()
	switch {
	case removal != nil:
		return Template{}, removal, nil
	case !c.registered(r.entry, r.id):
		return Template{}, nil, errDeleted
	case other != nil:
		return Template{}, nil, &dockerhv.Error{
			Op: "begin", Class: dockerhv.ErrConflict,
			Err: fmt.Errorf("it is being installed for %q, not %q", other.platform, r.platform), Next: "wait until it is",
		}
	case before.State != Downloaded:
		if err := c.setInstallation(ctx, r.entry, r.begun(before)); err != nil {
			return Template{}, nil, err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	r.entry.runs[r.host] = r
	return r.entry.template, nil, nil
}

// look returns what is going on on the host, and how far the template is there.
func (r *run) look() (removal, other *run, before Installation) {
	c := r.catalog
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.removals[r.host], r.entry.runs[r.host], r.entry.on(r.host)
}

func (r *run) begun(i Installation) Installation {
	i.State, i.Percent, i.Error, i.Platform = InProgress, 0, "", r.platform
	return i
}

// progress takes a record of the source's, keeps the percentage, and hands it on.
func (r *run) progress(ctx context.Context, p Progress, report func(Progress)) {
	_, _, before := r.look()
	if before.State == Downloaded && works(p) {
		if err := r.beginAgain(ctx, before); err != nil {
			r.cancel(err)
			return
		}
		before = r.begun(before)
	}
	if after := before.progressed(p); before.State == InProgress && after.Percent != before.Percent {
		r.catalog.show(r.entry, after)
	}
	report(p)
}

// beginAgain records that what was there is being installed anew. If the template was
// deleted, the context has ended.
func (r *run) beginAgain(ctx context.Context, before Installation) error {
	if err := r.catalog.begin(ctx); err != nil {
		return err
	}
	defer r.catalog.end()
	return r.catalog.setInstallation(ctx, r.entry, r.begun(before))
}

// settle records how the installation ended. What can't be recorded is not done: a
// catalog that is opened again would not know of it.
func (r *run) settle(ctx context.Context, image Image, ended error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	c := r.catalog
	_, _, before := r.look()
	err := c.begin(ctx)
	if err == nil {
		defer c.end()
		if !c.registered(r.entry, r.id) {
			err = errDeleted
		} else {
			err = c.setInstallation(ctx, r.entry, before.ended(image, ended))
		}
	}
	if err != nil {
		c.show(r.entry, before.ended(Image{}, err))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(r.entry.runs, r.host)
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
