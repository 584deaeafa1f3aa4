package template

import "context"

// Traits is what a store's host is like, as far as that decides what is sent to it.
type Traits struct {
	// Platform is the host's own; zero is unknown.
	Platform Platform
	// Zstd is whether the host unpacks layers that are compressed with zstd, as
	// Docker Engine does since version 23.
	Zstd bool
}

// Describer is a store that tells the traits of its host.
type Describer interface {
	Traits(ctx context.Context) (Traits, error)
}

// TraitsOf returns the traits of a store's host. Of a store that tells none it
// returns the zero Traits, with which everything is sent in its plainest form.
func TraitsOf(ctx context.Context, store ImageStore) (Traits, error) {
	describer, err := Role[Describer](store)
	if err != nil {
		return Traits{}, nil //nolint:nilerr // that is what the zero value is for
	}
	return describer.Traits(ctx)
}
