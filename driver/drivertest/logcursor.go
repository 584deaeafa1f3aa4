package drivertest

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

func logsCursor(t *trial) {
	t.printed("i1", some)
	all := t.cursors(t.driver, "i1", driver.LogOptions{})
	again := t.again() // as after a restart of the process
	for n, l := range all {
		if l.Cursor == "" || n > 0 && l.Cursor == all[n-1].Cursor {
			t.Errorf("line %d has the cursor %q", n, l.Cursor)
		}
		for _, follow := range []bool{false, true} {
			got := t.cursors(again, "i1", driver.LogOptions{After: l.Cursor, Follow: follow})
			t.same(fmt.Sprintf("the lines behind line %d", n), contents(all[n+1:]), contents(got))
		}
	}
	// From cursor to cursor, whichever reading it comes from.
	var got []driver.LogLine
	for after := ""; len(got) <= len(all); after = got[len(got)-1].Cursor {
		more := t.cursors(again, "i1", driver.LogOptions{After: after})
		if len(more) == 0 {
			break
		}
		got = append(got, more[0])
	}
	t.same("the lines, one by one", contents(all), contents(got))
}

// contents are lines without their cursors.
func contents(lines []driver.LogLine) []driver.LogLine {
	lines = slices.Clone(lines)
	for n := range lines {
		lines[n].Cursor = ""
	}
	return lines
}

func logsCursorFollow(t *trial) {
	t.create(t.spec("i1", t.config.Workload.Count))
	t.start("i1")
	last, after := 0, ""
	for last < 60 {
		opts := driver.LogOptions{Follow: true, After: after}
		read := 0
		for l, err := range driver.Logs(t.Context(), t.driver, "i1", opts) {
			t.must(err)
			number, err := strconv.Atoi(l.Text)
			t.must(err)
			if number != last+1 {
				t.Fatalf("after line %d comes %d", last, number)
			}
			last, after = number, l.Cursor
			if read++; read == 7 {
				break
			}
		}
		if read == 0 {
			t.Fatalf("after line %d comes nothing", last)
		}
	}
}

func logsCursorStarted(t *trial) {
	t.serve("i1")
	before := t.cursors(t.driver, "i1", driver.LogOptions{})
	last := before[len(before)-1]
	t.must(t.driver.Restart(t.Context(), "i1", driver.StopOptions{Grace: -1}))
	for l, err := range driver.Logs(t.Context(), t.driver, "i1", driver.LogOptions{Follow: true, After: last.Cursor}) {
		t.must(err)
		if l.Text != ready || !l.Time.After(last.Time) {
			t.Errorf("behind %q of %v is %q of %v", last.Text, last.Time, l.Text, l.Time)
		}
		break
	}
}

func logsCursorGone(t *trial) {
	t.printed("i1", some)
	old := t.cursors(t.driver, "i1", driver.LogOptions{})
	t.must(t.driver.Destroy(t.Context(), "i1", driver.DestroyOptions{}))
	t.printed("i1", some)
	want := t.lines("i1", driver.LogOptions{})
	t.same("the lines", want, t.lines("i1", driver.LogOptions{After: old[len(old)-1].Cursor}))
}

func logsNoCursor(t *trial) {
	t.printed("i1", some)
	for _, err := range driver.Logs(t.Context(), t.driver, "i1", driver.LogOptions{After: "nonsense"}) {
		t.refused(err, dockerhv.ErrInvalid)
		return
	}
	t.Error("there is no error")
}

func logsSlow(t *trial) {
	t.create(t.spec("i1", t.config.Workload.Count))
	t.start("i1")
	next := 0
	for l, err := range driver.Logs(t.Context(), t.driver, "i1", driver.LogOptions{Follow: true}) {
		t.must(err)
		number, err := strconv.Atoi(l.Text)
		t.must(err)
		if next++; number != next {
			t.Fatalf("line %d is %d", next, number)
		}
		switch next {
		case 5: // it stops reading for a while, and the instance goes on printing
			t.pause(time.Second)
			if quick := t.lines("i1", driver.LogOptions{}); len(quick) < 10 {
				t.Errorf("another reader finds %d lines", len(quick))
			}
		case 40:
			t.stop("i1", driver.StopOptions{Grace: -1})
		}
	}
}
