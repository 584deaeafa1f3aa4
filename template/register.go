package template

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/dockerhv/dockerhv"
)

// Register adds a template. It checks all that can be checked without the
// network, by the rules of [Registration.Complete] and those of the format's
// opener: what is wrong is dockerhv.ErrInvalid with the field's name. The same
// registration again returns the same template, and brings the secrets that a
// restart has lost; the same ID for another one is dockerhv.ErrExists.
func (c *Catalog) Register(ctx context.Context, r Registration) (Template, error) {
	t, err := c.register(ctx, r)
	if err != nil {
		return Template{}, &dockerhv.Error{Op: "register template", ID: r.ID, Err: err}
	}
	return t.clone(), nil
}

func (c *Catalog) register(ctx context.Context, r Registration) (Template, error) {
	r, err := c.complete(r)
	if err != nil {
		return Template{}, err
	}
	if err := c.begin(ctx); err != nil {
		return Template{}, err
	}
	defer c.end()
	e, ok := c.find(r.ID)
	if ok {
		return c.registerAgain(e, r)
	}
	t := Template{Registration: r, Created: time.Now().UTC()}
	if t.source, err = c.openSource(r); err != nil {
		return Template{}, err
	}
	e = newEntry(t)
	if err := c.save(ctx, []record{e.record()}); err != nil {
		return Template{}, err
	}
	c.put(e, t)
	return t, nil
}

// registerAgain returns what is registered if it is the same, with secrets that are
// new to it.
func (c *Catalog) registerAgain(e *entry, r Registration) (Template, error) {
	t := e.template
	if !t.equal(r) {
		return Template{}, fmt.Errorf("%w: the ID names a %s template of %s; delete that one first or choose another ID", dockerhv.ErrExists, t.Format, redact(t.URL))
	}
	for name, value := range t.Secrets {
		if r.Secrets[name] == "" {
			r.Secrets[name] = value
		}
	}
	if maps.Equal(r.Secrets, t.Secrets) {
		return t, nil
	}
	source, err := c.openSource(r)
	if err != nil {
		return Template{}, err
	}
	t.Registration, t.source = r, source
	c.put(e, t)
	return t, nil
}

// complete checks what does not depend on what else is registered.
func (c *Catalog) complete(r Registration) (Registration, error) {
	r, err := r.Complete()
	if err != nil {
		return Registration{}, err
	}
	if len(r.Zones) > 0 && c.opts.ZoneOf == nil {
		return Registration{}, &dockerhv.FieldError{Field: "zoneids", Reason: "this catalog knows no zones; leave them out"}
	}
	return r, c.checkReserved(r)
}

// put makes a template visible.
func (c *Catalog) put(e *entry, t Template) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.template = t
	c.templates[t.ID] = e
	c.changed(key{id: t.ID})
}

// checkReserved refuses the names that the operator keeps for himself.
func (c *Catalog) checkReserved(r Registration) error {
	for _, name := range c.opts.ReservedNames {
		for _, text := range []struct{ field, value string }{{"name", r.Name}, {"displaytext", r.DisplayText}} {
			if strings.EqualFold(name, text.value) {
				return &dockerhv.FieldError{Field: text.field, Reason: quote(text.value) + " is reserved; choose another"}
			}
		}
	}
	return nil
}
