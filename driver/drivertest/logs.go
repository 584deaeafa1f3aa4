package drivertest

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

var logRules = group{name: "Logs", needs: LogReader, rules: []rule{
	{"yields the lines in order, each with its stream and time", about(106), logsLines, ""},
	{"of what was never started are none", about(106), logsNone, ""},
	{"yields the last lines", about(106), logsTail, ""},
	{"leaves out older lines", about(105), logsSince, ""},
	{"go on exactly behind a line's cursor, in any driver", about(43, 104, 105), logsCursor, ""},
	{"go on behind a cursor while lines are printed, and lose and repeat none", about(104, 105), logsCursorFollow, ""},
	{"go on behind a cursor after the instance was started anew", about(105), logsCursorStarted, ""},
	{"leave out nothing behind a cursor of an instance that is gone", about(105), logsCursorGone, ""},
	{"refuse what is no cursor with ErrInvalid", about(105), logsNoCursor, ""},
	{"wait for a slow reader, and hold up nobody", about(107), logsSlow, ""},
	{"follows until the instance ends", about(104, 106), logsFollow, ""},
	{"follows from the last lines on, and loses and repeats none", about(104), logsFollowTail, ""},
	{"yields a long line whole, and a very long one in parts", about(106), logsLong, ""},
	{"of an absent instance is ErrNotFound, once", about(106), logsAbsent, ""},
	{"holds nothing once the loop is broken off", about(17, 108), logsBreak, ""},
	{"ends with its context's error", about(1), logsGivenUp, ""},
	{"is read by many at once, also by another driver", about(125), logsMany, ""},
}}

// some are lines to print.
var some = []driver.LogLine{
	{Stream: driver.Stdout, Text: "one"},
	{Stream: driver.Stderr, Text: "a problem"},
	{Stream: driver.Stdout, Text: ""},
	{Stream: driver.Stdout, Text: "  two \\n 100% $HOME "},
	{Stream: driver.Stderr, Text: "grüße 😀"},
	{Stream: driver.Stdout, Text: "three"},
}

// printed runs a command that prints lines, to its end.
func (t *trial) printed(id string, lines []driver.LogLine) {
	t.Helper()
	if t.config.Workload.Print == nil {
		t.Skip("the workload prints no lines")
	}
	t.create(t.spec(id, t.config.Workload.Print(lines)))
	t.start(id)
	if exit := t.ended(id); exit.Code != 0 {
		t.Fatalf("the command ended with %+v", exit)
	}
}

func logsLines(t *trial) {
	t.printed("i1", some)
	got := t.lines("i1", driver.LogOptions{})
	for _, stream := range []driver.Stream{driver.Stdout, driver.Stderr} {
		t.same(string(stream), texts(some, stream), texts(got, stream))
	}
	i := t.inspect("i1")
	last := i.Started.Add(-time.Second)
	for _, l := range got {
		if l.Time.Before(last) || l.Time.After(i.Finished.Add(time.Second)) {
			t.Errorf("%q is of %v, the line before of %v, the exit of %v", l.Text, l.Time, last, i.Finished)
		}
		last = l.Time
	}
	t.same("the lines, read again", got, t.lines("i1", driver.LogOptions{}))
}

func logsNone(t *trial) {
	t.create(t.server("i1"))
	t.same("lines", []driver.LogLine(nil), t.lines("i1", driver.LogOptions{}))
}

func logsTail(t *trial) {
	t.printed("tail", some)
	all := t.lines("tail", driver.LogOptions{})
	for _, n := range []int{1, 2, len(some), len(some) + 1} {
		want := all[max(0, len(all)-n):]
		t.same(fmt.Sprintf("the last %d", n), want, t.lines("tail", driver.LogOptions{Tail: n}))
	}
}

func logsSince(t *trial) {
	t.printed("i1", some)
	all := t.lines("i1", driver.LogOptions{})
	for n, l := range all {
		t.same(fmt.Sprintf("since line %d", n), all[n:], t.lines("i1", driver.LogOptions{Since: l.Time}))
	}
	after := all[len(all)-1].Time.Add(time.Nanosecond)
	t.same("since the last", []driver.LogLine(nil), t.lines("i1", driver.LogOptions{Since: after}))
}

