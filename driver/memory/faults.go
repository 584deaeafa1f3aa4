package memory

import (
	"context"
	"errors"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// Phase is when a call meets a fault.
type Phase string

// The phases.
const (
	Before Phase = "before" // nothing is done yet
	After  Phase = "after"  // the work is done, and the answer on its way
)

// Call is a call that somebody makes.
type Call struct {
	// Op is the operation as errors name it, such as "create instance".
	Op string
	// Owner is the driver's; ID is the instance's or the image's reference, empty
	// for a call that is about none.
	Owner, ID string
	// Phase is when; Err is what the work came to, After it.
	Phase Phase
	Err   error
}

// Fail lets every call meet a function, before its work and after it, until Fail is
// called again; nil takes it away. What the function returns, if it is an error,
// is what the caller gets: Before, in place of the work; After, in place of its
// result, as when an answer is lost. It may also wait, or hang until the context
// ends. It is called by many at once and must not call the host's own methods
// that wait for instances.
func (h *Host) Fail(f func(ctx context.Context, c Call) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fail = f
}

// meet lets a call meet what it has to.
func (h *Host) meet(ctx context.Context, c Call) error {
	if c.Phase == Before && ctx.Err() != nil {
		return ended(ctx)
	}
	h.mu.Lock()
	fail, away := h.fail, h.away
	h.mu.Unlock()
	if away && c.Phase == Before {
		return errAway()
	}
	if fail == nil {
		return nil
	}
	return fail(ctx, c)
}

// ended is the error of what was given up, with the reason.
func ended(ctx context.Context) error {
	return &dockerhv.Error{Class: ctx.Err(), Err: context.Cause(ctx)}
}

func errAway() error {
	return &dockerhv.Error{Class: dockerhv.ErrUnavailable, Err: errors.New("the host was told to be away"), Next: "reconnect it"}
}

// Disconnect makes the host away: calls are dockerhv.ErrUnavailable, and readers of
// events are told so. Instances go on.
func (h *Host) Disconnect() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.away = true
	for r := range h.readers {
		r.err = errAway()
	}
	h.change()
}

// Reconnect ends what Disconnect began. Readers of events get a gap, and what
// changed meanwhile.
func (h *Host) Reconnect() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.away {
		return
	}
	h.away = false
	for r := range h.readers {
		r.catchUp("the host was away")
	}
	h.change()
}

// Exit ends an instance's command with a code, as if it ended by itself. It does
// nothing to one that does not run.
func (h *Host) Exit(owner, id string, code int) { h.end(owner, id, code, driver.ExitNormal) }

// Kill ends an instance's command as somebody who does not use a driver.
func (h *Host) Kill(owner, id string) { h.end(owner, id, exitKilled, driver.ExitExternal) }

// Lose ends an instance's command as a crash of the host does.
func (h *Host) Lose(owner, id string) { h.end(owner, id, exitLost, driver.ExitLost) }

// OOM ends an instance's command as the kernel does for its memory.
func (h *Host) OOM(owner, id string) { h.end(owner, id, exitKilled, driver.ExitOOM) }

func (h *Host) end(owner, id string, code int, cause driver.ExitCause) {
	h.mu.Lock()
	i, ok := h.instances[key{owner, id}]
	if !ok || !i.state.Active() {
		h.mu.Unlock()
		return
	}
	run := i.run
	if cause == driver.ExitOOM {
		h.outOfMemory(i)
	} else {
		i.kill(code, cause)
	}
	h.mu.Unlock()
	<-run.ended
}
