package template

import (
	"cmp"
	"context"
	"slices"

	"github.com/dockerhv/dockerhv"
)

// Uninstall takes a template off a host: the images that Install brought there are
// removed from its store, and others are left alone, as are those that another
// template of this catalog is installed as. One that CatalogOptions.InUse or the
// store says is used is dockerhv.ErrConflict, and so is a host on which something is
// being installed, which might turn out to be the same image. A template that is not
// installed there, or not registered, is success.
func (c *Catalog) Uninstall(ctx context.Context, id, host string, from ImageStore) error {
	if err := c.uninstall(ctx, id, host, from); err != nil {
		return &dockerhv.Error{
			Op: "uninstall template", Host: host, ID: id, Err: err, Next: unlessUsed(err, "destroy its instances there first"),
		}
	}
	return nil
}

func (c *Catalog) uninstall(ctx context.Context, id, host string, from ImageStore) error {
	r, err := c.beginRemoval(ctx, id, host)
	if r == nil || err != nil {
		return err
	}
	defer c.endRemoval(r)
	users, err := c.users(ctx, id, host)
	if err != nil {
		return err
	}
	if len(users) > 0 {
		return &InUseError{Users: users}
	}
	own, left := c.share(r)
	for _, ref := range own {
		if err := from.Remove(ctx, ref); err != nil {
			return err
		}
	}
	return c.forgetInstallation(ctx, r, left)
}

// beginRemoval keeps installations off a host until endRemoval. Without a run there
// is nothing to remove.
func (c *Catalog) beginRemoval(ctx context.Context, id, host string) (*run, error) {
	for {
		r, before, err := c.tryRemoval(ctx, id, host)
		if before == nil || err != nil {
			return r, err
		}
		if err := before.pass(ctx); err != nil {
			return nil, err
		}
	}
}

// tryRemoval returns another removal if that has to pass before.
func (c *Catalog) tryRemoval(ctx context.Context, id, host string) (r, before *run, err error) {
	if err := c.begin(ctx); err != nil {
		return nil, nil, err
	}
	defer c.end()
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.templates[id]
	if !ok || e.on(host).State == NotDownloaded {
		return nil, nil, nil
	}
	if other := c.removals[host]; other != nil {
		return nil, other, nil
	}
	for _, other := range c.templates {
		if other.runs[host] != nil {
			return nil, nil, &dockerhv.Error{
				Op: "wait for host", Class: dockerhv.ErrConflict, Next: "try again when nothing is being installed there",
			}
		}
	}
	r = newRun(c, e, id, host)
	c.removals[host] = r
	return r, nil, nil
}

func (c *Catalog) endRemoval(r *run) {
	c.mu.Lock()
	delete(c.removals, r.host)
	c.mu.Unlock()
	close(r.done)
}

// share parts the images that an installation brought: the names by which to remove
// those that are its own, and the installations of others that inherit the rest.
func (c *Catalog) share(r *run) (own []string, heirs []Installation) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, image := range r.entry.hosts[r.host].Brought {
		heir, name := c.claim(r, image)
		if heir == "" {
			own = append(own, name)
			continue
		}
		n := slices.IndexFunc(heirs, func(i Installation) bool { return i.Template == heir })
		if n < 0 {
			n, heirs = len(heirs), append(heirs, c.templates[heir].on(r.host))
		}
		heirs[n].Brought = append(heirs[n].Brought, image)
	}
	return own, heirs
}

// claim finds another template that is installed on the host as the image. Without
// one it returns the name to remove the image by: its reference, unless another image
// has taken that. The caller holds c.mu.
func (c *Catalog) claim(r *run, image Image) (heir, name string) {
	name = image.Reference
	for id, e := range c.templates {
		now := e.hosts[r.host].Image
		switch {
		case now.ID == image.ID && now.Reference == image.Reference && e != r.entry:
			return id, ""
		case now.Reference == image.Reference && now.ID != image.ID:
			name = ""
		}
	}
	return "", cmp.Or(name, image.ID)
}

// forgetInstallation records that a template is on a host no more.
func (c *Catalog) forgetInstallation(ctx context.Context, r *run, heirs []Installation) error {
	if err := c.begin(ctx); err != nil {
		return err
	}
	defer c.end()
	if !c.registered(r.entry, r.id) {
		return nil
	}
	records := make([]record, len(heirs))
	for n := range heirs {
		records[n] = record{Installation: &heirs[n]}
	}
	if err := c.save(ctx, records, installationKey(r.id, r.host)); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, heir := range heirs {
		if e, ok := c.templates[heir.Template]; ok {
			e.hosts[heir.Host] = heir
		}
	}
	delete(r.entry.hosts, r.host)
	c.changed(key{r.id, r.host})
	return nil
}
