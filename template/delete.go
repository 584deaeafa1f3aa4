package template

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dockerhv/dockerhv"
)

// InUseError tells who uses a template. It matches dockerhv.ErrConflict; the cloud's
// code for it is 431, see [Code].
type InUseError struct {
	// Hosts are the hosts on which it is installed or being installed, Users what
	// CatalogOptions.InUse returned.
	Hosts []string
	Users []string
}

// Error names the first few.
func (e *InUseError) Error() string {
	var parts []string
	if len(e.Users) > 0 {
		parts = append(parts, "it is used by "+some(e.Users))
	}
	if len(e.Hosts) > 0 {
		parts = append(parts, "it is installed on "+some(e.Hosts))
	}
	return strings.Join(parts, ", and ")
}

// Unwrap returns dockerhv.ErrConflict.
func (e *InUseError) Unwrap() error { return dockerhv.ErrConflict }

// some names the first of many.
func some(names []string) string {
	const shown = 5
	if len(names) <= shown {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
}

// DeleteOptions says how to delete. The zero value refuses what is in use.
type DeleteOptions struct {
	// Forced deletes a template that is in use, too, and gives up its installations
	// that are in progress.
	Forced bool
}

// Delete forgets a template. One that is installed or being installed on a host, or
// that CatalogOptions.InUse says is used, is an *InUseError unless it is forced. Its
// images stay where they are: Uninstall removes them before. An absent ID is
// success.
func (c *Catalog) Delete(ctx context.Context, id string, opts DeleteOptions) error {
	if err := c.delete(ctx, id, opts); err != nil {
		return &dockerhv.Error{Op: "delete template", ID: id, Err: err, Next: unlessUsed(err, "uninstall it first, or force it")}
	}
	return nil
}

// unlessUsed is what to do next if a template is in use.
func unlessUsed(err error, next string) string {
	if _, ok := errors.AsType[*InUseError](err); ok {
		return next
	}
	return ""
}

func (c *Catalog) delete(ctx context.Context, id string, opts DeleteOptions) error {
	var users []string
	if _, ok := c.find(id); ok && !opts.Forced {
		var err error
		if users, err = c.users(ctx, id, ""); err != nil {
			return err
		}
	}
	runs, err := c.forget(ctx, id, users, opts)
	for _, r := range runs {
		if err := r.pass(ctx); err != nil {
			return err
		}
	}
	return err
}

// forget removes a template from the store and from memory, and returns its
// installations that are in progress, which it has given up.
func (c *Catalog) forget(ctx context.Context, id string, users []string, opts DeleteOptions) ([]*run, error) {
	if err := c.begin(ctx); err != nil {
		return nil, err
	}
	defer c.end()
	e, ok := c.find(id)
	if !ok {
		return nil, nil
	}
	if hosts := c.installedOn(e); !opts.Forced && len(hosts)+len(users) > 0 {
		return nil, &InUseError{Hosts: hosts, Users: users}
	}
	removed := []string{templateKey(id)}
	installations := c.installationsOf(e)
	for _, i := range installations {
		removed = append(removed, installationKey(id, i.Host))
	}
	if err := c.save(ctx, nil, removed...); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.templates, id)
	c.changed(key{id: id})
	for _, i := range installations {
		c.changed(key{id, i.Host})
	}
	runs := slices.Collect(maps.Values(e.runs))
	for _, r := range runs {
		r.cancel(errDeleted)
	}
	return runs, nil
}

// users asks the cloud who uses a template.
func (c *Catalog) users(ctx context.Context, id, host string) ([]string, error) {
	if c.opts.InUse == nil {
		return nil, nil
	}
	users, err := c.opts.InUse(ctx, id, host)
	if err != nil {
		return nil, fmt.Errorf("who uses it is not known: %w", err)
	}
	return users, nil
}
