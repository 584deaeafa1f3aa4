package template

import (
	"context"
	"encoding/json"
	"maps"
	"sync"
	"time"

	"github.com/dockerhv/dockerhv"
)

// Template is a registered template.
type Template struct {
	Registration
	// Created is when it was registered.
	Created time.Time `json:"created,omitzero"`

	source TemplateSource
}

// Source returns the source that installs the template.
func (t Template) Source() TemplateSource { return t.source }

// clone returns a template whose details are the caller's to change, and whose
// secrets have names alone.
func (t Template) clone() Template {
	t.Registration = t.Registration.clone()
	for name := range t.Secrets {
		t.Secrets[name] = ""
	}
	return t
}

// Opener makes the source of a registration, without touching the network. The
// registration is complete, and without the details that concern instances alone.
// It refuses what it does not know, for which there is
// [Registration.RefuseUnknown]. Its error matches dockerhv.ErrInvalid. The packages
// below template each have one.
type Opener func(Registration) (TemplateSource, error)

// Catalog is what stands behind a cloud's registerTemplate: the registered
// templates, the sources that install them, and how far they are on which host. It
// is safe for concurrent use. Make one with [NewCatalog] or [OpenCatalog]. [Code]
// gives the cloud's code of its errors.
type Catalog struct {
	opts CatalogOptions
	// writing holds a value while somebody changes what is registered or installed,
	// in the store and then in memory. Nobody holds it while a host works.
	writing chan struct{}

	mu        sync.RWMutex // guards what follows; nobody holds it while the store works
	templates map[string]*entry
	removals  map[string]*run // by host
	watchers  map[*watcher]struct{}
}

// entry is a registered template and where it is installed. An ID that is deleted
// and registered anew gets a new one.
type entry struct {
	template Template
	hosts    map[string]Installation
	runs     map[string]*run // installations, by host
	flights  Flights         // of those who wait for the same one
}

// CatalogOptions says what a catalog serves. The zero value is a catalog in memory
// that serves no format.
type CatalogOptions struct {
	// Openers make the sources of the formats that are served.
	Openers map[Format]Opener
	// Store keeps the state; nil means memory. Closing it is its maker's.
	Store CatalogStore
	// InUse tells who uses a template on a host, or anywhere if host is empty, such
	// as the IDs of instances; nil means nobody. Deleting and uninstalling ask it.
	InUse func(ctx context.Context, id, host string) ([]string, error)
	// ZoneOf tells the zone of a host, by its name; nil means that there are none,
	// and a registration for zones is refused.
	ZoneOf func(host string) string
	// ReservedNames can't be the name or display text of a template, in any case. So
	// the cloud protects the names of its system VMs' templates.
	ReservedNames []string
}

// NewCatalog returns an empty catalog in memory, which registers templates of
// the formats that have an opener.
func NewCatalog(openers map[Format]Opener) *Catalog {
	return newCatalog(CatalogOptions{Openers: openers})
}

func newCatalog(opts CatalogOptions) *Catalog {
	opts.Openers = maps.Clone(opts.Openers)
	if opts.Store == nil {
		opts.Store = &MemoryStore{}
	}
	return &Catalog{
		opts: opts, writing: make(chan struct{}, 1),
		templates: make(map[string]*entry), removals: make(map[string]*run), watchers: make(map[*watcher]struct{}),
	}
}

func newEntry(t Template) *entry {
	return &entry{template: t, hosts: make(map[string]Installation), runs: make(map[string]*run)}
}

// begin waits until nobody else changes the catalog. Whoever got no error calls end.
func (c *Catalog) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case c.writing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Catalog) end() { <-c.writing }

// save makes records durable, and then removes those of the keys.
func (c *Catalog) save(ctx context.Context, records []record, removed ...string) error {
	changes := make(map[string]json.RawMessage, len(records)+len(removed))
	for _, r := range records {
		data, err := r.encode()
		if err != nil {
			return err
		}
		changes[r.key()] = data
	}
	for _, key := range removed {
		changes[key] = nil
	}
	return c.opts.Store.Save(ctx, changes)
}

func (e *entry) record() record {
	t := e.template
	return record{Template: &templateRecord{Registration: t.Registration, Secrets: t.Secrets.Names(), Created: t.Created}}
}

// find returns the entry of an ID. Its template is read under c.mu, or between begin
// and end, and the rest under c.mu.
func (c *Catalog) find(id string) (*entry, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e, ok := c.templates[id]
	return e, ok
}

// registered tells whether an entry is still that of its ID.
func (c *Catalog) registered(e *entry, id string) bool {
	now, ok := c.find(id)
	return ok && now == e
}

func absent(op, id string) error {
	return &dockerhv.Error{Op: op, ID: id, Class: dockerhv.ErrNotFound, Next: "register it first"}
}

// Get returns a registered template, or dockerhv.ErrNotFound.
func (c *Catalog) Get(_ context.Context, id string) (Template, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e, ok := c.templates[id]
	if !ok {
		return Template{}, absent("get template", id)
	}
	return e.template.clone(), nil
}
