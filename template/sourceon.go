package template

import "context"

// SourceOn returns a registered template, on a host, as a TemplateSource whose Install is
// the catalog's: for what takes sources, such as package template/lease. One that is not
// registered is refused when it is installed.
func (c *Catalog) SourceOn(id, host string) TemplateSource { return sourceOn{c, id, host} }

type sourceOn struct {
	catalog  *Catalog
	id, host string
}

func (s sourceOn) Install(ctx context.Context, into ImageStore, opts InstallOptions) (Image, error) {
	return s.catalog.Install(ctx, s.id, s.host, into, opts)
}
