package docker

import (
	"context"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

// lostCode is what an engine says of a container of which it finds nothing after a
// crash of the host.
const lostCode = 255

// judge completes an exit with its cause: asked is what this driver did to the run,
// heard what the engine told of it. Open tells whether the driver was open when the
// run ended; what was done before by another one of the owner is known to nobody.
func judge(asked driver.ExitCause, heard engine.Record, exit driver.Exit, open bool) driver.Exit {
	return blame(exit, cause(asked, heard, exit, open), heard.OOM)
}

// blame gives an exit its cause. What somebody ended did not end for memory, though a
// process of it may have, long before.
func blame(exit driver.Exit, cause driver.ExitCause, oom bool) driver.Exit {
	if cause == driver.ExitExternal && exit.OOM {
		cause = driver.ExitOOM // an engine may tell of it after it has told of the end
	}
	exit.Cause = cause
	exit.OOM = cause == driver.ExitOOM || cause == driver.ExitNormal && (exit.OOM || oom)
	return exit
}

func cause(asked driver.ExitCause, heard engine.Record, exit driver.Exit, open bool) driver.ExitCause {
	signalled := heard.Asked || heard.Killed
	killed := exit.Signal == driver.SIGKILL
	switch {
	case exit.Error != "":
		return driver.ExitStartFailed
	case asked == driver.ExitSuspended:
		return asked
	case asked == driver.ExitNormal && !heard.Killed && signalled:
		return driver.ExitNormal // it got a signal of ours, and what it did then is its own
	case asked != "" && asked != driver.ExitNormal && (signalled || !heard.Ended):
		if asked == driver.ExitStopped && killed {
			return driver.ExitKilled
		}
		return asked
	case signalled && open:
		return driver.ExitExternal
	case heard.Killed || signalled && killed:
		return driver.ExitKilled
	case signalled:
		return driver.ExitStopped
	case (exit.OOM || heard.OOM) && exit.Code != 0:
		return driver.ExitOOM
	case killed:
		return driver.ExitExternal // its own SIGKILL does not reach the first process of a namespace
	case exit.Code == lostCode && !heard.Ended:
		return driver.ExitLost
	}
	return driver.ExitNormal
}

// explain completes what the engine told of an instance with what this driver knows:
// why its run ended, and how often it was started. The engine's record is asked once
// for each exit of which no event told.
func (d *Driver) explain(ctx context.Context, i driver.Instance) driver.Instance {
	var asked driver.ExitCause
	var last judged
	d.lives.with(i.HostID, func(one *life) {
		i.Restarts += one.restarts
		asked, last = one.asked, one.last
	})
	if i.Exit == nil {
		return i
	}
	exit := *i.Exit
	switch {
	case exit.Error != "":
		exit = judge("", engine.Record{}, exit, true)
	case !exit.Time.After(last.until):
		exit = blame(exit, last.cause, false)
	default:
		heard, err := d.engine.Record(ctx, i.HostID, i.Started, exit.Time)
		exit = judge(asked, heard, exit, exit.Time.After(d.opened))
		if err == nil {
			d.lives.with(i.HostID, func(one *life) { one.last = judged{exit.Time, exit.Cause} })
		}
	}
	i.Exit = &exit
	if suspended, err := d.suspended(ctx, i); err == nil && suspended {
		i.Suspended, i.Exit.Cause = true, driver.ExitSuspended
	}
	return i
}
