package dockerfile

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// cleanupTimeout bounds taking back an image after its install failed.
const cleanupTimeout = 30 * time.Second

const (
	// ownReference begins the name that an image gets where the source gives none. A
	// name of the host "localhost" is never looked up in a registry.
	ownReference = "localhost/dockerhv:dockerfile-"
	// digestDigits is how much of a digest such a name holds.
	digestDigits = 32
	// momentaryReference begins a name that an image has for a moment.
	momentaryReference = "localhost/dockerhv:building-"
)

// keep gives the built image its reference, without which the host would take it
// for rubbish. BuildKit's word is not enough: the store must have it.
func (s Source) keep(ctx context.Context, into store, name string, opts template.InstallOptions) (template.Image, error) {
	built, err := into.Image(ctx, name)
	if err != nil {
		return template.Image{}, errors.Join(err, discard(ctx, into, name))
	}
	if !built.Platform.Matches(opts.Platform) {
		err := s.fail(dockerhv.ErrInvalid, fmt.Errorf("the image is for %v, and %v was asked for", built.Platform, opts.Platform),
			"correct the platform that the Dockerfile names")
		return template.Image{}, errors.Join(err, discard(ctx, into, built.ID))
	}
	ref := s.Tag
	if ref == "" {
		_, hex, _ := strings.Cut(built.ID, ":")
		ref = ownReference + hex[:digestDigits]
	}
	old, err := into.Image(ctx, ref)
	cached := err == nil && old.ID == built.ID
	if err == nil || errors.Is(err, dockerhv.ErrNotFound) {
		err = nil
		if !cached {
			err = into.Tag(ctx, built.ID, ref)
		}
	}
	if err != nil {
		return template.Image{}, errors.Join(err, discard(ctx, into, built.ID))
	}
	built.Reference, built.Format, built.Cached = ref, template.Dockerfile, cached
	return built, nil
}

// discard takes back an image that has no reference of ours, also when the caller has
// given up. The same image may have been there before, under others' names: by its ID,
// the engine would remove a name that is its only one. So it gets a name, which is
// then the one to go, and the image with it if it is the last.
func discard(ctx context.Context, from store, id string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	ref := momentaryReference + random()
	err := from.Tag(ctx, id, ref)
	if err != nil {
		if errors.Is(err, dockerhv.ErrNotFound) {
			return nil
		}
		return err
	}
	return from.Remove(ctx, ref)
}

func random() string { return strings.ToLower(rand.Text()) }

// loaded is an image of a BuildKit that stands alone, which comes under a name that
// it has for a moment.
type loaded struct {
	into      store
	reference string
}

func newLoaded(into store) *loaded { return &loaded{into, momentaryReference + random()} }

func (l *loaded) load(ctx context.Context, archive io.Reader) error {
	return l.into.loader.Load(ctx, archive)
}

// forget takes the name back, and with it an image that got no other one.
func (l *loaded) forget(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	return l.into.Remove(ctx, l.reference)
}
