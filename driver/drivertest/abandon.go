package drivertest

import (
	"context"
	"io"
	"runtime"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

// abandonRules are about what stays behind of calls that were given up, while the
// instance that they were about lives on.
var abandonRules = group{name: "Abandoned", alone: true, rules: []rule{
	{"waiters leave nothing behind", about(17), abandonWait, ""},
	{"readers of events leave nothing behind", about(17, 108), abandonEvents, EventSource},
	{"readers of logs leave nothing behind", about(108), abandonLogs, LogReader},
	{"commands leave nothing behind", about(20), abandonExec, Execer},
}}

// steady asserts that something can be done again and again, and that this process
// has no more goroutines after many times than after a few. Some may stay: those of
// connections that are kept for the next call.
func steady(t *trial, something func()) {
	t.Helper()
	const few, many = 10, 40
	for range few {
		something()
	}
	before := runtime.NumGoroutine()
	for range many {
		something()
	}
	t.eventually("the goroutines are as few as before", func() bool { return runtime.NumGoroutine() < before+many/2 })
}

func abandonWait(t *trial) {
	t.serve("i1")
	steady(t, func() {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		_, err := driver.Wait(ctx, t.driver, "i1")
		t.refused(err, context.DeadlineExceeded)
	})
}

func abandonEvents(t *trial) {
	t.serve("i1")
	steady(t, func() {
		for _, err := range driver.Events(t.Context(), t.driver) {
			t.must(err)
			break
		}
	})
}

func abandonLogs(t *trial) {
	t.serve("i1")
	steady(t, func() {
		for _, err := range driver.Logs(t.Context(), t.driver, "i1", driver.LogOptions{Follow: true}) {
			t.must(err)
			break
		}
	})
}

func abandonExec(t *trial) {
	if t.config.Workload.Hang == nil {
		t.Skip("the workload does not hang")
	}
	t.serve("i1")
	steady(t, func() {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		c := driver.Command{Args: t.config.Workload.Hang, Stdin: blocked{ctx}, Stdout: io.Discard}
		_, err := driver.Exec(ctx, t.driver, "i1", c)
		t.refused(err, context.DeadlineExceeded)
	})
}
