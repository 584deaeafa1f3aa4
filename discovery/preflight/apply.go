package preflight

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dockerhv/dockerhv"
)

// Apply does what a plan says, restarts the engine, waits until it answers and checks the
// host again. It returns that report, which may have findings that no set-up mends.
//
// A file that it changes has a backup beside it, named with the time. When a step fails,
// the engine does not answer, or a check fails that did not before, all files are put back
// as they were, the engine is restarted with them, and the error says what went wrong; it
// matches dockerhv.ErrFailed. What an install brought stays. A file that is not as the
// plan knew it is dockerhv.ErrConflict, and so is a restart that would stop instances
// without consent: then nothing is changed.
//
// After an install the files are planned anew, for the engine's package brings some.
func (s Setup) Apply(ctx context.Context, p Plan) (Report, error) {
	s = s.complete()
	if p.Install != nil {
		var err error
		if p, err = s.install(ctx, p); err != nil {
			return Report{}, err
		}
	}
	before := s.Checks.Gather(ctx, s.Endpoint)
	if err := s.consent(p, before); err != nil {
		return Report{}, err
	}
	w := &work{setup: s, restarts: before.Host != nil}
	report, err := w.do(ctx, p, Judge(before, s.Checks))
	if err == nil {
		return report, nil
	}
	next := "all files are as they were; look at the engine's log, such as with journalctl -u docker"
	if undone := w.undo(ctx); undone != nil {
		err = errors.Join(err, fmt.Errorf("and to put it back: %w", undone))
		next = "put the files back by hand from their backups, and start the engine"
	}
	return report, s.refuse(dockerhv.ErrFailed, next, err)
}

// install installs the engine and plans the rest.
func (s Setup) install(ctx context.Context, p Plan) (Plan, error) {
	for _, command := range p.Install {
		if err := s.command(ctx, command); err != nil {
			return Plan{}, s.refuse(dockerhv.ErrFailed, "install Docker Engine by hand, and set it up again", err)
		}
	}
	_ = s.await(ctx) // its package may start it, or not
	p, err := s.Plan(ctx)
	if err == nil && p.Install != nil {
		err = s.refuse(dockerhv.ErrFailed, "install Docker Engine by hand, and set it up again", errors.New("there is still no engine"))
	}
	return p, err
}

// consent refuses what the plan did not say.
func (s Setup) consent(p Plan, now Facts) error {
	for _, c := range p.Changes {
		data, err := readFile(c.Path)
		if err != nil {
			return err
		}
		if (data == nil) != (c.Before == nil) || !bytes.Equal(data, c.Before) {
			return s.refuse(dockerhv.ErrConflict, "plan again", fmt.Errorf("%s has changed since it was planned", c.Path))
		}
	}
	if p.Restart != nil && s.interrupts(now) && !s.StopInstances {
		return s.refuse(dockerhv.ErrConflict, "move or stop them first, or consent with StopInstances",
			fmt.Errorf("%d instances would stop with the engine, which has no live-restore yet", now.Host.Running+now.Host.Paused))
	}
	return nil
}

// work is a plan that is being done, and how to undo what was.
type work struct {
	setup    Setup
	restarts bool // the engine ran before, and must again
	touched  bool // the engine was restarted
	undos    []func() error
}

func (w *work) do(ctx context.Context, p Plan, before Report) (Report, error) {
	for _, c := range p.Changes {
		if err := ctx.Err(); err != nil {
			return Report{}, err
		}
		w.setup.Told("write " + c.Path)
		if err := w.write(c); err != nil {
			return Report{}, err
		}
	}
	if p.Restart != nil {
		w.touched = true
		for _, command := range p.Restart {
			if err := w.setup.command(ctx, command); err != nil {
				return Report{}, err
			}
		}
		w.setup.Told("wait until the engine answers")
		_ = w.setup.await(ctx) // the check says why not
	}
	w.setup.Told("check the host")
	report := w.setup.Checks.Check(ctx, w.setup.Endpoint)
	if err := ctx.Err(); err != nil {
		return report, err
	}
	return report, regression(before, report)
}

// vital are the checks that a set-up must not leave failing, whatever was before.
var vital = map[string]bool{"access": true, "engine": true, "api": true, "health": true}

// regression says which check fails that must not, or did not before.
func regression(before, after Report) error {
	for _, now := range after.Findings {
		was := before.Find(now.Check).Result
		if now.Result == Fail && (vital[now.Check] || was == Pass || was == Warn) {
			return fmt.Errorf("now it fails %s: %s", now.Check, now.Detail)
		}
	}
	return nil
}

// write writes a file, and remembers how to undo that.
func (w *work) write(c Change) error {
	made, err := makeFolders(filepath.Dir(c.Path))
	for _, folder := range made {
		w.undos = append(w.undos, func() error { return os.Remove(folder) })
	}
	if err != nil {
		return err
	}
	if c.Before == nil {
		w.undos = append(w.undos, func() error { return removeFile(c.Path) })
		return replaceFile(c.Path, c.After, c.Mode)
	}
	backup, err := backUp(c.Path, c.Before, time.Now())
	if err != nil {
		return err
	}
	w.undos = append(w.undos, func() error {
		return errors.Join(replaceFile(c.Path, c.Before, c.Mode), os.Remove(backup))
	})
	return replaceFile(c.Path, c.After, c.Mode)
}

// removeFile removes a file, which may never have come to be.
func removeFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// undo puts everything back, the last first, also when the caller has given up.
func (w *work) undo(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*w.setup.Timeout)
	defer cancel()
	var failed []error
	for _, undo := range slices.Backward(w.undos) {
		failed = append(failed, undo())
	}
	if !w.touched || !w.restarts {
		return errors.Join(failed...)
	}
	w.setup.Told("put the files back and restart the engine with them")
	for _, command := range w.setup.restartCommands() {
		failed = append(failed, w.setup.command(ctx, command))
	}
	failed = append(failed, w.setup.await(ctx))
	return errors.Join(failed...)
}

// await waits until the engine answers, and returns why it does not.
func (s Setup) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	for {
		d, _, err := s.Checks.open(ctx, s.Endpoint)
		if err == nil {
			return closeDriver(d)
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// command runs a command of the plan.
func (s Setup) command(ctx context.Context, argv []string) error {
	s.Told("run " + strings.Join(argv, " "))
	if s.run != nil {
		return s.run(ctx, argv)
	}
	return runCommand(ctx, argv)
}

func runCommand(ctx context.Context, argv []string) error {
	command := exec.CommandContext(ctx, argv[0], argv[1:]...) //nolint:gosec // the plan has shown it, and the caller agreed
	command.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	command.WaitDelay = time.Second // what it started may keep its output open
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	err := command.Run()
	if err == nil || errors.Is(err, exec.ErrWaitDelay) {
		return nil
	}
	return fmt.Errorf("%s: %w: %s", strings.Join(argv, " "), err, lastLines(out.String()))
}

// lastLines are as much of a command's output as an error can hold.
func lastLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	const many = 3
	return strings.Join(lines[max(0, len(lines)-many):], "; ")
}
