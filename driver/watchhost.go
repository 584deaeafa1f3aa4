package driver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"time"

	"github.com/dockerhv/dockerhv"
)

// hostTimeout bounds each description of a host that is watched, so that whoever waits
// for the first gets it or an error.
const hostTimeout = 2 * time.Second

// WatchHost yields what a host is, at once and then each time it has changed, until the
// context ends, which is its last error. The host is asked each period, of which 0 means
// a minute. What changes all the time is left out of the comparison: its clock, the
// counts of instances and images, and what is free of its disk.
//
// A host that does not describe itself within 2 seconds yields an error, once until it
// does again: at the start that means that it is undetected.
func WatchHost(ctx context.Context, d Driver, period time.Duration) iter.Seq2[Host, error] {
	return func(yield func(Host, error) bool) {
		var last Host
		for known, away := false, false; ; {
			host, err := describe(ctx, d)
			switch {
			case ctx.Err() != nil:
				yield(Host{}, &dockerhv.Error{Op: "describe host", Class: ctx.Err(), Err: context.Cause(ctx)})
				return
			case err != nil:
				if !away && !yield(Host{}, err) || errors.Is(err, dockerhv.ErrClosed) {
					return
				}
			case !known || !reflect.DeepEqual(steady(last), steady(host)):
				last, known = host.Clone(), true
				if !yield(host, nil) {
					return
				}
			}
			away = err != nil
			rest(ctx, cmp.Or(period, time.Minute))
		}
	}
}

func describe(ctx context.Context, d Driver) (Host, error) {
	bounded, cancel := context.WithTimeout(ctx, hostTimeout)
	defer cancel()
	host, err := d.Host(bounded)
	if err != nil && bounded.Err() != nil && ctx.Err() == nil {
		err = &dockerhv.Error{
			Op: "describe host", Class: dockerhv.ErrUnavailable, Next: "check the host",
			Err: fmt.Errorf("it did not describe itself within %v: %v", hostTimeout, err), //nolint:errorlint // the caller's time is not over
		}
	}
	return host, err
}

// steady is a host without what changes all the time.
func steady(h Host) Host {
	h.Time, h.ClockSkew = time.Time{}, 0
	h.Running, h.Paused, h.Stopped, h.Images = 0, 0, 0, 0
	h.Capacity.DiskFree = Figure{}
	return h
}
