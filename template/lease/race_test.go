package lease_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/memory"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/lease"
)

// gate lets somebody's calls pass one at a time.
type gate struct{ pass, passed, over chan struct{} }

func newGate() *gate {
	return &gate{make(chan struct{}), make(chan struct{}), make(chan struct{})}
}

// advance lets one call pass, if there are any more, and returns when it is done.
func (g *gate) advance() {
	select {
	case g.pass <- struct{}{}:
		<-g.passed
	case <-g.over:
	}
}

// finish lets all calls pass.
func (g *gate) finish() {
	for {
		select {
		case <-g.over:
			return
		default:
			g.advance()
		}
	}
}

// race runs a sweep and a provisioning, with the sweep's calls each before that of the
// other's calls which the numbers say. It returns how many calls these were.
func race(t *testing.T, sweepersOwner string, at []int) (provisioners int) {
	host := memory.New(memory.Options{})
	sweeper, provisioner := host.Open("sweeper"), host.Open("provisioner")
	c := newClock()
	_, held := installed(t, c.keeper(t, sweeper.Images(), lease.Options{Owner: sweepersOwner}), app)
	release(t, held)
	old := c.keeper(t, sweeper.Images(), lease.Options{Owner: sweepersOwner})
	wantSwept(t, old)
	c.turn(lease.DefaultDelay)

	g, n, calls := newGate(), 0, 0
	host.Fail(func(_ context.Context, call memory.Call) error {
		switch {
		case call.Owner == "sweeper" && call.Phase == memory.Before:
			<-g.pass
		case call.Owner == "sweeper":
			g.passed <- struct{}{}
		case call.Phase == memory.Before:
			for ; n < len(at) && at[n] == calls; n++ {
				g.advance()
			}
			calls++
		}
		return nil
	})
	go func() {
		defer close(g.over)
		if _, err := old.Sweep(context.WithoutCancel(t.Context()), lease.SweepOptions{}); err != nil {
			t.Error(err)
		}
	}()
	k := c.keeper(t, provisioner.Images(), lease.Options{Owner: "me"})
	image, held := installed(t, k, app)
	_, err := provisioner.Create(t.Context(), driver.Spec{ID: "i1", Image: image.ID})
	if err != nil {
		t.Errorf("the image went away before its instance was there: %v", err)
	}
	release(t, held)
	g.finish()
	host.Fail(nil)

	if _, err := provisioner.Images().Image(t.Context(), image.ID); err != nil {
		t.Errorf("the instance's image: %v", err)
	}
	if err := provisioner.Destroy(t.Context(), "i1", driver.DestroyOptions{}); err != nil {
		t.Error(err)
	}
	for range 3 {
		for _, one := range []*lease.Keeper{k, old} {
			if _, err := one.Sweep(t.Context(), lease.SweepOptions{}); err != nil {
				t.Error(err)
			}
		}
		c.turn(lease.DefaultTTL + time.Second)
	}
	if left := names(t, provisioner.Images()); len(left) > 0 {
		t.Errorf("%q are left", left)
	}
	return calls
}

// 73: however the calls of a sweep and of a provisioning fall between one another, be they of
// one owner or of two, the instance gets its image, and nothing is left of it after.
func TestSweepAgainstProvisioning(t *testing.T) {
	const steps = 3 // of a sweep: it looks, and removes two names
	for _, owner := range []string{"me", "another"} {
		runs := 0
		longest := race(t, owner, nil)
		for i := 0; i <= longest; i++ {
			for j := i; j <= longest; j++ {
				for k := j; k <= longest; k++ {
					at := []int{i, j, k}
					if !t.Run(fmt.Sprint(owner, at), func(t *testing.T) { longest = max(longest, race(t, owner, at)) }) {
						t.FailNow()
					}
					runs++
				}
			}
		}
		if runs < 100 || longest < 8 {
			t.Errorf("%d orders of %d and %d calls were run, which are not all", runs, steps, longest)
		}
	}
}

var _ template.TemplateSource = app