func logsFollow(t *trial) {
	t.create(t.server("i1"))
	t.start("i1")
	var got []string
	for l, err := range driver.Logs(t.Context(), t.driver, "i1", driver.LogOptions{Follow: true}) {
		t.must(err)
		got = append(got, l.Text)
		t.stop("i1", driver.StopOptions{}) // the first line came while it ran
	}
	t.same("lines", []string{ready}, got)
	t.same("what follows the end", []string{ready}, texts(t.lines("i1", driver.LogOptions{Follow: true}), driver.Stdout))
}

func logsFollowTail(t *trial) {
	t.create(t.spec("i1", t.config.Workload.Count))
	t.start("i1")
	t.await("i1", "10")
	var last int
	for l, err := range driver.Logs(t.Context(), t.driver, "i1", driver.LogOptions{Follow: true, Tail: 5}) {
		t.must(err)
		number, err := strconv.Atoi(l.Text)
		t.must(err)
		if last == 0 && number < 6 || last > 0 && number != last+1 {
			t.Errorf("after line %d comes %d", last, number)
		}
		last = number
		if last == 40 {
			t.stop("i1", driver.StopOptions{})
		}
	}
	all := t.lines("i1", driver.LogOptions{})
	if len(all) == 0 || all[len(all)-1].Text != strconv.Itoa(last) {
		t.Errorf("the last line that was followed is %d, of %d lines", last, len(all))
	}
}

func logsLong(t *trial) {
	if t.config.Workload.Flood == nil {
		t.Skip("the workload floods nothing")
	}
	const mega = 1 << 20
	for id, size := range map[string]int{"long": 300_000, "very-long": mega + mega/2} {
		t.create(t.spec(id, t.config.Workload.Flood(size)))
		t.start(id)
		t.ended(id)
		lines := t.lines(id, driver.LogOptions{})
		total := 0
		for _, l := range lines {
			total += len(l.Text)
			if len(l.Text) > mega+64<<10 || strings.Trim(l.Text, "x") != "" {
				t.Errorf("%s: a part has %d bytes", id, len(l.Text))
			}
		}
		if total != size || (size < mega) != (len(lines) == 1) {
			t.Errorf("%s: a line of %d bytes is read as %d bytes in %d parts", id, size, total, len(lines))
		}
	}
}

func logsAbsent(t *trial) {
	for _, follow := range []bool{false, true} {
		var errs []error
		for _, err := range driver.Logs(t.Context(), t.driver, "nobody", driver.LogOptions{Follow: follow}) {
			errs = append(errs, err)
		}
		if len(errs) != 1 {
			t.Fatalf("Logs yields %v, want one error", errs)
		}
		t.refused(errs[0], dockerhv.ErrNotFound)
	}
}

func logsBreak(t *trial) {
	t.serve("i1")
	for range 20 {
		for _, err := range driver.Logs(t.Context(), t.driver, "i1", driver.LogOptions{Follow: true}) {
			t.must(err)
			break
		}
	}
}

func logsGivenUp(t *trial) {
	t.serve("i1")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	var last error
	t.within(soon, func() {
		for _, err := range driver.Logs(ctx, t.driver, "i1", driver.LogOptions{Follow: true}) {
			last = err
		}
	})
	t.refused(last, context.DeadlineExceeded)
}

func logsMany(t *trial) {
	t.printed("i1", some)
	want := t.lines("i1", driver.LogOptions{})
	drivers := []driver.Driver{t.driver, t.again()}
	t.must(together(6, func(n int) error {
		got := 0
		for _, err := range driver.Logs(t.Context(), drivers[n%len(drivers)], "i1", driver.LogOptions{Follow: n%3 == 0}) {
			if err != nil {
				return err
			}
			got++
		}
		if got != len(want) {
			return fmt.Errorf("reader %d has %d lines, want %d", n, got, len(want))
		}
		return nil
	}))
}
