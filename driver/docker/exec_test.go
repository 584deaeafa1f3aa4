package docker_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
)

// running creates and starts an instance.
func running(t *testing.T, d *docker.Driver, id string) driver.Spec {
	t.Helper()
	spec := sleeper(id, busybox(t, d))
	spec.Env = map[string]string{"GREETING": "hello"}
	create(t, d, spec)
	start(t, d, spec.ID)
	return spec
}

// output runs a shell's line in an instance, and returns what it printed.
func output(t *testing.T, d driver.Driver, id, line string) string {
	t.Helper()
	var out bytes.Buffer
	code, err := driver.Exec(t.Context(), d, id, driver.Command{Args: []string{"sh", "-c", line}, Stdout: &out})
	if err != nil || code != 0 {
		t.Fatalf("%q: code %d, %v", line, code, err)
	}
	return out.String()
}

// noMoreGoroutines waits until there are as many goroutines as before.
func noMoreGoroutines(t *testing.T, before int) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); goroutines() > before; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d before\n%s", goroutines(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// 21: what a command is given, and what comes back.
func TestExec(t *testing.T) {
	d := open(t, "exec")
	spec := running(t, d, "exec")
	for name, tc := range map[string]struct {
		command driver.Command
		code    int
		out     string
		err     string
	}{
		"its exit code":              {command: driver.Command{Args: []string{"sh", "-c", "exit 42"}}, code: 42},
		"a shell's own 127":          {command: driver.Command{Args: []string{"sh", "-c", "nonsense"}}, code: 127, err: "sh: nonsense: not found\n"},
		"a shell's own 126":          {command: driver.Command{Args: []string{"sh", "-c", "printf 'none\r\n'; exit 126"}}, code: 126, out: "none\r\n"},
		"killed by a signal":         {command: driver.Command{Args: []string{"sh", "-c", "kill -9 $$"}}, code: 137},
		"two outputs":                {command: driver.Command{Args: []string{"sh", "-c", "echo out; echo err >&2"}}, out: "out\n", err: "err\n"},
		"arguments as they are":      {command: driver.Command{Args: []string{"printf", "%s|", "a b", "$x", "", "'\n"}}, out: "a b|$x||'\n|"},
		"the environments":           {command: driver.Command{Args: []string{"sh", "-c", "echo $GREETING $ONE"}, Env: map[string]string{"ONE": "1=1"}}, out: "hello 1=1\n"},
		"a folder":                   {command: driver.Command{Args: []string{"pwd"}, WorkDir: "/tmp"}, out: "/tmp\n"},
		"a user by name":             {command: driver.Command{Args: []string{"id", "-u"}, User: "nobody"}, out: "65534\n"},
		"a user and group by number": {command: driver.Command{Args: []string{"sh", "-c", "id -u; id -g"}, User: "7:8"}, out: "7\n8\n"},
		"input until its end":        {command: driver.Command{Args: []string{"sh", "-c", "cat; echo end"}, Stdin: strings.NewReader("input\n")}, out: "input\nend\n"},
		"no input":                   {command: driver.Command{Args: []string{"cat"}}},
		"input that nobody reads":    {command: driver.Command{Args: []string{"echo", "done"}, Stdin: strings.NewReader(strings.Repeat("x", 1<<22))}, out: "done\n"},
		"its own output closed":      {command: driver.Command{Args: []string{"sh", "-c", "exec >/dev/null 2>&1; sleep 0.7; exit 5"}}, code: 5},
	} {
		t.Run(name, func(t *testing.T) {
			var out, err bytes.Buffer
			tc.command.Stdout, tc.command.Stderr = &out, &err
			code, failure := driver.Exec(t.Context(), d, spec.ID, tc.command)
			if failure != nil {
				t.Fatal(failure)
			}
			if code != tc.code || out.String() != tc.out || err.String() != tc.err {
				t.Errorf("code %d, output %q, error %q; want %d, %q, %q", code, out.String(), err.String(), tc.code, tc.out, tc.err)
			}
		})
	}
	if code, err := d.Exec(t.Context(), spec.ID, driver.Command{Args: []string{"sh", "-c", "echo a; echo b >&2; exit 3"}}); err != nil || code != 3 {
		t.Errorf("output that nobody wants: code %d, %v", code, err)
	}
}

