package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery/preflight"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// mainVar makes this test program be setup-agent.
const mainVar = "DOCKERHV_TEST_SETUP_AGENT"

func TestMain(m *testing.M) {
	if os.Getenv(mainVar) != "" {
		main()
		os.Exit(0)
	}
	enginetest.Main(m)
}

// good are flags by which a test's engine passes, however little room the machine has.
func good(t *testing.T, command string) []string {
	t.Helper()
	t.Setenv("DOCKER_HOST", enginetest.Endpoint(t))
	enginetest.AssertUnchanged(t)
	return []string{command, "-config", filepath.Join(t.TempDir(), "daemon.json"), "-min-disk", "1m"}
}

func TestCheck(t *testing.T) {
	args := good(t, "check")
	var out bytes.Buffer
	if err := run(t.Context(), args, nil, &out, io.Discard); err != nil && !strings.Contains(err.Error(), "fails name") {
		t.Errorf("%v\n%s", err, &out) // the engine's namespace may have no resolver
	}
	for _, want := range []string{"CHECK ", "engine        pass    Docker Engine", "live-restore  warn", "do: set"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
	out.Reset()
	err := run(t.Context(), append(args, "-json", "-min-memory", "1000t"), nil, &out, io.Discard)
	if !errors.Is(err, dockerhv.ErrConflict) || !strings.Contains(err.Error(), "memory") {
		t.Errorf("the error is %v", err)
	}
	var r preflight.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || r.Schema != preflight.ReportSchema || r.Find("memory").Result != preflight.Fail {
		t.Errorf("%v: %s", err, &out)
	}
}

// A plan changes nothing, and neither does apply without consent.
func TestPlanAndConsent(t *testing.T) {
	args := good(t, "plan")
	config := args[2]
	for _, tc := range []struct{ command, answer, problem string }{{"plan", "", ""}, {"apply", "n\n", "nothing was changed"}, {"apply", "", "nothing was changed"}} {
		args[0] = tc.command
		var out bytes.Buffer
		err := run(t.Context(), args, strings.NewReader(tc.answer), &out, io.Discard)
		if (err != nil) != (tc.problem != "") || err != nil && !strings.Contains(err.Error(), tc.problem) {
			t.Errorf("%s: %v", tc.command, err)
		}
		if !strings.Contains(out.String(), "Write "+config) || !strings.Contains(out.String(), `+  "live-restore": true`) {
			t.Errorf("%s shows\n%s", tc.command, &out)
		}
		if _, err := os.Stat(config); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s has written %s", tc.command, config)
		}
	}
}

// An agent that goes on tells of the host until it is interrupted, and one that is refused
// says why.
func TestRegister(t *testing.T) {
	args := good(t, "register")
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	out := &watched{word: "is Up", seen: stop}
	err := run(ctx, args, nil, out, io.Discard)
	if err != nil && !strings.Contains(err.Error(), "fails name") {
		t.Errorf("%v\n%s", err, &out.all)
	}
	if err == nil && !strings.Contains(out.all.String(), `"apiVersion"`) {
		t.Errorf("it shows\n%s", &out.all)
	}
	err = run(t.Context(), append(args, "-min-memory", "1000t"), nil, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "memory") {
		t.Errorf("the error is %v", err)
	}
}

// watched tells when a word was written.
type watched struct {
	all  bytes.Buffer
	word string
	seen func()
}

func (w *watched) Write(data []byte) (int, error) {
	n, err := w.all.Write(data)
	if strings.Contains(w.all.String(), w.word) {
		w.seen()
	}
	return n, err
}

func TestUsage(t *testing.T) {
	for _, tc := range []struct {
		args []string
		want string
		err  error
	}{
		{nil, "say what to do", errUsage},
		{[]string{"mend"}, `"mend" is no command`, errUsage},
		{[]string{"check", "now"}, `"now" is no flag`, errUsage},
		{[]string{"check", "-no-such"}, "no-such", errUsage},
		{[]string{"plan", "-listen", "everywhere"}, "everywhere", errUsage},
		{[]string{"plan", "-pool", "10.0.0.0/16/8"}, "no network of the size", errUsage},
		{[]string{"register", "-ping", "0s"}, "-ping must be", errUsage},
		{[]string{"-h"}, "setup-agent apply ", flag.ErrHelp},
		{[]string{"check", "-h"}, "setup-agent apply ", flag.ErrHelp},
	} {
		var told bytes.Buffer
		if err := run(t.Context(), tc.args, nil, io.Discard, &told); !errors.Is(err, tc.err) || !strings.Contains(told.String(), tc.want) {
			t.Errorf("%q: %v, and the user is told\n%s", tc.args, err, &told)
		}
	}
}
