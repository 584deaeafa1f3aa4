package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// TestOutcomes has an engine for each way that it can go.
func TestOutcomes(t *testing.T) {
	all := []engine{
		{name: "good", suite: "good", version: "26.1."},
		{name: "red", suite: "red"},
		{name: "absent", suite: "absent"},
		{name: "older", suite: "older", version: "28."},
		{name: "other-store", suite: "other-store", containerd: true},
		{name: "lame", suite: "lame"},
		{name: "nobody", suite: "nobody"},
	}
	var tested []string
	do := steps{
		root: func(_ context.Context, suite string) (string, error) {
			if suite == "absent" {
				return "", errors.New("no mirror\ntoday")
			}
			return "/" + suite, nil
		},
		probe: func(_ context.Context, o enginetest.Options) (enginetest.Description, error) {
			switch o.Root {
			case "/lame":
				return enginetest.Description{}, errors.New("does not start")
			case "/nobody":
				return enginetest.Description{}, fmt.Errorf("%w: not root", enginetest.ErrNoEngine)
			}
			return enginetest.Description{Version: "26.1.5", StorageDriver: "overlay2"}, nil
		},
		test: func(_ context.Context, o enginetest.Options) error {
			tested = append(tested, o.Root)
			if o.Root == "/red" {
				return errors.New("exit status 1")
			}
			return nil
		},
	}
	var out bytes.Buffer
	if passed, err := runAll(t.Context(), &out, all, do); passed || err != nil {
		t.Errorf("passed: %v, %v", passed, err)
	}
	if diff := cmp.Diff([]string{"/good", "/red"}, tested); diff != "" {
		t.Errorf("tested (-want +got):\n%s", diff)
	}
	_, table, _ := strings.Cut(out.String(), "Engine tests\n============\n")
	if diff := cmp.Diff(`ENGINE        VERSION   IMAGES IN   TESTS
good          26.1.5    overlay2    passed in 0s
red           26.1.5    overlay2    FAILED in 0s: exit status 1
absent        ?         ?           NOT RUN: no mirror | today
older         26.1.5    overlay2    FAILED: its version is 26.1.5, not 28.*
other-store   26.1.5    overlay2    FAILED: containerd's image store: false, want true
lame          ?         ?           FAILED: does not start
nobody        ?         ?           NOT RUN: no private engine: not root

7 engines: 1 passed, 4 FAILED, 2 NOT RUN
`, table); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}

	if passed, err := runAll(t.Context(), &out, []engine{all[0], all[2], all[6]}, do); !passed || err != nil {
		t.Errorf("without a failure: %v, %v", passed, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if passed, err := runAll(ctx, &out, all, do); passed || !errors.Is(err, context.Canceled) {
		t.Errorf("when interrupted: %v, %v", passed, err)
	}
}

func TestChoose(t *testing.T) {
	if all, err := choose(""); err != nil || len(all) != len(engines) {
		t.Errorf("without names: %v, %v", all, err)
	}
	if some, err := choose("sid,trixie"); err != nil || names(some) != "sid,trixie" {
		t.Errorf("with names: %v, %v", some, err)
	}
	if _, err := choose("sid,none"); err == nil || !strings.Contains(err.Error(), names(engines)) {
		t.Errorf("with a wrong name: %v", err)
	}
}

func TestEnginePackages(t *testing.T) {
	t.Chdir("..")
	packages, err := enginePackages(t.Context(), "go")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{enginetestPath, enginetestPath + "/withengine"}, packages); diff != "" {
		t.Errorf("packages (-want +got):\n%s", diff)
	}
}

func TestMistakes(t *testing.T) {
	for _, args := range [][]string{nil, {"-only=none", "go", "test"}, {"--", "go"}, {"go", "build"}} {
		if passed, err := run(t.Context(), args); passed || err == nil {
			t.Errorf("%q: %v, %v", args, passed, err)
		}
	}
}
