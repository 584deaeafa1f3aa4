package enginetest

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"
)

// closeBound is how long each step of Close may take; all take some milliseconds unless the machine is in trouble.
const closeBound = 20 * time.Second

// Close ends the engine, all that runs on it and every program inside its network, and removes what they left. It
// returns an error that names what could not be removed. Calls after the first return the same.
func (e *Engine) Close() error {
	e.closeOnce.Do(func() { e.closeErr = e.end() })
	return e.closeErr
}

func (e *Engine) end() error {
	if e.pid1 != nil && e.pid1.cmd.Process != nil {
		thaw(e.name())
		if err := e.clearNetwork(); err != nil {
			return err
		}
		// The kernel ends PID 1 only after it has ended and reaped every process below it.
		if err := e.pid1.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		select {
		case <-e.pid1.done:
		case <-time.After(closeBound):
			return fmt.Errorf("engine %s: its processes do not end; look at process %d", e.name(), e.pid1.cmd.Process.Pid)
		}
	}
	defer e.lock.Close()
	return remove(e.dir, closeBound)
}

// clearNetwork ends every process inside the engine's network but its PID 1, without which the network's number could
// be another's. Programs that Command started are outside of the engine's other namespaces and don't die with it.
func (e *Engine) clearNetwork() error {
	if e.network == nil {
		return nil
	}
	deadline := time.Now().Add(closeBound)
	for {
		left := e.killInNetwork(e.pid1.cmd.Process.Pid)
		if left == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("engine %s: a process in its network does not end; look at process %d", e.name(), left)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// killInNetwork kills every process inside the engine's network but one, and returns one of them, or 0.
func (e *Engine) killInNetwork(except int) (found int) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || pid == except {
			continue
		}
		// The handle comes before the look, so that the process that is killed is the one that was looked at.
		process, err := os.FindProcess(pid)
		if err != nil {
			continue
		}
		if network, err := os.Stat(networkOf(pid)); err == nil && os.SameFile(network, e.network) {
			found = pid
			_ = process.Kill() // has just ended by itself, or is looked at again
		}
		_ = process.Release()
	}
	return found
}
