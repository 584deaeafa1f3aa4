package memory_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"sync/atomic"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/memory"
)

func createBugs() map[string]bug {
	return map[string]bug{
		"Create is not idempotent": planted("Create/again with the same spec returns the instance that is there", func(m *mutant) {
			m.create = func(ctx context.Context, s driver.Spec) (driver.Instance, error) {
				if _, err := m.Driver.Inspect(ctx, s.ID); err == nil {
					return driver.Instance{}, &dockerhv.Error{Op: "create instance", ID: s.ID, Class: dockerhv.ErrExists}
				}
				return m.Driver.Create(ctx, s)
			}
		}),
		"Create replaces what has another spec": planted("Create/again with another spec is ErrExists and touches nothing", func(m *mutant) {
			m.create = func(ctx context.Context, s driver.Spec) (driver.Instance, error) {
				i, err := m.Driver.Create(ctx, s)
				if errors.Is(err, dockerhv.ErrExists) {
					_ = m.Driver.Destroy(ctx, s.ID, driver.DestroyOptions{Force: true})
					return m.Driver.Create(ctx, s)
				}
				return i, err
			}
		}),
		"Create adopts what has another spec": planted("Create/again with another spec is ErrExists and touches nothing", func(m *mutant) {
			m.create = func(ctx context.Context, s driver.Spec) (driver.Instance, error) {
				i, err := m.Driver.Create(ctx, s)
				if errors.Is(err, dockerhv.ErrExists) {
					return m.Driver.Inspect(ctx, s.ID)
				}
				return i, err
			}
		}),
		"Create starts": planted("Create/makes an instance that exists, at rest", func(m *mutant) {
			m.create = func(ctx context.Context, s driver.Spec) (driver.Instance, error) {
				i, err := m.Driver.Create(ctx, s)
				return i, errors.Join(err, m.Driver.Start(ctx, s.ID))
			}
		}),
		"Create cuts the CPUs that are too many": planted("Create/refuses what is invalid and creates nothing", func(m *mutant) {
			m.create = func(ctx context.Context, s driver.Spec) (driver.Instance, error) {
				s.Resources.CPUs = min(s.Resources.CPUs, 4)
				return m.Driver.Create(ctx, s)
			}
		}),
		"Create drops the environment": planted("Create/tells the command its environment", func(m *mutant) {
			m.create = func(ctx context.Context, s driver.Spec) (driver.Instance, error) {
				s.Env = nil
				return m.Driver.Create(ctx, s)
			}
		}),
		"Create drops the files": planted("Files/are there when the command first runs", func(m *mutant) {
			m.create = func(ctx context.Context, s driver.Spec) (driver.Instance, error) {
				s.Files = nil
				return m.Driver.Create(ctx, s)
			}
		}),
		"files have the mode of all": planted("Files/are there at rest, with modes and owners", func(m *mutant) {
			m.create = func(ctx context.Context, s driver.Spec) (driver.Instance, error) {
				s.Files = slices.Clone(s.Files)
				for i := range s.Files {
					s.Files[i].Mode = 0o644
				}
				return m.Driver.Create(ctx, s)
			}
		}),
		"Create puts the files again after the start": planted("Files/stay as the command left them", func(m *mutant) {
			m.create = func(ctx context.Context, s driver.Spec) (driver.Instance, error) {
				i, err := m.Driver.Create(ctx, s)
				if err == nil && len(s.Files) > 0 {
					err = m.Driver.CopyIn(ctx, s.ID, "/tmp", oneFile("secret", s.Files[0].Content))
				}
				return i, err
			}
		}),
		"a label holds a file": planted("Files/are not told of", func(m *mutant) {
			m.create = func(ctx context.Context, s driver.Spec) (driver.Instance, error) {
				s.Labels = map[string]string{}
				for _, f := range s.Files {
					s.Labels[f.Path] = string(f.Content)
				}
				return m.Driver.Create(ctx, s)
			}
		}),
		"Create fails when another was quicker": planted("Create/of one ID by many at once makes one instance", func(m *mutant) {
			var callers atomic.Int64
			m.create = func(ctx context.Context, s driver.Spec) (driver.Instance, error) {
				if i, err := m.Driver.Inspect(ctx, s.ID); err == nil && i.SpecHash == s.Hash() {
					return i, nil
				}
				// All look before the first creates, and the others look again after it.
				time.Sleep(time.Duration(callers.Add(1)) * time.Millisecond)
				if _, err := m.Driver.Inspect(ctx, s.ID); err == nil {
					return driver.Instance{}, &dockerhv.Error{Op: "create instance", ID: s.ID, Class: dockerhv.ErrExists}
				}
				return m.Driver.Create(ctx, s)
			}
		}),
		"the result shares the spec's labels": planted("Sharing/a spec is the caller's to change", func(m *mutant) {
			m.create = func(ctx context.Context, s driver.Spec) (driver.Instance, error) {
				i, err := m.Driver.Create(ctx, s)
				i.Labels = s.Labels
				return i, err
			}
		}),
	}
}

