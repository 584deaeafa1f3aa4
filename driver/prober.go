package driver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/dockerhv/dockerhv"
)

// HealthOptions says how a host's health is found. The zero value works.
type HealthOptions struct {
	// Timeout bounds each probe that has no bound of its own; 0 means 5 seconds.
	Timeout time.Duration
	// Recover is how many times in a row all must be well until a host that was not is
	// healthy again; 0 means 2. A host gets worse at once.
	Recover int
}

// Probe is one way to find out whether a host works.
type Probe struct {
	// Name is what reasons call it: one word.
	Name string
	// Vital is true if a host that fails it does not answer at all.
	Vital bool
	// Timeout bounds it; 0 means HealthOptions.Timeout.
	Timeout time.Duration
	// Every is how long its success counts before it is run again; 0 means that it is
	// run each time.
	Every time.Duration
	// Last is true if it is run only when all that are not Last have succeeded.
	Last bool
	// Run does it. It ends when the context does. It may add to the health what does
	// not change the status; no other probe uses the same field.
	Run func(ctx context.Context, h *Health) error
}

// Prober finds a host's health by probes, and remembers what it found before. It costs
// nothing while nobody asks. Make it with NewProber.
type Prober struct {
	opts   HealthOptions
	probes []Probe

	mu        sync.Mutex
	now       Health
	good      int         // how many times in a row all was well
	succeeded []time.Time // when each probe last did
}

// NewProber returns a prober of the probes, whose order is that in which they are
// blamed where several fail.
func NewProber(opts HealthOptions, probes ...Probe) *Prober {
	opts.Timeout = cmp.Or(opts.Timeout, 5*time.Second)
	opts.Recover = cmp.Or(opts.Recover, 2)
	return &Prober{opts: opts, probes: probes, succeeded: make([]time.Time, len(probes))}
}

// Health probes the host, as HealthReader says.
func (p *Prober) Health(ctx context.Context) (Health, error) {
	found := Health{Checked: time.Now().UTC()}
	errs := make([]error, len(p.probes))
	for _, last := range []bool{false, true} {
		if errors.Join(errs...) == nil {
			p.run(ctx, last, &found, errs)
		}
	}
	if ctx.Err() != nil {
		return Health{}, &dockerhv.Error{Op: opHealth, Class: ctx.Err(), Err: context.Cause(ctx)}
	}
	for _, err := range errs {
		if errors.Is(err, dockerhv.ErrClosed) {
			return Health{}, err
		}
	}
	return p.judge(found, errs), nil
}

// run runs the probes of one kind that are due, at once.
func (p *Prober) run(ctx context.Context, last bool, found *Health, errs []error) {
	var group sync.WaitGroup
	for i, probe := range p.probes {
		if probe.Last != last || !p.due(i) {
			continue
		}
		group.Go(func() { errs[i] = p.probe(ctx, i, found) })
	}
	group.Wait()
}

func (p *Prober) due(i int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Since(p.succeeded[i]) >= p.probes[i].Every
}

func (p *Prober) probe(ctx context.Context, i int, found *Health) error {
	probe := p.probes[i]
	timeout := cmp.Or(probe.Timeout, p.opts.Timeout)
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("no answer within %v: %w", timeout, context.DeadlineExceeded))
	defer cancel()
	if err := probe.Run(ctx, found); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.succeeded[i] = time.Now()
	return nil
}

// judge makes a health of what the probes found, and of what was before.
func (p *Prober) judge(found Health, errs []error) Health {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.now
	found.Status, found.Reason = Healthy, ""
	for i, err := range errs {
		if err == nil {
			continue
		}
		status := Degraded
		if p.probes[i].Vital {
			status = Unhealthy
		}
		if found.Status == Healthy || status == Unhealthy && found.Status != Unhealthy {
			found.Status, found.Reason, found.Detail = status, reasonOf(p.probes[i].Name, err), err.Error()
		}
	}
	if found.Status == Healthy {
		p.good++
	} else {
		p.good = 0
	}
	known := before.Status != "" && before.Status != Undetected
	switch {
	case found.Status == Unhealthy && !known:
		found.Status = Undetected
	case found.Status == Healthy && before.Status != "" && before.Status != Healthy && p.good < p.opts.Recover:
		found.Status, found.Reason, found.Detail = Degraded, ReasonRecovering, "all works again"
	}
	found.Since = found.Checked
	if found.Status == before.Status {
		found.Since = before.Since
	}
	p.now = found
	return found
}
