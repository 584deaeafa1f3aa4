package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/guru"
)

// own runs an instance of each template that the user brought, until they end or
// the user interrupts.
func own(ctx context.Context, s *session, o options) error {
	registrations := o.registrations()
	heading(s.out, "Installing %d templates", len(registrations))
	images, err := s.install(ctx, registrations)
	if err != nil {
		return err
	}
	for i, image := range images {
		err := s.start(ctx, guru.Profile{
			ID: registrations[i].ID, Image: image,
			Offering: guru.Offering{CPUs: o.cpus, Memory: o.memory},
			Ports:    o.publish, Command: o.command, Env: o.env,
		})
		if err != nil {
			return err
		}
	}
	heading(s.out, "Running; interrupt to stop")
	if err := s.printTable(ctx); err != nil {
		return err
	}
	fmt.Fprintln(s.out)
	err = s.follow(ctx)
	if ctx.Err() != nil && o.keep {
		return nil // the user has seen enough, and wants them to go on
	}
	return errors.Join(err, s.printExits(context.WithoutCancel(ctx), ctx.Err() != nil))
}

// follow prints what the instances print until all have ended.
func (s *session) follow(ctx context.Context) error {
	var mu sync.Mutex
	var group errgroup.Group
	for _, id := range s.instances {
		group.Go(func() error {
			for line, err := range s.driver.Logs(ctx, id, driver.LogOptions{Follow: true}) {
				switch {
				case ctx.Err() != nil:
					return nil
				case err != nil:
					return err
				}
				mu.Lock()
				fmt.Fprintf(s.out, "%s | %s\n", id, printable(line.Text))
				mu.Unlock()
			}
			return nil
		})
	}
	return group.Wait()
}

// printable takes from an instance's line what would move a terminal's cursor or
// change its colours.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}

// printExits prints how each instance ended; those that still run are stopped
// first. An exit code other than 0 is an error, unless the user interrupted.
func (s *session) printExits(ctx context.Context, interrupted bool) error {
	var failed error
	fmt.Fprintln(s.out)
	for _, id := range s.instances {
		if interrupted {
			if err := s.driver.Stop(ctx, id, driver.StopOptions{}); err != nil {
				return err
			}
		}
		exit, err := s.driver.Wait(ctx, id)
		if err != nil {
			return err
		}
		because := ""
		if exit.OOM {
			because = ", out of memory"
		}
		fmt.Fprintf(s.out, "%s exited with code %d%s\n", id, exit.Code, because)
		if exit.Code != 0 && !interrupted && failed == nil {
			failed = fmt.Errorf("instance %s exited with code %d%s", id, exit.Code, because)
		}
	}
	return failed
}
