package template

import (
	"context"
	"fmt"

	"github.com/dockerhv/dockerhv"
)

// OpenCatalog returns the catalog that a store has the state of. State of a newer
// version of this module is a *VersionError, damaged state dockerhv.ErrIntegrity. An
// installation that was in progress when the program ended is Abandoned, and says
// that it was interrupted; Install takes it up again.
func OpenCatalog(ctx context.Context, opts CatalogOptions) (*Catalog, error) {
	c := newCatalog(opts)
	records, err := c.opts.Store.Load(ctx)
	if err != nil {
		return nil, &dockerhv.Error{Op: "open catalog", Err: err}
	}
	var installations []Installation
	for key, data := range records {
		r, err := decodeRecord(key, data)
		if err != nil {
			return nil, &dockerhv.Error{Op: "open catalog", Err: err}
		}
		if r.Template != nil {
			c.restore(*r.Template)
		} else {
			installations = append(installations, *r.Installation)
		}
	}
	for _, i := range installations {
		if e, ok := c.templates[i.Template]; ok {
			if i.State == InProgress {
				i.State, i.Error = Abandoned, interrupted
			}
			e.hosts[i.Host] = i
		}
	}
	return c, nil
}

// restore registers what a store had, and opens its source when it is needed: that
// the catalog's openers have changed must not keep it from being listed and deleted.
func (c *Catalog) restore(t templateRecord) {
	r := t.Registration
	if len(t.Secrets) > 0 {
		r.Secrets = make(Secrets, len(t.Secrets))
	}
	for _, name := range t.Secrets {
		r.Secrets[name] = ""
	}
	source := unopened{func() (TemplateSource, error) { return c.openSource(r) }}
	c.templates[r.ID] = newEntry(Template{Registration: r, Created: t.Created, source: source})
}

// unopened is a source that is opened when it is used.
type unopened struct {
	open func() (TemplateSource, error)
}

// Install implements TemplateSource.
func (u unopened) Install(ctx context.Context, into ImageStore, opts InstallOptions) (Image, error) {
	source, err := u.open()
	if err != nil {
		return Image{}, err
	}
	return source.Install(ctx, into, opts)
}

// openSource makes the source of a complete registration.
func (c *Catalog) openSource(r Registration) (TemplateSource, error) {
	opener, ok := c.opts.Openers[r.Format]
	if !ok {
		return nil, &dockerhv.FieldError{Field: "format", Reason: fmt.Sprintf("%s is not served by this catalog", r.Format)}
	}
	for _, name := range r.Secrets.Names() {
		if r.Secrets[name] == "" {
			return nil, &dockerhv.FieldError{
				Field: "secrets." + name, Reason: "is empty; register the template with it, again after a restart, since it is not kept at rest",
			}
		}
	}
	return opener(r.forOpener())
}
