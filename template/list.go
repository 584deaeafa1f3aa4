package template

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/dockerhv/dockerhv"
)

// defaultPageSize is the cloud's default.page.size.
const defaultPageSize = 500

// Filter says which templates to list. The zero value lists all; each field that is
// set leaves out what does not match it.
type Filter struct {
	// IDs and Name are matched exactly; Keyword is a part of the name or display
	// text, in any case.
	IDs     []string
	Name    string
	Keyword string
	// Format, Arch and Hypervisor are matched in any case. A template without Arch
	// is for every one.
	Format     Format
	Arch       string
	Hypervisor string
	// Owner is whose template it is. Public and Featured, if not nil, are what it is.
	Owner    string
	Public   *bool
	Featured *bool
	// Tags are template tags, of which it has one.
	Tags []string
	// Zone is a zone in which it is to be had.
	Zone string
	// ReadyOn is a host on which it is Downloaded.
	ReadyOn string

	// Page counts from 1, of PageSize templates each. 0 for both lists all; 0 for
	// Page is the first, and 0 for PageSize 500, as in the cloud.
	Page     int
	PageSize int
}

// Listing is a list of templates, under the cloud's names in JSON.
type Listing struct {
	// Count is how many match, on all pages.
	Count int `json:"count"`
	// Templates are those of the page, ordered by sort key and then by ID.
	Templates []Template `json:"template"`
}

// List returns the templates that pass the filter. An empty list is no error.
func (c *Catalog) List(_ context.Context, f Filter) (Listing, error) {
	if err := f.check(); err != nil {
		return Listing{}, &dockerhv.Error{Op: "list templates", Err: err}
	}
	var matching []Template
	c.mu.RLock()
	for _, e := range c.templates {
		if f.matches(e) {
			matching = append(matching, e.template.clone())
		}
	}
	c.mu.RUnlock()
	slices.SortFunc(matching, func(a, b Template) int {
		return cmp.Or(cmp.Compare(a.SortKey, b.SortKey), strings.Compare(a.ID, b.ID))
	})
	return Listing{Count: len(matching), Templates: f.page(matching)}, nil
}

func (f Filter) check() error {
	if f.Page < 0 || f.PageSize < 0 {
		return &dockerhv.FieldError{
			Field: "page", Reason: fmt.Sprintf("%d of %d templates each is refused; count from 1", f.Page, f.PageSize),
		}
	}
	if f.Format != "" {
		if _, err := ParseFormat(string(f.Format)); err != nil {
			return err
		}
	}
	if f.Arch != "" {
		r := Registration{Arch: f.Arch}
		return completeArch(&r)
	}
	return nil
}

// matches tells whether a template passes.
func (f Filter) matches(e *entry) bool {
	t := e.template
	keyword := strings.ToLower(f.Keyword)
	return (len(f.IDs) == 0 || slices.Contains(f.IDs, t.ID)) &&
		(f.Name == "" || f.Name == t.Name) &&
		(strings.Contains(strings.ToLower(t.Name), keyword) || strings.Contains(strings.ToLower(t.DisplayText), keyword)) &&
		(f.Format == "" || strings.EqualFold(strings.TrimSpace(string(f.Format)), string(t.Format))) &&
		f.matchesArch(t) &&
		(f.Hypervisor == "" || strings.EqualFold(f.Hypervisor, t.Hypervisor)) &&
		(f.Owner == "" || f.Owner == t.Owner) &&
		(f.Public == nil || *f.Public == t.Public) &&
		(f.Featured == nil || *f.Featured == t.Featured) &&
		(len(f.Tags) == 0 || slices.Contains(f.Tags, t.Tag)) &&
		t.inZone(f.Zone) &&
		(f.ReadyOn == "" || e.hosts[f.ReadyOn].Ready())
}

func (f Filter) matchesArch(t Template) bool {
	asked, _ := findArch(f.Arch)
	return f.Arch == "" || t.Arch == "" || t.Arch == asked.cloud
}

// inZone tells whether a template is to be had in a zone; "" is any.
func (r Registration) inZone(zone string) bool {
	return zone == "" || len(r.Zones) == 0 || slices.Contains(r.Zones, zone)
}

// page is the part of a list that was asked for.
func (f Filter) page(all []Template) []Template {
	if f.Page == 0 && f.PageSize == 0 {
		return all
	}
	size := cmp.Or(f.PageSize, defaultPageSize)
	pages := slices.Collect(slices.Chunk(all, size))
	if n := cmp.Or(f.Page, 1); n <= len(pages) {
		return pages[n-1]
	}
	return nil
}
