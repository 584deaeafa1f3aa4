package driver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/dockerhv/dockerhv"
)

// RetryOptions says how often a call is tried, and for how long. The zero value is
// what suits a host in the same data centre.
type RetryOptions struct {
	// Tries is how often a call is made at most; 0 means 5.
	Tries int
	// Base and Cap bound the pause before another try, which is random between zero
	// and Base, 2*Base, 4*Base ... up to Cap: full jitter, so that many who lost a host
	// together don't come back together. 0 means 100 milliseconds and 5 seconds.
	Base, Cap time.Duration
	// Budget bounds the time after which no other try is begun, pauses included; 0
	// means 30 seconds.
	Budget time.Duration
	// TryTimeout bounds each try of a call that has nothing to wait for, which is all
	// but Stop and Restart: a host that accepts a call and never answers is tried again.
	// 0 means no bound but the caller's.
	TryTimeout time.Duration
	// Told is called before each pause; nil tells nobody.
	Told func(ctx context.Context, r Retry)
}

// Retry says that a call failed and is about to be made again.
type Retry struct {
	// Operation and ID are as an AuditRecord has them.
	Operation string
	ID        string
	// Attempt is the number of the try that failed, 1 for the first.
	Attempt int
	// Err is why it failed, Pause how long it rests.
	Err   error
	Pause time.Duration
}

const (
	defaultTries  = 5
	defaultBase   = 100 * time.Millisecond
	defaultCap    = 5 * time.Second
	defaultBudget = 30 * time.Second
)

// Retrying returns a driver that makes the calls of the core again which fail for a
// reason that may pass, as [Retryable] says. That is safe, for they are idempotent.
// The optional interfaces are the inner driver's, and are not tried again.
//
// An error that is returned in the end says how often the call was made. [Attempt]
// tells the inner driver the number of the try.
func Retrying(d Driver, opts RetryOptions) Driver {
	opts.Tries = cmp.Or(opts.Tries, defaultTries)
	opts.Base = cmp.Or(opts.Base, defaultBase)
	opts.Cap = cmp.Or(opts.Cap, defaultCap)
	opts.Budget = cmp.Or(opts.Budget, defaultBudget)
	return &wrapped{Driver: d, around: opts.try}
}

// try makes a call until it succeeds or is worth no other try.
func (o RetryOptions) try(ctx context.Context, c coreCall, call func(context.Context) error) error {
	begun := time.Now()
	for attempt := 1; ; attempt++ {
		err := o.once(withAttempt(ctx, attempt), c, call)
		if !Retryable(err) || ctx.Err() != nil {
			return err
		}
		pause := o.pause(attempt)
		if attempt >= o.Tries || time.Since(begun)+pause > o.Budget {
			return tried(err, attempt)
		}
		if o.Told != nil {
			o.Told(ctx, Retry{Operation: c.op, ID: c.id, Attempt: attempt, Err: err, Pause: pause})
		}
		if !rest(ctx, pause) {
			return &dockerhv.Error{
				Op: c.op, ID: c.id, Class: ctx.Err(), Err: fmt.Errorf("%w before another try: %v", context.Cause(ctx), err), //nolint:errorlint // the last try's class is not this one's
			}
		}
	}
}

// once makes one try. One that has used up its own time, and not the caller's, is of a
// host that does not answer.
func (o RetryOptions) once(ctx context.Context, c coreCall, call func(context.Context) error) error {
	if o.TryTimeout <= 0 || c.waits {
		return call(ctx)
	}
	bounded, cancel := context.WithTimeout(ctx, o.TryTimeout)
	defer cancel()
	err := call(bounded)
	if err == nil || ctx.Err() != nil || bounded.Err() == nil || !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &dockerhv.Error{
		Op: c.op, ID: c.id, Class: dockerhv.ErrUnavailable,
		Err:  fmt.Errorf("the host did not answer within %v", o.TryTimeout),
		Next: "check the host, or allow it more time",
	}
}

// pause is how long to rest after a try.
func (o RetryOptions) pause(attempt int) time.Duration {
	bound := o.Cap
	if doublings := attempt - 1; doublings < 30 && o.Base<<doublings < o.Cap {
		bound = o.Base << doublings
	}
	return rand.N(bound + 1) //nolint:gosec // nobody gains from guessing it
}

// rest waits, and tells whether the context lasted.
func rest(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// tried says how often a call was made before its error was returned.
func tried(err error, times int) error {
	inner, ok := errors.AsType[*dockerhv.Error](err)
	if times < 2 || !ok {
		return err
	}
	said := *inner
	said.Err = fmt.Errorf("%w (tried %d times)", cmp.Or(inner.Err, inner.Class), times)
	return &said
}
