package preflight

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

// start starts an engine of the test's own.
func start(t *testing.T, o enginetest.Options) *enginetest.Engine {
	t.Helper()
	enginetest.Endpoint(t) // or else there is none, and the test is skipped
	e, err := enginetest.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// looking are options that know how to open an engine, and that a test's machine passes.
func looking(config string) Options {
	return Options{
		Open: discovery.Opener(docker.Options{Owner: "preflight"}.Open), ConfigFile: config, MinDisk: 1, MinInodes: 1,
		Lookup: func(context.Context, string) ([]string, error) { return []string{"127.0.1.1"}, nil },
	}
}

// at is a socket's or a URL's endpoint.
func at(url string) driver.Endpoint { return driver.Endpoint{URL: url} }

// setUp is a set-up of an engine of the test's own, restarted as it must be.
func setUp(t *testing.T, e *enginetest.Engine) Setup {
	t.Helper()
	return Setup{
		Checks: looking(e.ConfigFile()), Endpoint: at(e.Endpoint()), TLSDir: filepath.Join(t.TempDir(), "etc", "tls"), Timeout: 20 * time.Second,
		root: t.TempDir(), run: func(ctx context.Context, _ []string) error { return e.Restart(ctx) },
	}
}

// file is what a test wants to stay as it was.
type file struct {
	Mode    fs.FileMode
	Content string
}

// snapshot reads files, and folders with all in them.
func snapshot(t *testing.T, paths ...string) map[string]file {
	t.Helper()
	found := make(map[string]file)
	for _, path := range paths {
		if err := filepath.WalkDir(path, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := entry.Info()
			if err != nil {
				return err
			}
			f := file{Mode: info.Mode()}
			if info.Mode().IsRegular() {
				data, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				f.Content = string(data)
			}
			found[path] = f
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	return found
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
