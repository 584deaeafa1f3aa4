package dockerfile_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/dockerfile"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

// private starts an engine of the test's own, to be mistreated, and loads an image.
func private(t *testing.T, config map[string]any) (*enginetest.Engine, *docker.Driver, template.Image) {
	t.Helper()
	enginetest.Endpoint(t)
	engine, err := enginetest.Start(t.Context(), enginetest.Options{Config: config})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: engine.Endpoint()}, docker.Options{Owner: "dockerfile"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	path := filepath.Join(t.TempDir(), "busybox.tar")
	enginetest.SaveBusybox(t, path, "busybox:1")
	image, err := tarfile.Source{Path: path, Tag: "localhost/base:1"}.Install(t.Context(), d.Images(), template.InstallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return engine, d, image
}

// whenSleeping calls then, once, as soon as the step that sleeps is under way.
func whenSleeping(then func()) template.InstallOptions {
	called := false
	return template.InstallOptions{Progress: func(p template.Progress) {
		if !called && strings.Contains(p.Detail, "sleep 300") {
			called = true
			then()
		}
	}}
}

// TestEngineEnds has an engine that goes while it builds, and is no worse when it is
// back.
func TestEngineEnds(t *testing.T) {
	engine, d, image := private(t, nil)
	source := dockerfile.Source{Text: "FROM " + image.Reference + "\nRUN sleep 300\n", Network: "none"}
	before := enginetest.Snapshot(t, engine.Endpoint())
	for name, end := range map[string]func(){
		"killed": engine.Kill,
		"asked to end": func() {
			if err := engine.Signal(syscall.SIGTERM); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := source.Install(t.Context(), d.Images(), whenSleeping(end))
			wantError(t, err, dockerhv.ErrUnavailable)
			engine.Kill() // what was asked to end may not have
			_, err = source.Install(t.Context(), d.Images(), template.InstallOptions{})
			wantError(t, err, dockerhv.ErrUnavailable)
			if err := engine.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			quick := source
			quick.Text = "FROM " + image.Reference + "\nRUN true\n"
			built := install(t, d, quick, template.InstallOptions{})
			if err := d.Images().Remove(t.Context(), built.Reference); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, enginetest.Snapshot(t, engine.Endpoint()), ignoreNetworks); diff != "" {
				t.Errorf("the engine is not as before (-before +after):\n%s", diff)
			}
		})
	}
}

// ignoreNetworks leaves out what an engine makes anew when it starts.
var ignoreNetworks = cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Networks" }, cmp.Ignore())

// TestEngineWithoutABridge has an engine that has no network for steps.
func TestEngineWithoutABridge(t *testing.T) {
	_, d, image := private(t, map[string]any{"bridge": "none"})
	source := dockerfile.Source{Text: "FROM " + image.Reference + "\nRUN true\n"}
	_, err := source.Install(t.Context(), d.Images(), template.InstallOptions{})
	if err != nil { // newer engines build with none
		wantError(t, err, errors.ErrUnsupported)
	}
	source.Network = "none"
	install(t, d, source, template.InstallOptions{})
}

// TestCancelLeavesNothing gives up at each point of a build: on the engine, the test's
// AssertUnchanged sees what is left; here, the files, goroutines and descriptors.
func TestCancelLeavesNothing(t *testing.T) {
	d := open(t)
	text := "FROM " + base(t) + "\nRUN sleep 300\n"
	content := archive(t, map[string]string{"Dockerfile": text, "large": string(make([]byte, 1<<20))})
	warm, cancel := context.WithCancel(t.Context())
	_, _ = dockerfile.Source{Text: text}.Install(warm, d.Images(), whenSleeping(cancel)) // what is kept between builds
	cancel()
	before := inUse(t)
	for name, tc := range map[string]func(cancel func()) (dockerfile.Source, template.InstallOptions){
		"before": func(cancel func()) (dockerfile.Source, template.InstallOptions) {
			cancel()
			return dockerfile.Source{Text: text}, template.InstallOptions{}
		},
		"unpacking": func(cancel func()) (dockerfile.Source, template.InstallOptions) {
			return dockerfile.Source{Reader: func(context.Context) (io.ReadCloser, error) {
				half := io.MultiReader(bytes.NewReader(content[:len(content)/2]), calling(cancel), bytes.NewReader(content[len(content)/2:]))
				return io.NopCloser(half), nil
			}}, template.InstallOptions{}
		},
		"in a step": func(cancel func()) (dockerfile.Source, template.InstallOptions) {
			return dockerfile.Source{Reader: func(context.Context) (io.ReadCloser, error) {
				return io.NopCloser(bytes.NewReader(content)), nil
			}}, whenSleeping(cancel)
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			source, opts := tc(cancel)
			source.TempDir = t.TempDir()
			if _, err := source.Install(ctx, d.Images(), opts); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			wantEmpty(t, source.TempDir)
		})
	}
	t.Run("deadline", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		_, err := dockerfile.Source{Text: text}.Install(ctx, d.Images(), whenSleeping(func() { cancel(context.DeadlineExceeded) }))
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
	settled(t, before)
}

// calling is a reader that holds nothing, and calls.
type calling func()

func (c calling) Read([]byte) (int, error) { c(); return 0, io.EOF }

type usage struct{ goroutines, files int }

func inUse(t *testing.T) usage {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return usage{runtime.NumGoroutine(), len(files)}
}

// settled waits until no more is in use than before.
func settled(t *testing.T, before usage) {
	t.Helper()
	var now usage
	for range 300 {
		if now = inUse(t); now.goroutines <= before.goroutines && now.files <= before.files {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	stacks := make([]byte, 1<<16)
	t.Errorf("in use %+v; before %+v\n%s", now, before, stacks[:runtime.Stack(stacks, true)])
}
