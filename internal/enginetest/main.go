package enginetest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// insideVar holds the endpoint of the engine whose network this test process is in.
const insideVar = "DOCKERHV_TEST_ENGINE"

// missing says why the tests of this process have no engine; Main sets it.
var missing error

// Main runs a package's tests with a private engine and exits. To be the last call of TestMain.
//
// The test program starts the engine and then itself again inside the engine's network, so that a server of a test on
// 127.0.0.1 is reachable for the engine and a published port for the test. The outer program only waits and cleans
// up, also after a test that panics, exits, is interrupted or runs out of time.
func Main(m *testing.M) {
	if Inside() || !wanted() {
		os.Exit(m.Run())
	}
	code, err := Run(context.Background(), Options{}, again)
	if errors.Is(err, ErrNoEngine) && !ci() {
		missing = err
		// An example can't skip itself as a test does.
		if err := flag.Set("test.skip", "^Example"); err != nil {
			fmt.Fprintln(os.Stderr, "enginetest:", err)
		}
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "enginetest:", err)
	}
	os.Exit(code)
}

// Inside says whether this process is the one that runs the tests, with an engine. A TestMain that has more to do asks
// it before it calls [Main].
func Inside() bool { return os.Getenv(insideVar) != "" }

// again is this test program once more, inside an engine.
func again(ctx context.Context, engine *Engine) *exec.Cmd {
	program, err := os.Executable()
	if err != nil {
		program = os.Args[0]
	}
	cmd := engine.Command(ctx, program, os.Args[1:]...)
	cmd.Env = append(cmd.Env, insideVar+"="+engine.Endpoint())
	return cmd
}

// wanted says whether this run of the test program runs any test.
func wanted() bool {
	if !flag.Parsed() {
		flag.Parse()
	}
	value := func(name string) string { return flag.Lookup(name).Value.String() }
	if value("test.list") != "" {
		return false
	}
	return value("test.run") != "^$" || value("test.bench") != "" || value("test.fuzz") != ""
}

// ci says whether a missing engine is a failure.
func ci() bool {
	set, err := strconv.ParseBool(os.Getenv("CI"))
	return err == nil && set
}

// Endpoint returns the address of this test process's engine. Without one it skips the test.
func Endpoint(t testing.TB) string {
	t.Helper()
	endpoint := os.Getenv(insideVar)
	switch {
	case endpoint != "":
	case missing != nil:
		t.Skip(missing)
	default:
		t.Fatal("no engine: call enginetest.Main in this package's TestMain")
	}
	return endpoint
}
