package template

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/dockerhv/dockerhv"
)

// Registration is what a cloud says when it registers a template.
type Registration struct {
	// ID is the cloud's ID of the template. It is required.
	ID string
	// Name is for people; empty means the ID.
	Name string
	// Format and URL say what the template is and where: a reference for a
	// Repository ("nginx:1.27" or "docker://nginx:1.27"), and for the others an
	// http or https URL, or a local path if the opener allows one.
	Format Format
	URL    string
	// Checksum is the SHA-256 of what is at the URL, as ParseChecksum reads it;
	// empty means none. A Repository image is pinned by a digest in its reference.
	Checksum string
	// Details are further settings by name; the openers say which they know.
	// A build argument of a Dockerfile is "buildarg.NAME".
	Details map[string]string
}

// Template is a registered template.
type Template struct {
	Registration
	source TemplateSource
}

// Source returns the source that installs the template.
func (t Template) Source() TemplateSource { return t.source }

// Opener makes the source of a registration, without touching the network. Its
// error matches dockerhv.ErrInvalid. The packages below template each have one.
type Opener func(Registration) (TemplateSource, error)

// Catalog is what stands behind a cloud's registerTemplate: the registered
// templates and the sources that install them. It is safe for concurrent use.
// Make one with [NewCatalog].
type Catalog struct {
	openers map[Format]Opener

	mu        sync.RWMutex
	templates map[string]Template
}

// NewCatalog returns an empty catalog in memory, which registers templates of
// the formats that have an opener.
func NewCatalog(openers map[Format]Opener) *Catalog {
	return &Catalog{openers: maps.Clone(openers), templates: make(map[string]Template)}
}

// Register adds a template. It checks all that can be checked without the
// network: what is wrong is dockerhv.ErrInvalid with the field's name. The same
// registration again returns the same template; the same ID for another one is
// dockerhv.ErrExists.
func (c *Catalog) Register(_ context.Context, r Registration) (Template, error) {
	t, err := c.open(r)
	if err != nil {
		return Template{}, &dockerhv.Error{Op: "register template", ID: r.ID, Err: err}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if old, ok := c.templates[r.ID]; ok {
		if old.equal(t) {
			return old.clone(), nil
		}
		return Template{}, &dockerhv.Error{
			Op: "register template", ID: r.ID, Class: dockerhv.ErrExists,
			Err:  fmt.Errorf("the ID names a %s template of %s", old.Format, old.URL),
			Next: "delete that one first or choose another ID",
		}
	}
	c.templates[r.ID] = t
	return t.clone(), nil
}

// open validates a registration and makes its source.
func (c *Catalog) open(r Registration) (Template, error) {
	if r.ID == "" {
		return Template{}, &dockerhv.FieldError{Field: "id", Reason: "is empty; give the template an ID"}
	}
	if strings.TrimSpace(r.URL) == "" {
		return Template{}, &dockerhv.FieldError{Field: "url", Reason: "is empty; say where the template is"}
	}
	format, err := ParseFormat(string(r.Format))
	if err != nil {
		return Template{}, err
	}
	if _, err := ParseChecksum(r.Checksum); err != nil {
		return Template{}, err
	}
	opener, ok := c.openers[format]
	if !ok {
		return Template{}, &dockerhv.FieldError{
			Field:  "format",
			Reason: fmt.Sprintf("%s is not served by this catalog", format),
		}
	}
	r.Format, r.Details = format, maps.Clone(r.Details)
	if r.Name == "" {
		r.Name = r.ID
	}
	source, err := opener(r)
	return Template{Registration: r, source: source}, err
}

// Get returns a registered template, or dockerhv.ErrNotFound.
func (c *Catalog) Get(_ context.Context, id string) (Template, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	t, ok := c.templates[id]
	if !ok {
		return Template{}, &dockerhv.Error{
			Op: "get template", ID: id, Class: dockerhv.ErrNotFound, Next: "register it first",
		}
	}
	return t.clone(), nil
}

// List returns all templates, ordered by ID.
func (c *Catalog) List(context.Context) ([]Template, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	templates := make([]Template, 0, len(c.templates))
	for _, id := range slices.Sorted(maps.Keys(c.templates)) {
		templates = append(templates, c.templates[id].clone())
	}
	return templates, nil
}

// Delete forgets a template. Its images stay where they were installed. An
// absent ID is success.
func (c *Catalog) Delete(_ context.Context, id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.templates, id)
	return nil
}

// Install installs a registered template into the store of a host. Progress
// records carry the template's name as their item.
func (c *Catalog) Install(ctx context.Context, id string, into ImageStore, opts InstallOptions) (Image, error) {
	t, err := c.Get(ctx, id)
	if err != nil {
		return Image{}, err
	}
	if report := opts.Progress; report != nil {
		opts.Progress = func(p Progress) {
			p.Item = t.Name
			report(p)
		}
	}
	return t.source.Install(ctx, into, opts)
}

// clone returns a template whose details are the caller's to change.
func (t Template) clone() Template {
	t.Details = maps.Clone(t.Details)
	return t
}

func (t Template) equal(u Template) bool {
	return t.ID == u.ID && t.Name == u.Name && t.Format == u.Format && t.URL == u.URL &&
		t.Checksum == u.Checksum && maps.Equal(t.Details, u.Details)
}
