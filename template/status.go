package template

import (
	"context"
	"slices"
	"strings"
)

// Installation tells how far a template is on a host: NotDownloaded where it was
// never installed. A template that is not registered is dockerhv.ErrNotFound.
func (c *Catalog) Installation(_ context.Context, id, host string) (Installation, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e, ok := c.templates[id]
	if !ok {
		return Installation{}, absent("get installation", id)
	}
	return e.on(host), nil
}

// Installations tells how far a template is on each host on which it was ever
// installed, ordered by host. One that is not registered is dockerhv.ErrNotFound.
func (c *Catalog) Installations(_ context.Context, id string) ([]Installation, error) {
	e, ok := c.find(id)
	if !ok {
		return nil, absent("list installations", id)
	}
	return c.installationsOf(e), nil
}

func (c *Catalog) installationsOf(e *entry) []Installation {
	c.mu.RLock()
	defer c.mu.RUnlock()
	all := make([]Installation, 0, len(e.hosts))
	for host := range e.hosts {
		all = append(all, e.on(host))
	}
	slices.SortFunc(all, func(a, b Installation) int { return strings.Compare(a.Host, b.Host) })
	return all
}

// on returns the installation on a host. The caller holds c.mu.
func (e *entry) on(host string) Installation {
	i, ok := e.hosts[host]
	if !ok {
		return Installation{Template: e.template.ID, Host: host, State: NotDownloaded}
	}
	i.Brought = slices.Clone(i.Brought)
	return i
}

// installedOn lists the hosts on which a template is, or is being installed, sorted.
func (c *Catalog) installedOn(e *entry) (hosts []string) {
	for _, i := range c.installationsOf(e) {
		if i.State == InProgress || i.State == Downloaded {
			hosts = append(hosts, i.Host)
		}
	}
	return hosts
}
