package driver

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Canary says how a host is probed by a tiny instance that is created, started, used
// and destroyed. It costs a fraction of a second of a CPU each time, and so the zero
// value asks for none.
type Canary struct {
	// Image is the image's ID on the host, as in a Spec; empty means no canary.
	Image string
	// Command runs until it is killed, and Exec is executed meanwhile and ends with code
	// 0. Nil means "sleep 60" and "true"; an Exec that is not nil and empty executes none.
	Command, Exec []string
	// Every is how long a success counts; 0 means 5 minutes. After a failure it is tried
	// each time.
	Every time.Duration
	// Timeout bounds it; 0 means 30 seconds.
	Timeout time.Duration
}

// canaryCleanup bounds destroying a canary, after its own time, too.
const canaryCleanup = 10 * time.Second

// Probe makes a probe of a canary: a host that can't run it is not healthy. Its
// instances belong to the driver's owner, and others of that owner that are older than
// 5 minutes are taken for canaries that were left behind, and destroyed: it must be an
// owner of canaries alone.
func (c Canary) Probe(d Driver) Probe {
	if c.Command == nil {
		c.Command = []string{"sleep", "60"}
	}
	if c.Exec == nil {
		c.Exec = []string{"true"}
	}
	return Probe{
		Name: "canary", Last: true, Every: cmp.Or(c.Every, 5*time.Minute), Timeout: cmp.Or(c.Timeout, 30*time.Second),
		Run: func(ctx context.Context, _ *Health) error { return c.run(ctx, d) },
	}
}

func (c Canary) run(ctx context.Context, d Driver) (err error) {
	if _, err := Sweep(ctx, d, SweepOptions{}); err != nil {
		return err
	}
	spec := Spec{ID: "canary-" + strings.ToLower(rand.Text()), Image: c.Image, Command: c.Command, StopGrace: time.Second}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), canaryCleanup)
		defer cancel()
		err = errors.Join(err, d.Destroy(ctx, spec.ID, DestroyOptions{Force: true}))
	}()
	if _, err := d.Create(ctx, spec); err != nil {
		return err
	}
	if err := d.Start(ctx, spec.ID); err != nil {
		return err
	}
	if _, ok := As[Execer](d); !ok || len(c.Exec) == 0 {
		return nil
	}
	code, err := Exec(ctx, d, spec.ID, Command{Args: c.Exec})
	if err == nil && code != 0 {
		return fmt.Errorf("exec in the canary %s: exit code %d", spec.ID, code)
	}
	return err
}