// oneFile is an archive of a file.
func oneFile(name string, content []byte) io.Reader {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	_ = w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(content))})
	_, _ = w.Write(content)
	_ = w.Close()
	return &archive
}

func stopBugs() map[string]bug {
	return map[string]bug{
		"Start of what runs fails": planted("Start/of what runs is success and changes nothing", func(m *mutant) {
			m.start = func(ctx context.Context, id string) error {
				if i, err := m.Driver.Inspect(ctx, id); err == nil && i.State.Active() {
					return &dockerhv.Error{Op: "start instance", ID: id, Class: dockerhv.ErrConflict}
				}
				return m.Driver.Start(ctx, id)
			}
		}),
		"Stop of what is absent fails": planted("Stop/of an absent instance is success", func(m *mutant) {
			m.stop = func(ctx context.Context, id string, opts driver.StopOptions) error {
				if _, err := m.Driver.Inspect(ctx, id); err != nil {
					return err
				}
				return m.Driver.Stop(ctx, id, opts)
			}
		}),
		"a grace is cut to whole seconds": planted("Stop/gives the call's grace, rounded up to seconds", func(m *mutant) {
			m.stop = func(ctx context.Context, id string, opts driver.StopOptions) error {
				if opts.Grace > 0 && opts.Grace < time.Second {
					opts.Grace = -1
				}
				return m.Driver.Stop(ctx, id, opts)
			}
		}),
		"a long grace is capped": planted("Stop/gives all of a long grace to a command that needs it", func(m *mutant) {
			m.stop = func(ctx context.Context, id string, opts driver.StopOptions) error {
				opts.Grace = min(opts.Grace, time.Second)
				if opts.Grace == 0 {
					opts.Grace = time.Second
				}
				return m.Driver.Stop(ctx, id, opts)
			}
		}),
		"Stop ignores the spec's signal": planted("Stop/sends the spec's signal", func(m *mutant) {
			m.stop = func(ctx context.Context, id string, opts driver.StopOptions) error {
				_ = m.Driver.Signal(ctx, id, "SIGTERM")
				return m.Driver.Stop(ctx, id, opts)
			}
		}),
		"Stop does not wait": planted("Stop/returns when the command has ended, and tells how", func(m *mutant) {
			m.stop = func(ctx context.Context, id string, opts driver.StopOptions) error {
				go func() { _ = m.Driver.Stop(context.WithoutCancel(ctx), id, opts) }()
				return nil
			}
		}),
		"Stop ignores its context": planted("Stop/that is given up returns soon", func(m *mutant) {
			m.stop = func(ctx context.Context, id string, opts driver.StopOptions) error {
				return m.Driver.Stop(context.WithoutCancel(ctx), id, driver.StopOptions{Grace: min(opts.Grace+30*time.Second, 30*time.Second)})
			}
		}),
		"Restart only starts": planted("Restart/runs the command anew and keeps the instance", func(m *mutant) {
			m.restart = func(ctx context.Context, id string, _ driver.StopOptions) error { return m.Driver.Start(ctx, id) }
		}),
		"Destroy of what runs needs no force": planted("Destroy/without force refuses what runs and changes nothing", func(m *mutant) {
			m.destroy = func(ctx context.Context, id string, _ driver.DestroyOptions) error {
				return m.Driver.Destroy(ctx, id, driver.DestroyOptions{Force: true})
			}
		}),
		"Destroy stops and then refuses": planted("Destroy/without force refuses what runs and changes nothing", func(m *mutant) {
			m.destroy = func(ctx context.Context, id string, opts driver.DestroyOptions) error {
				err := m.Driver.Destroy(ctx, id, opts)
				if err != nil {
					_ = m.Driver.Stop(ctx, id, driver.StopOptions{Grace: -1})
				}
				return err
			}
		}),
		"Destroy of what is absent fails": planted("Destroy/of an absent instance is success", func(m *mutant) {
			m.destroy = func(ctx context.Context, id string, opts driver.DestroyOptions) error {
				if _, err := m.Driver.Inspect(ctx, id); err != nil {
					return err
				}
				return m.Driver.Destroy(ctx, id, opts)
			}
		}),
		"one lock for all instances": {"Concurrency/a slow call delays no other instance", func(_ *memory.Host, d *memory.Driver, _ string) driver.Driver {
			m, one := &mutant{Driver: d}, make(chan struct{}, 1)
			m.stop = func(ctx context.Context, id string, opts driver.StopOptions) error {
				one <- struct{}{}
				defer func() { <-one }()
				return m.Driver.Stop(ctx, id, opts)
			}
			m.start = func(ctx context.Context, id string) error {
				one <- struct{}{}
				defer func() { <-one }()
				return m.Driver.Start(ctx, id)
			}
			return m
		}},
	}
}
