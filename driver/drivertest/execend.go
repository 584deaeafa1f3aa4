package drivertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

// hung is a command that hangs, in the background.
type hung struct {
	mark   string
	giveUp context.CancelFunc
	done   chan error // gets what Exec returned
	code   int
}

// hang executes a command that ends only when it is killed, and returns when it runs.
func (t *trial) hang(id, mark string) *hung {
	t.Helper()
	w := t.config.Workload
	if w.Hang == nil || w.Find == nil {
		t.Skip("the workload does not hang")
	}
	ctx, giveUp := context.WithCancel(t.Context())
	t.Cleanup(giveUp)
	h := &hung{mark: mark, giveUp: giveUp, done: make(chan error, 1)}
	go func() {
		var err error
		h.code, err = driver.Exec(ctx, t.driver, id, driver.Command{Args: w.Hang, Env: map[string]string{"MARK": mark}})
		h.done <- err
	}()
	t.eventually("the command runs", func() bool { return t.found(id, mark) })
	return h
}

// found tells whether a process runs that has a mark.
func (t *trial) found(id, mark string) bool {
	t.Helper()
	_, code := t.exec(id, driver.Command{Args: t.config.Workload.Find(mark)})
	return code == 0
}

// result waits for what Exec returned, but not for ever.
func (h *hung) result(t *trial) error {
	t.Helper()
	select {
	case err := <-h.done:
		return err
	case <-time.After(soon):
		t.Fatalf("Exec goes on after %v", soon)
		return nil
	}
}

func execGivenUp(t *trial) {
	t.serve("i1")
	for n := range 3 {
		h := t.hang("i1", fmt.Sprint("mark", n))
		h.giveUp()
		t.refused(h.result(t), context.Canceled)
		t.eventually("no process of the command is left", func() bool { return !t.found("i1", h.mark) })
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	_, err := driver.Exec(ctx, t.driver, "i1", driver.Command{Args: t.config.Workload.Hang, Stdin: blocked{ctx}})
	t.refused(err, context.DeadlineExceeded)
	t.state("i1", driver.Running)
}

// blocked is an input from which nothing comes before its context ends.
type blocked struct {
	ctx context.Context //nolint:containedctx // it stands for a person who types nothing
}

func (b blocked) Read([]byte) (int, error) {
	<-b.ctx.Done()
	return 0, io.EOF
}

func execHeld(t *trial) {
	t.serve("held")
	h := t.hang("held", "mark")
	t.within(soon, func() {
		if Pauser.has(t.driver) {
			t.freeze("held")
			t.thaw("held")
		}
		t.inspect("held")
		t.stop("held", driver.StopOptions{Grace: -1})
	})
	if err := h.result(t); err == nil && h.code == 0 {
		t.Error("the command was killed with its instance, and Exec returns code 0")
	}
	t.state("held", driver.Exited)
}

// sizes keeps what a command prints of its terminal's size.
type sizes struct {
	mu   sync.Mutex
	text string
}

func (s *sizes) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text += string(p)
	return len(p), nil
}

func (s *sizes) has(size string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Contains(s.text, size+"\r\n") || strings.Contains(s.text, size+"\n")
}

func execTerminal(t *trial) {
	if t.config.Workload.Size == nil {
		t.Skip("the workload tells no size")
	}
	t.serve("i1")
	ctx, cancel := context.WithCancel(t.Context())
	var out sizes
	resize := make(chan driver.WindowSize)
	done := make(chan error, 1)
	go func() {
		_, err := driver.Exec(ctx, t.driver, "i1", driver.Command{
			Args: t.config.Workload.Size, TTY: true, Stdout: &out, Size: driver.WindowSize{Columns: 101, Rows: 42}, Resize: resize,
		})
		done <- err
	}()
	t.eventually("the terminal has its first size", func() bool { return out.has("42 101") })
	select {
	case resize <- driver.WindowSize{Columns: 77, Rows: 33}:
	case <-time.After(soon):
		t.Error("nobody reads the new size")
	}
	t.eventually("the terminal has its second size", func() bool { return out.has("33 77") })
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Exec = %v, want %v", err, context.Canceled)
	}
}
