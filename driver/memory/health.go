package memory

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

// What an engine takes where a health check says nothing.
const (
	defaultInterval = 30 * time.Second
	defaultTimeout  = 30 * time.Second
	defaultRetries  = 3
)

// beginChecks checks an instance's health until the context, which is its run's, ends.
// The caller has the lock.
func (h *Host) beginChecks(ctx context.Context, i *instance) {
	check := i.spec.Health
	if check == nil || check.Disabled || len(check.Command) == 0 {
		return
	}
	i.health = driver.CheckResult{Status: driver.CheckStarting}
	of := i.run
	go func() {
		tick := time.NewTicker(cmp.Or(check.Interval, defaultInterval))
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
			if h.await(ctx, func() bool { return i.run == of && i.state == driver.Running }) != nil {
				return
			}
			output, passed := h.check(ctx, i, *check)
			h.mu.Lock()
			if i.run == of && i.state == driver.Running {
				h.checked(i, *check, output, passed)
			}
			h.mu.Unlock()
		}
	}()
}

// check runs an instance's check once.
func (h *Host) check(ctx context.Context, i *instance, check driver.HealthCheck) (output string, passed bool) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(check.Timeout, defaultTimeout))
	defer cancel()
	program, err := h.program(check.Command)
	if err != nil {
		return plain(err), false
	}
	var out bytes.Buffer
	h.mu.Lock()
	p := h.newProcess(i, check.Command, cancel)
	h.mu.Unlock()
	p.connect(ctx, driver.Command{Stdout: io.Writer(&out), Stderr: io.Writer(&out)})
	code := p.execute(ctx, program)
	return out.String(), code == 0 && ctx.Err() == nil
}

// checked takes a result into account. The caller has the lock.
func (h *Host) checked(i *instance, check driver.HealthCheck, output string, passed bool) {
	now := h.now()
	r := driver.CheckResult{Status: i.health.Status, Output: output[:min(len(output), driver.CheckOutput)], Time: now}
	switch {
	case passed:
		r.Status = driver.CheckHealthy
	case r.Status == driver.CheckStarting && now.Sub(i.started) < check.StartPeriod:
	default:
		r.Failures = i.health.Failures + 1
		if r.Failures >= cmp.Or(check.Retries, defaultRetries) {
			r.Status = driver.CheckUnhealthy
		}
	}
	changed := r.Status != i.health.Status
	i.health = r
	if changed {
		h.tell(i, driver.EventHealth, 0)
	}
}

// SetHealth gives an instance that runs a result of a health check, as if the host had
// found it. It does nothing to another.
func (h *Host) SetHealth(owner, id string, r driver.CheckResult) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if i, ok := h.instances[key{owner, id}]; ok && i.state == driver.Running {
		i.health = r
		h.tell(i, driver.EventHealth, 0)
	}
}

// AwaitHealthy waits until an instance is healthy. A host that goes away meanwhile is
// waited for.
func (d *Driver) AwaitHealthy(ctx context.Context, id string) error {
	return d.call(ctx, "await health of instance", id, func() error {
		var awaited *run
		var result error
		if d.host.await(ctx, func() bool {
			i, err := d.find(id)
			over := err != nil
			switch {
			case d.host.away:
				return false
			case awaited != nil && awaited.exit != nil:
				over, err = true, &driver.ExitError{Exit: *awaited.exit} // also if it runs again
			case err == nil:
				awaited = i.run
				over, err = driver.Ready(i.report())
			}
			result = err
			return over
		}) != nil {
			return ended(ctx)
		}
		return result
	})
}
