package enginetest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// behaviorVar makes TestInner behave in one of the ways of TestMainCleansUp.
const behaviorVar = "DOCKERHV_TEST_BEHAVIOR"

// TestInner is no test of its own: it is what TestMainCleansUp runs below another Main.
func TestInner(t *testing.T) {
	behavior := os.Getenv(behaviorVar)
	if behavior == "" {
		t.Skip("runs only below TestMainCleansUp")
	}
	fmt.Println("inner", os.Getpid(), Endpoint(t))
	switch behavior {
	case "fail":
		t.Fail()
	case "panic":
		panic("as asked")
	case "exit":
		os.Exit(7)
	case "hang":
		select {}
	}
}

func TestMainCleansUp(t *testing.T) {
	need(t)
	for _, test := range []struct {
		name, behavior string
		args           []string
		signal         syscall.Signal
		code           int
	}{
		{name: "pass", behavior: "pass"},
		{name: "fail", behavior: "fail", code: 1},
		{name: "panic", behavior: "panic", code: 2},
		{name: "exit", behavior: "exit", code: 7},
		{name: "timeout", behavior: "hang", args: []string{"-test.timeout=1s"}, code: 2},
		{name: "interrupt", behavior: "hang", signal: syscall.SIGINT, code: 128 + 2},
		{name: "terminate", behavior: "hang", signal: syscall.SIGTERM, code: 128 + 15},
		{name: "kill", behavior: "hang", signal: syscall.SIGKILL, code: -1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			outer, pid, dir := startOuter(t, test.behavior, test.args)
			network := hold(t, pid)
			if test.signal != 0 {
				if err := outer.Process.Signal(test.signal); err != nil {
					t.Fatal(err)
				}
			}
			_ = outer.Wait() // its code is looked at
			if code := outer.ProcessState.ExitCode(); code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			if test.signal == syscall.SIGKILL {
				sweepSoon(t, dir, network)
			}
			if left := traces(t, dir, network); left != nil {
				t.Errorf("left behind: %s", left)
			}
		})
	}
}

// startOuter starts this test program as `go test` does and returns it with its inner process and its engine's directory.
func startOuter(t *testing.T, behavior string, args []string) (outer *exec.Cmd, pid int, dir string) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	outer = exec.CommandContext(t.Context(), program, append([]string{"-test.run=^TestInner$"}, args...)...)
	outer.Env = slices.DeleteFunc(os.Environ(), func(entry string) bool { return strings.HasPrefix(entry, insideVar+"=") })
	outer.Env = append(outer.Env, behaviorVar+"="+behavior)
	output, err := outer.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := outer.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		var socket string
		if _, err := fmt.Sscanf(lines.Text(), "inner %d unix://%s", &pid, &socket); err == nil {
			return outer, pid, filepath.Dir(socket)
		}
	}
	t.Fatalf("the inner test did not run: %v", outer.Wait())
	return nil, 0, ""
}

// sweepSoon waits until the kernel has ended a killed program's engine, and sweeps as if it were later.
func sweepSoon(t *testing.T, dir string, network os.FileInfo) {
	t.Helper()
	begin := time.Now()
	for left := processesOf(t, dir, network); left != nil; left = processesOf(t, dir, network) {
		if time.Since(begin) > 10*time.Second {
			t.Fatalf("still running: %s", left)
		}
		time.Sleep(10 * time.Millisecond)
	}
	past := time.Now().Add(-time.Hour)
	if err := os.Chtimes(dir, past, past); err != nil {
		t.Fatal(err)
	}
	sweep()
}
