// Package lease keeps the images of templates on a host for as long as somebody needs them,
// and removes them after.
//
//	keeper, err := lease.New(driver.Images(), lease.Options{Owner: "cloud-7"})
//	image, held, err := keeper.Install(ctx, source, template.InstallOptions{})
//	instance, err := driver.Create(ctx, spec)  // of image.ID
//	err = held.Release(ctx)                    // the instance keeps the image from here on
//	err = keeper.Run(ctx)                      // for as long as the program runs
//
// # What is kept
//
// An image is needed by each instance that was made of it, of whomever and in whatever
// state, and by each lease, of whomever. What nobody has needed for [Options].Delay is
// removed, if a Keeper of the same owner brought it, be it before a restart. What others
// brought, or have given a name of their own since, is not.
//
// # How
//
// All state is in the store, as further names of its images: "localhost/dockerhv/brought:"
// says who brought which name of an image, "localhost/dockerhv/lease:" who needs it until
// when. Nothing is removed but by its names, and never by force. So the store itself is the
// judge between one process that removes and another that needs: an image that has a name
// left, or an instance, stays. A process that is killed between an installation and its
// mark leaves an image that nobody removes. An image that loses all other names while it is
// leased, as when somebody else's tag moves on, goes with its last lease, unless an instance
// uses it.
package lease

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/dockerhv/dockerhv"
)

// DefaultTTL is how long a lease lasts that says nothing else.
const DefaultTTL = time.Hour

// releaseTimeout bounds what is done after a caller has given up.
const releaseTimeout = 30 * time.Second

// Lease is what keeps an image.
type Lease struct {
	keeper *Keeper
	ref    string // empty if nothing needs to be held
}

// Hold keeps an image, by its ID, until the lease is released, or until the time to live is
// over; 0 means DefaultTTL, negative that it never is, which pins the image for good. An
// image that is not there is dockerhv.ErrNotFound: install it again.
func (k *Keeper) Hold(ctx context.Context, id string, ttl time.Duration) (*Lease, error) {
	held, err := k.hold(ctx, id, ttl)
	if err != nil {
		return nil, &dockerhv.Error{Op: "hold image", ID: id, Err: err}
	}
	return held, nil
}

func (k *Keeper) hold(ctx context.Context, id string, ttl time.Duration) (*Lease, error) {
	stored, err := k.lister.Stored(ctx)
	if err != nil {
		return nil, err
	}
	for _, i := range stored {
		if i.ID != id {
			continue
		}
		if len(i.References) == 0 {
			return &Lease{}, nil // a Keeper removes names alone, and the lease's would be its only one
		}
		l := &Lease{keeper: k, ref: leaseName(k.owner, k.deadline(ttl), rand.Text())}
		if err := k.tagger.Tag(ctx, id, l.ref); err != nil {
			return nil, err
		}
		return l, nil
	}
	return nil, &dockerhv.Error{Op: "find image", ID: id, Class: dockerhv.ErrNotFound, Next: "install its template again"}
}

// deadline is when a lease ends; zero means never.
func (k *Keeper) deadline(ttl time.Duration) time.Time {
	if ttl < 0 {
		return time.Time{}
	}
	return k.opts.Now().Add(cmp.Or(ttl, DefaultTTL))
}

// Release ends the lease. An instance that was made of the image keeps it. What can't be
// released ends by its time to live. To release again is success.
func (l *Lease) Release(ctx context.Context) error {
	if l.ref == "" {
		return nil
	}
	err := l.keeper.store.Remove(ctx, l.ref)
	if errors.Is(err, dockerhv.ErrConflict) {
		return nil // it is the last name of an image that an instance uses: a sweep removes it later
	}
	if err != nil {
		return &dockerhv.Error{Op: "release image", ID: l.ref, Err: err}
	}
	return nil
}
