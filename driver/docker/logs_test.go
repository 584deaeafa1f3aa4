package docker_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv/driver"
)

func TestLogs(t *testing.T) {
	d := open(t, "logs")
	spec := sleeper("logs", busybox(t, d))
	spec.Command = []string{"sh", "-c", `
		for i in 1 2 3; do echo line $i; done; echo problem >&2
		x=0123456789; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do x=$x$x; done; echo $x
		printf 'no line break'`}
	create(t, d, spec)
	start(t, d, spec.ID)
	var out, errOut []string
	for line, err := range driver.Logs(t.Context(), d, spec.ID, driver.LogOptions{Follow: true}) {
		if err != nil {
			t.Fatal(err)
		}
		if line.Stream == driver.Stderr {
			errOut = append(errOut, line.Text)
		} else {
			out = append(out, line.Text)
		}
	}
	long := strings.Repeat("0123456789", 4096) // longer than one entry of the engine's log
	if want := []string{"line 1", "line 2", "line 3", long, "no line break"}; fmt.Sprint(out) != fmt.Sprint(want) {
		t.Errorf("printed %.60q (%d lines)", out, len(out))
	}
	if fmt.Sprint(errOut) != "[problem]" {
		t.Errorf("printed to stderr %q", errOut)
	}

	var tail []string
	for line, err := range driver.Logs(t.Context(), d, spec.ID, driver.LogOptions{Tail: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		tail = append(tail, line.Text)
	}
	if fmt.Sprint(tail) != "[no line break]" {
		t.Errorf("the last line is %q", tail)
	}
}

// behind reads the lines behind a cursor.
func behind(t *testing.T, d driver.Driver, id, cursor string) (lines []driver.LogLine) {
	t.Helper()
	for line, err := range driver.Logs(t.Context(), d, id, driver.LogOptions{After: cursor}) {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return lines
}

// 105, 106: a line without an end, before the command is started anew, stays a line of
// its own, and a cursor in it is good.
func TestLogsOfALineWithoutAnEnd(t *testing.T) {
	d := open(t, "unended")
	image := busybox(t, d)
	for _, tty := range []bool{false, true} {
		t.Run(fmt.Sprint("terminal ", tty), func(t *testing.T) {
			id := "one"
			if tty {
				id = createTTY(t, "unended", image.ID, "printf 'no end'")
			} else {
				spec := sleeper(id, image)
				spec.Command = []string{"sh", "-c", "printf 'no end'"}
				create(t, d, spec)
			}
			var all []string
			cursor := ""
			for range 3 {
				start(t, d, id)
				if _, err := driver.Wait(t.Context(), d, id); err != nil {
					t.Fatal(err)
				}
				for _, l := range behind(t, d, id, cursor) {
					all, cursor = append(all, l.Text), l.Cursor
				}
			}
			want := []string{"no end", "no end", "no end"}
			if diff := cmp.Diff(want, all); diff != "" {
				t.Errorf("run by run (-want +got):\n%s", diff)
			}
			all = nil
			for _, l := range behind(t, d, id, "") {
				all = append(all, l.Text)
			}
			if diff := cmp.Diff(want, all); diff != "" {
				t.Errorf("at once (-want +got):\n%s", diff)
			}
		})
	}
}

// createTTY makes an instance with a terminal by hand.
func createTTY(t *testing.T, owner, image, script string) (id string) {
	t.Helper()
	body := fmt.Sprintf(`{"Image":%q,"Tty":true,"Cmd":["sh","-c",%q],"Labels":{%q:%q,%q:"tty"}}`,
		image, script, "io.github.dockerhv.owner", owner, "io.github.dockerhv.instance")
	var created struct{ ID string }
	if status := callEngineInto(t, http.MethodPost, "/containers/create?name="+owner+".tty", body, &created); status != http.StatusCreated {
		t.Fatalf("status %d", status)
	}
	t.Cleanup(func() { callEngine(t, http.MethodDelete, "/containers/"+created.ID+"?force=1", "") })
	return "tty"
}

// 106: a terminal's log has no frames; its long lines come in parts that have the time
// in between, which is told from a time that the command printed.
func TestLogsOfATerminal(t *testing.T) {
	d := open(t, "terminal")
	id := createTTY(t, "terminal", busybox(t, d).ID, `
		echo one; echo two >&2; echo "2026-01-01T00:00:00.000000000Z is long ago"
		x=0123456789; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do x=$x$x; done; echo $x; echo last`)
	start(t, d, id)
	if _, err := driver.Wait(t.Context(), d, id); err != nil {
		t.Fatal(err)
	}
	want := []string{"one", "two", "2026-01-01T00:00:00.000000000Z is long ago", strings.Repeat("0123456789", 4096), "last"}
	for _, follow := range []bool{false, true} {
		var got []string
		for l, err := range driver.Logs(t.Context(), d, id, driver.LogOptions{Follow: follow}) {
			if err != nil || l.Stream != driver.Stdout || l.Time.IsZero() {
				t.Fatalf("%+v, %v", l, err)
			}
			got = append(got, l.Text)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("follow %t: lines (-want +got):\n%s", follow, diff)
		}
	}
}

// 106: a megabyte in one line, and a cursor in the middle of a line that comes in parts.
func TestLogsOfAVeryLongLine(t *testing.T) {
	d := open(t, "verylong")
	spec := sleeper("one", busybox(t, d))
	const size = 3<<20 + 12345
	spec.Command = []string{"sh", "-c", fmt.Sprintf("head -c %d /dev/zero | tr '\\0' x; echo; echo last", size)}
	create(t, d, spec)
	start(t, d, spec.ID)
	if _, err := driver.Wait(t.Context(), d, spec.ID); err != nil {
		t.Fatal(err)
	}
	all := behind(t, d, spec.ID, "")
	for n := range len(all) {
		sum := 0
		for _, l := range slices.Concat(all[:n+1], behind(t, d, spec.ID, all[n].Cursor)) {
			sum += len(l.Text)
		}
		if want := size + len("last"); sum != want {
			t.Errorf("up to part %d and behind its cursor are %d bytes; want %d", n, sum, want)
		}
	}
	if len(all) != 5 || len(all[0].Text) < 1<<20 || all[4].Text != "last" {
		t.Errorf("%d parts, the first of %d bytes", len(all), len(all[0].Text))
	}
}

// 106: what the engine has rotated away is gone; what it keeps is read across its files,
// and a cursor of a line that is gone begins with the oldest that is not.
func TestLogsThatRotate(t *testing.T) {
	d := open(t, "rotate")
	image := busybox(t, d)
	for _, kind := range []string{"json-file", "local"} {
		t.Run(kind, func(t *testing.T) {
			spec := sleeper("one", image)
			spec.Log = driver.Log{Driver: kind, Options: map[string]string{"max-size": "8k", "max-file": "3", "compress": "false"}}
			spec.Command = []string{"sh", "-c", "for i in $(seq 1000); do echo $i; done"}
			create(t, d, spec)
			start(t, d, spec.ID)
			if _, err := driver.Wait(t.Context(), d, spec.ID); err != nil {
				t.Fatal(err)
			}
			all := behind(t, d, spec.ID, "")
			if len(all) < 20 || len(all) == 1000 || all[len(all)-1].Text != "1000" {
				t.Fatalf("%d lines are kept", len(all))
			}
			first := 1000 - len(all) + 1
			for n, l := range all {
				if l.Text != fmt.Sprint(first+n) {
					t.Fatalf("line %d is %q", first+n, l.Text)
				}
			}
			for _, n := range []int{0, len(all) / 2, len(all) - 1} {
				if got := len(behind(t, d, spec.ID, all[n].Cursor)); got != len(all)-n-1 {
					t.Errorf("behind line %d are %d of %d", n, got, len(all)-n-1)
				}
			}
			gone := strings.Replace(all[0].Cursor, fmt.Sprint(all[0].Time.UnixNano()), fmt.Sprint(all[0].Time.Add(-time.Minute).UnixNano()), 1)
			if got := len(behind(t, d, spec.ID, gone)); got != len(all) {
				t.Errorf("behind a line that is gone are %d of %d", got, len(all))
			}
		})
	}
}

// 106: a log driver that keeps nothing is named.
func TestLogsThatCannotBeRead(t *testing.T) {
	d := open(t, "unread")
	spec := sleeper("one", busybox(t, d))
	spec.Log.Driver = "none"
	create(t, d, spec)
	start(t, d, spec.ID)
	for _, follow := range []bool{false, true} {
		for _, err := range driver.Logs(t.Context(), d, spec.ID, driver.LogOptions{Follow: follow}) {
			wantError(t, err, errors.ErrUnsupported)
			if !strings.Contains(err.Error(), `"none"`) {
				t.Errorf("%v does not name the log driver", err)
			}
		}
	}
}

// 108: 1000 readers that are broken off, by their loop or their context, leave nothing.
func TestManyReadersOfLogs(t *testing.T) {
	d := open(t, "readers")
	spec := running(t, d, "readers")
	read := func(follow bool) {
		for l, err := range driver.Logs(t.Context(), d, spec.ID, driver.LogOptions{Follow: follow}) {
			if err != nil || l.Text != "ready" {
				t.Fatalf("%+v, %v", l, err)
			}
			break
		}
	}
	read(true)
	goroutinesBefore, before := goroutines(), descriptors(t)
	for n := range 1000 {
		read(n%2 == 0)
	}
	noMoreGoroutines(t, goroutinesBefore+2)
	if after := descriptors(t); after > before+2 {
		t.Errorf("%d descriptors, %d before", after, before)
	}
}
