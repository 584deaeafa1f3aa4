package template

import (
	"context"
	"maps"

	"github.com/dockerhv/dockerhv"
)

// Update says what is to change of a template: what CloudStack's updateTemplate and
// updateTemplatePermissions can. A nil field stays as it is. What is not here can't
// change: whoever wants another URL, checksum or format registers another template,
// although the cloud lets one change the format's name of a disk image.
type Update struct {
	Name        *string
	DisplayText *string
	OSType      *string
	Tag         *string
	SortKey     *int

	Public      *bool
	Featured    *bool
	Extractable *bool

	PasswordEnabled     *bool
	SSHKeyEnabled       *bool
	DynamicallyScalable *bool
	NoHVM               *bool

	// Arch, and those details that do not begin with "instance.", are what the image
	// is made with: they can't change while it is installed anywhere.
	Arch *string
	// Details replace all details. CleanupDetails removes all, and ignores Details.
	Details        map[string]string
	CleanupDetails bool
}

// Update changes a template, by the rules of Register, and returns it. An absent one
// is dockerhv.ErrNotFound. What the image is made with is dockerhv.ErrConflict while
// it is installed, or being installed, on a host.
func (c *Catalog) Update(ctx context.Context, id string, u Update) (Template, error) {
	t, err := c.update(ctx, id, u)
	if err != nil {
		return Template{}, &dockerhv.Error{Op: "update template", ID: id, Err: err, Next: unlessUsed(err, "uninstall it first")}
	}
	return t.clone(), nil
}

func (c *Catalog) update(ctx context.Context, id string, u Update) (Template, error) {
	if err := c.begin(ctx); err != nil {
		return Template{}, err
	}
	defer c.end()
	e, ok := c.find(id)
	if !ok {
		return Template{}, dockerhv.ErrNotFound
	}
	old := e.template
	next, err := c.complete(u.apply(old.Registration))
	if err != nil {
		return Template{}, err
	}
	t := Template{Registration: next, Created: old.Created, source: old.source}
	if old.Arch != next.Arch || !maps.Equal(old.forOpener().Details, next.forOpener().Details) {
		if hosts := c.installedOn(e); len(hosts) > 0 {
			return Template{}, &InUseError{Hosts: hosts}
		}
		if t.source, err = c.openSource(next); err != nil {
			return Template{}, err
		}
	}
	if err := c.save(ctx, []record{newEntry(t).record()}); err != nil {
		return Template{}, err
	}
	c.put(e, t)
	return t, nil
}

// apply returns a registration with the changes.
func (u Update) apply(r Registration) Registration {
	set(&r.Name, u.Name)
	set(&r.DisplayText, u.DisplayText)
	set(&r.OSType, u.OSType)
	set(&r.Tag, u.Tag)
	set(&r.SortKey, u.SortKey)
	set(&r.Public, u.Public)
	set(&r.Featured, u.Featured)
	set(&r.Extractable, u.Extractable)
	set(&r.PasswordEnabled, u.PasswordEnabled)
	set(&r.SSHKeyEnabled, u.SSHKeyEnabled)
	set(&r.DynamicallyScalable, u.DynamicallyScalable)
	set(&r.NoHVM, u.NoHVM)
	set(&r.Arch, u.Arch)
	if u.Details != nil {
		r.Details = u.Details
	}
	if u.CleanupDetails {
		r.Details = nil
	}
	return r
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}
