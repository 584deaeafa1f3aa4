package docker

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

const (
	// killTimeout is how long a call lasts at most after its context has ended.
	killTimeout = 5 * time.Second
	firstLook   = 20 * time.Millisecond
)

// execKill kills what is marked, and what those started, until it finds no more.
// It uses nothing but the shell. It must not kill a stranger, so each process is
// looked at again at the last moment.
//
//go:embed execkill.sh
var execKill string

var (
	errNoShell  = errors.New("the instance has no /bin/sh that could kill it")
	errUnkilled = errors.New("not all of its processes could be killed")
)

// kill kills a command and what it started. It returns nil when nothing of them is
// left, and else why that can't be said.
func (d *Driver) kill(ctx context.Context, command execution, over <-chan struct{}) error {
	var inside error
	for pause := firstLook; ; pause *= 2 {
		if !errors.Is(inside, errNoShell) {
			inside = d.killInside(ctx, command)
		}
		found := d.engine.Local() && killMarked(execVariable+"="+command.marker)
		noShell := errors.Is(inside, errNoShell)
		switch ended := d.isOver(ctx, command, over); {
		case ended && !found && (inside == nil || noShell):
			return nil
		case noShell && !d.engine.Local():
			return inside
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return cmp.Or(inside, errUnkilled)
		}
	}
}

// isOver tells whether the command has ended. One whose start was asked for and
// is not seen yet has not.
func (d *Driver) isOver(ctx context.Context, command execution, over <-chan struct{}) bool {
	select {
	case <-over:
		return true
	default:
	}
	ended, err := command.exec.Ended(ctx)
	return err == nil && ended
}

// killInside lets the instance's shell do it. It is run as the command's user, for
// more rights than the command had are not the image's to have.
func (d *Driver) killInside(ctx context.Context, command execution) error {
	killer, err := d.engine.NewExec(ctx, command.hostID, driver.Command{
		Args: []string{"/bin/sh", "-c", execKill, "sh", execVariable + "=" + command.marker},
		User: command.user, WorkDir: "/",
	})
	code := 0
	if err == nil {
		code, err = killer.Run(ctx)
	}
	switch {
	case errors.Is(err, dockerhv.ErrInvalid):
		return errNoShell
	case errors.Is(err, dockerhv.ErrNotFound):
		return nil // nothing runs in what is gone
	case errors.Is(err, dockerhv.ErrConflict):
		if i, inspectErr := d.engine.Inspect(ctx, command.hostID); inspectErr == nil && !i.State.Active() {
			return nil // nor in what is at rest
		}
	case err == nil && code != 0:
		return errUnkilled
	}
	return err
}

// killMarked kills the processes of this machine whose environment has the marker,
// and tells whether there was one. A process is held on to before it is looked at:
// should it end in between and its number be used again, the signal reaches nobody.
func killMarked(marker string) (found bool) {
	environments, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range environments {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			continue
		}
		process, err := os.FindProcess(pid)
		if err != nil {
			continue
		}
		environment, _ := os.ReadFile(file)
		for variable := range bytes.SplitSeq(environment, []byte{0}) {
			if string(variable) == marker {
				found = process.Kill() == nil || found
			}
		}
		_ = process.Release()
	}
	return found
}
