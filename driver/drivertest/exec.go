package drivertest

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

var execRules = group{name: "Exec", needs: Execer, rules: []rule{
	{"returns the exit code", about(19), execCode, ""},
	{"returns after all output was written", about(19), execFlood, ""},
	{"keeps no more than a limit of the output, and says so", about(21), execOutput, ""},
	{"parts the two outputs", about(19, 21), execStreams, ""},
	{"reads its input to the end", about(21), execStdin, ""},
	{"without input has an empty one", about(21), execNoStdin, ""},
	{"has the instance's environment and its own", about(21), execEnv, ""},
	{"has a working directory and a user", about(21), execPlace, ""},
	{"has a terminal, of the size that it is told", about(21), execTerminal, ""},
	{"of a program that is not there is ErrInvalid", about(22), execMissing, ""},
	{"of no command is ErrInvalid", about(22), execNothing, ""},
	{"in what does not run is ErrConflict", about(18), execAtRest, ""},
	{"of many at once in one instance", about(126), execTogether, ""},
	{"that is given up leaves no process", about(20), execGivenUp, ""},
	{"holds up no other call, and ends with the instance", about(127), execHeld, ""},
}}

// exec runs a command and returns what it printed, without the last line break.
func (t *trial) exec(id string, c driver.Command) (stdout string, code int) {
	t.Helper()
	if c.Args == nil {
		t.Skip("the workload has no command for this")
	}
	var out bytes.Buffer
	c.Stdout = &out
	code, err := driver.Exec(t.Context(), t.driver, id, c)
	t.must(err)
	return strings.TrimSuffix(out.String(), "\n"), code
}

func execCode(t *trial) {
	t.serve("i1")
	for _, code := range []int{0, 1, 42, 255} {
		if _, got := t.exec("i1", driver.Command{Args: t.config.Workload.Exit(code, 0)}); got != code {
			t.Errorf("the exit code is %d, want %d", got, code)
		}
	}
	t.state("i1", driver.Running)
}

// slowWriter counts what it gets, and takes its time.
type slowWriter struct {
	t     *trial
	bytes int
	calls int
}

func (w *slowWriter) Write(p []byte) (int, error) {
	w.bytes += len(p)
	if w.calls++; w.calls%64 == 0 {
		w.t.pause(1e6)
	}
	return len(p), nil
}

func execFlood(t *trial) {
	if t.config.Workload.Flood == nil {
		t.Skip("the workload floods nothing")
	}
	t.serve("i1")
	for _, size := range []int{0, 1, 12 << 20} {
		w := &slowWriter{t: t}
		code, err := driver.Exec(t.Context(), t.driver, "i1", driver.Command{Args: t.config.Workload.Flood(size), Stdout: w})
		if err != nil || code != 0 || w.bytes != size {
			t.Errorf("Exec = %d, %v with %d bytes of output, want %d", code, err, w.bytes, size)
		}
	}
}

func execOutput(t *trial) {
	w := t.config.Workload
	if w.Flood == nil {
		t.Skip("the workload floods nothing")
	}
	t.serve("i1")
	for _, tc := range []struct {
		size, limit, kept int
		truncated         bool
	}{{100, 1000, 100, false}, {1000, 1000, 1000, false}, {3 << 20, 1000, 1000, true}, {3 << 20, 0, driver.DefaultOutput, true}} {
		got, err := driver.Output(t.Context(), t.driver, "i1", driver.Command{Args: w.Flood(tc.size)}, tc.limit)
		if err != nil || got.Code != 0 || len(got.Stdout) != tc.kept || len(got.Stderr) != 0 || got.Truncated != tc.truncated {
			t.Errorf("of %d bytes with a limit of %d: %d and %d kept, truncated %t, code %d, %v",
				tc.size, tc.limit, len(got.Stdout), len(got.Stderr), got.Truncated, got.Code, err)
		}
	}
	got, err := driver.Output(t.Context(), t.driver, "i1", driver.Command{Args: w.Exit(3, 0)}, 10)
	if err != nil || got.Code != 3 {
		t.Errorf("code %d, %v, want 3", got.Code, err)
	}
	_, err = driver.Output(t.Context(), t.driver, "nobody", driver.Command{Args: w.Exit(3, 0)}, 10)
	t.refused(err, dockerhv.ErrNotFound)
}