// slowWriter counts what it gets, and takes its time.
type slowWriter struct{ n int64 }

func (w *slowWriter) Write(p []byte) (int, error) {
	if w.n>>23 != (w.n+int64(len(p)))>>23 {
		time.Sleep(20 * time.Millisecond) // after every 8 MiB
	}
	w.n += int64(len(p))
	return len(p), nil
}

// 19: the exit code comes after the last byte of 100 MiB and more.
func TestExecReturnsAfterAllOutput(t *testing.T) {
	d := open(t, "execall")
	spec := running(t, d, "execall")
	const size = 128 << 20
	for _, tty := range []bool{false, true} {
		w := &slowWriter{}
		code, err := d.Exec(t.Context(), spec.ID, driver.Command{
			Args: []string{"sh", "-c", "head -c 134217728 /dev/zero; exit 9"}, TTY: tty, Stdout: w,
		})
		if err != nil || code != 9 || w.n != size {
			t.Errorf("terminal %t: code %d, %v, %d of %d bytes", tty, code, err, w.n, size)
		}
	}
	for range 20 { // and of a few, which race with the end
		if got := output(t, d, spec.ID, "echo x"); got != "x\n" {
			t.Fatalf("got %q", got)
		}
	}
}

// 22: what can't be run is told apart from what fails, and prints nothing.
func TestExecRefuses(t *testing.T) {
	d := open(t, "execbad")
	spec := running(t, d, "execbad")
	for name, tc := range map[string]struct {
		command driver.Command
		says    string
	}{
		"a missing program":     {driver.Command{Args: []string{"nonsense"}}, "nonsense"},
		"a missing path":        {driver.Command{Args: []string{"/bin/nonsense"}}, "nonsense"},
		"a folder":              {driver.Command{Args: []string{"/tmp"}}, "/tmp"},
		"no program":            {driver.Command{Args: []string{"/etc/passwd"}}, "/etc/passwd"},
		"a missing user":        {driver.Command{Args: []string{"true"}, User: "stranger"}, "stranger"},
		"nothing":               {driver.Command{}, "args"},
		"an empty name":         {driver.Command{Args: []string{""}}, "args"},
		"a zero byte":           {driver.Command{Args: []string{"echo", "a\x00b"}}, "args[1]"},
		"a relative folder":     {driver.Command{Args: []string{"pwd"}, WorkDir: "tmp"}, "workDir"},
		"a name with a sign":    {driver.Command{Args: []string{"env"}, Env: map[string]string{"A=B": "c"}}, "env"},
		"the driver's own name": {driver.Command{Args: []string{"env"}, Env: map[string]string{"DOCKERHV_EXEC": "c"}}, "env"},
		"a size of no terminal": {driver.Command{Args: []string{"env"}, Size: driver.WindowSize{Columns: 80, Rows: 24}}, "size"},
	} {
		for _, tty := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				var out bytes.Buffer
				tc.command.Stdout, tc.command.Stderr, tc.command.TTY = &out, &out, tty && tc.says != "size"
				_, err := d.Exec(t.Context(), spec.ID, tc.command)
				wantError(t, err, dockerhv.ErrInvalid)
				if !strings.Contains(err.Error(), tc.says) {
					t.Errorf("%q does not say %q", err, tc.says)
				}
				if out.Len() > 0 {
					t.Errorf("it printed %q", out.String())
				}
			})
		}
	}
}

