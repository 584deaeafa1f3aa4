package template

import (
	"context"
	"fmt"
	"time"

	"github.com/dockerhv/dockerhv"
)

// Install installs a registered template into the image store of a host, which has
// one name and one store. It returns when the image can be run, and keeps how far it
// is, for [Catalog.Installation]. All who install a template on a host at the same
// time share one installation: it is given up when the last of them has cancelled,
// who then waits until nothing is left of it. Progress records carry the template's
// name as their item.
//
// The template's Arch is the platform unless the options ask for a variant of it.
// One that is not registered is dockerhv.ErrNotFound; what the template's source
// says stays in the error.
func (c *Catalog) Install(
	ctx context.Context, id, host string, into ImageStore, opts InstallOptions,
) (Image, error) {
	image, err := c.install(ctx, id, host, into, opts)
	if err != nil {
		return Image{}, &dockerhv.Error{Op: "install template", Host: host, ID: id, Err: err}
	}
	return image, nil
}

func (c *Catalog) install(
	ctx context.Context, id, host string, into ImageStore, opts InstallOptions,
) (Image, error) {
	if err := checkHost(host); err != nil {
		return Image{}, err
	}
	c.mu.RLock()
	e, ok := c.templates[id]
	if !ok {
		c.mu.RUnlock()
		return Image{}, dockerhv.ErrNotFound
	}
	t := e.template
	c.mu.RUnlock()
	platform, err := t.platformOf(opts.Platform)
	if err == nil {
		err = c.checkZone(t, host)
	}
	if err != nil {
		return Image{}, err
	}
	return e.flights.Share(ctx, host+" "+platform.String(), opts, func(ctx context.Context, opts InstallOptions) (Image, error) {
		r := newRun(c, e, id, host)
		r.platform = platform
		return r.execute(ctx, into, opts)
	})
}

// setInstallation makes how far a template is on a host durable, and then visible.
// The caller is between begin and end.
func (c *Catalog) setInstallation(ctx context.Context, e *entry, i Installation) error {
	i.Updated = time.Now().UTC()
	if err := c.save(ctx, []record{{Installation: &i}}); err != nil {
		return err
	}
	c.show(e, i)
	return nil
}

// show makes how far a template is on a host visible.
func (c *Catalog) show(e *entry, i Installation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.hosts[i.Host] = i
	c.changed(key{i.Template, i.Host})
}

// platformOf is the platform to install for.
func (t Template) platformOf(asked Platform) (Platform, error) {
	own := t.Platform()
	switch {
	case asked == (Platform{}):
		return own, nil
	case !asked.Matches(own):
		return Platform{}, &dockerhv.FieldError{
			Field: "platform", Reason: fmt.Sprintf("%v is asked for, and the template is for %v", asked, own),
		}
	}
	return asked, nil
}

func (c *Catalog) checkZone(t Template, host string) error {
	if len(t.Zones) == 0 {
		return nil
	}
	zone := ""
	if c.opts.ZoneOf != nil {
		zone = c.opts.ZoneOf(host)
	}
	if zone == "" || !t.inZone(zone) {
		return &dockerhv.FieldError{
			Field: "zoneids", Reason: fmt.Sprintf("the host is in the zone %s, and the template in %s", quote(zone), some(t.Zones)),
		}
	}
	return nil
}

func checkHost(name string) error {
	if name == "" {
		return &dockerhv.FieldError{Field: "host", Reason: "is empty; name the host that the store is of"}
	}
	return checkText("host", name, maxText)
}