func execStreams(t *trial) {
	if t.config.Workload.Print == nil {
		t.Skip("the workload prints no lines")
	}
	t.serve("i1")
	var out, errOut bytes.Buffer
	c := driver.Command{Args: t.config.Workload.Print(some), Stdout: &out, Stderr: &errOut}
	code, err := driver.Exec(t.Context(), t.driver, "i1", c)
	t.must(err)
	t.same("exit code", 0, code)
	t.same("stdout", strings.Join(texts(some, driver.Stdout), "\n")+"\n", out.String())
	t.same("stderr", strings.Join(texts(some, driver.Stderr), "\n")+"\n", errOut.String())
	c.Stdout, c.Stderr = nil, nil
	if code, err := driver.Exec(t.Context(), t.driver, "i1", c); code != 0 || err != nil {
		t.Errorf("with all output discarded: %d, %v", code, err)
	}
}

func execStdin(t *trial) {
	t.serve("i1")
	for _, size := range []int{1, 3 << 20} {
		sent := strings.Repeat("0123456789abcdef", size/16) + "end"
		got, code := t.exec("i1", driver.Command{Args: t.config.Workload.Cat, Stdin: iotestOneByOne(sent)})
		if code != 0 || got != sent {
			t.Errorf("of %d bytes came back %d, exit code %d", len(sent), len(got), code)
		}
	}
}

// iotestOneByOne reads a text in small pieces at first, as a person types.
func iotestOneByOne(s string) io.Reader {
	return io.MultiReader(strings.NewReader(s[:1]), strings.NewReader(s[1:3]), struct{ io.Reader }{strings.NewReader(s[3:])})
}

func execNoStdin(t *trial) {
	t.serve("i1")
	if got, code := t.exec("i1", driver.Command{Args: t.config.Workload.Cat}); got != "" || code != 0 {
		t.Errorf("nothing was sent, and back came %q, exit code %d", got, code)
	}
}

func execEnv(t *trial) {
	if t.config.Workload.Env == nil {
		t.Skip("the workload prints no environment")
	}
	spec := t.server("i1")
	spec.Env = map[string]string{"A": "the instance's", "B": "the instance's"}
	t.run(spec)
	own := map[string]string{"B": "its own", "C": "a = b 'c'"}
	for name, want := range map[string]string{"A": "the instance's", "B": "its own", "C": "a = b 'c'"} {
		got, _ := t.exec("i1", driver.Command{Args: t.config.Workload.Env(name), Env: own})
		t.same(name, want, got)
	}
}

func execPlace(t *trial) {
	spec := t.server("i1")
	spec.WorkDir, spec.User = "/tmp", "1234:1234"
	t.run(spec)
	w := t.config.Workload
	for name, c := range map[string]struct {
		command driver.Command
		want    string
	}{
		"the instance's directory": {driver.Command{Args: w.WorkDir}, "/tmp"},
		"another directory":        {driver.Command{Args: w.WorkDir, WorkDir: "/"}, "/"},
		"the instance's user":      {driver.Command{Args: w.User}, "1234"},
		"another user":             {driver.Command{Args: w.User, User: "4321:4321"}, "4321"},
	} {
		got, _ := t.exec("i1", c.command)
		t.same(name, c.want, got)
	}
}

func execMissing(t *trial) {
	t.serve("i1")
	for range 3 {
		_, err := driver.Exec(t.Context(), t.driver, "i1", driver.Command{Args: t.config.Workload.Missing})
		t.refused(err, dockerhv.ErrInvalid)
	}
	t.state("i1", driver.Running)
}

func execNothing(t *trial) {
	t.serve("i1")
	_, err := driver.Exec(t.Context(), t.driver, "i1", driver.Command{})
	t.refused(err, dockerhv.ErrInvalid)
}

func execAtRest(t *trial) {
	t.create(t.server("i1"))
	for range 2 {
		_, err := driver.Exec(t.Context(), t.driver, "i1", driver.Command{Args: t.config.Workload.Exit(0, 0)})
		t.refused(err, dockerhv.ErrConflict)
		t.start("i1")
		t.stop("i1", driver.StopOptions{Grace: -1})
	}
}

func execTogether(t *trial) {
	t.serve("i1")
	t.must(together(8, func(n int) error {
		code, err := driver.Exec(t.Context(), t.driver, "i1", driver.Command{Args: t.config.Workload.Exit(n, 0)})
		if err == nil && code != n {
			err = errors.New("the exit code is another command's")
		}
		return err
	}))
}