func TestExecNeedsARunningInstance(t *testing.T) {
	d := open(t, "execstate")
	spec := sleeper("execstate", busybox(t, d))
	_, err := d.Exec(t.Context(), spec.ID, driver.Command{Args: []string{"true"}})
	wantError(t, err, dockerhv.ErrNotFound)
	create(t, d, spec)
	_, err = d.Exec(t.Context(), spec.ID, driver.Command{Args: []string{"true"}})
	wantError(t, err, dockerhv.ErrConflict)
	start(t, d, spec.ID)
	if err := d.Pause(t.Context(), spec.ID); err != nil {
		t.Fatal(err)
	}
	_, err = d.Exec(t.Context(), spec.ID, driver.Command{Args: []string{"true"}})
	wantError(t, err, dockerhv.ErrConflict)
	if err := d.Unpause(t.Context(), spec.ID); err != nil {
		t.Fatal(err)
	}
	other := open(t, "execother")
	_, err = other.Exec(t.Context(), spec.ID, driver.Command{Args: []string{"true"}})
	wantError(t, err, dockerhv.ErrNotFound)

	// It is stopped under a command, whose exit code no engine has to tell then.
	begun := time.Now()
	ended := make(chan error, 1)
	go func() {
		code, err := d.Exec(t.Context(), spec.ID, driver.Command{Args: []string{"sleep", "1000"}})
		if err == nil && code != 137 {
			err = errors.New("it claims to have ended by itself")
		}
		ended <- err
	}()
	time.Sleep(500 * time.Millisecond)
	if err := d.Stop(t.Context(), spec.ID, driver.StopOptions{Grace: -1}); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		wantError(t, err, dockerhv.ErrConflict)
	}
	if took := time.Since(begun); took > 4*time.Second {
		t.Errorf("it took %v", took)
	}
}

// A Stdin that blocks keeps nobody, and costs one goroutine until it returns.
func TestExecDoesNotWaitForItsInput(t *testing.T) {
	d := open(t, "execin")
	spec := running(t, d, "execin")
	output(t, d, spec.ID, "true")
	before := goroutines()
	in, end := io.Pipe()
	code, err := d.Exec(t.Context(), spec.ID, driver.Command{Args: []string{"sh", "-c", "exit 6"}, Stdin: in})
	if err != nil || code != 6 {
		t.Errorf("code %d, %v", code, err)
	}
	_ = end.Close()
	noMoreGoroutines(t, before)
}

// What fails on the caller's side is the caller's error, and ends the command.
func TestExecEndsWithItsStreams(t *testing.T) {
	d := open(t, "execio")
	spec := running(t, d, "execio")
	output(t, d, spec.ID, "true")
	before := goroutines()
	broken := errors.New("broken")
	in, input := io.Pipe()
	_ = input.CloseWithError(broken)
	_, err := d.Exec(t.Context(), spec.ID, driver.Command{Args: []string{"sh", "-c", "cat; sleep 1001"}, Stdin: in})
	wantError(t, err, broken)
	out, full := io.Pipe()
	_ = out.CloseWithError(broken)
	_, err = d.Exec(t.Context(), spec.ID, driver.Command{Args: []string{"sh", "-c", "echo x; sleep 1001"}, Stdout: full})
	wantError(t, err, broken)
	if errors.Is(err, dockerhv.ErrUnavailable) || errors.Is(err, dockerhv.ErrFailed) {
		t.Errorf("the host is blamed: %v", err)
	}
	if ps := output(t, d, spec.ID, "ps -o args"); strings.Contains(ps, "1001\n") {
		t.Errorf("left:\n%s", ps)
	}
	noMoreGoroutines(t, before)
}

// A command that ends at the same time as the context is either's.
func TestExecCancelledBeforeItBegan(t *testing.T) {
	d := open(t, "execearly")
	spec := running(t, d, "execearly")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := d.Exec(ctx, spec.ID, driver.Command{Args: []string{"true"}})
	wantError(t, err, context.Canceled)
}
