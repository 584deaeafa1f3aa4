package tarfile_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

// engine opens the test's engine, on which nothing may be left at the test's end.
func engine(t *testing.T) *docker.Driver {
	t.Helper()
	enginetest.AssertUnchanged(t)
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: enginetest.Endpoint(t)}, docker.Options{Owner: "tarfile"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	wantNoTemp(t)
	return d
}

// wantNoTemp checks at the test's end that the engine keeps no files of an upload.
func wantNoTemp(t *testing.T) {
	t.Helper()
	var info struct{ DockerRootDir string }
	if err := json.Unmarshal(get(t, "/info"), &info); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(info.DockerRootDir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		var left []os.DirEntry
		for range 100 { // the engine removes them after its answer
			left, _ = os.ReadDir(filepath.Join(info.DockerRootDir, "tmp"))
			left = slices.DeleteFunc(left, func(e os.DirEntry) bool { return e.Name() == "buildkit-mounts" })
			if len(left) == 0 {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		t.Errorf("left in the engine's tmp: %v", left)
	})
}

// save writes a real image as `docker save` does, and returns its path and content.
func save(t *testing.T, tag string, changes ...enginetest.Change) (path string, content []byte) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "busybox.tar")
	enginetest.SaveBusybox(t, path, tag, changes...)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, content
}

// mustInstall installs a source and removes its image after the test.
func mustInstall(t *testing.T, d *docker.Driver, s tarfile.Source) template.Image {
	t.Helper()
	got, err := s.Install(t.Context(), d.Images(), template.InstallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remove(t, d, got.Reference) })
	return got
}

func remove(t *testing.T, d *docker.Driver, ref string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	if err := d.Images().Remove(ctx, ref); err != nil {
		t.Error(err)
	}
}

// run runs an instance of an image to its end.
func run(t *testing.T, d *docker.Driver, got template.Image) {
	t.Helper()
	ctx := t.Context()
	_, err := d.Create(ctx, driver.Spec{ID: "box", Image: got.ID, Command: []string{"true"}})
	if err == nil {
		err = d.Start(ctx, "box")
	}
	if err == nil {
		var exit driver.Exit
		exit, err = driver.Wait(ctx, d, "box")
		if exit.Code != 0 {
			t.Errorf("the instance ended with %+v", exit)
		}
	}
	if err != nil {
		t.Error(err)
	}
	if err := d.Destroy(ctx, "box", driver.DestroyOptions{Force: true}); err != nil {
		t.Error(err)
	}
}

// command runs an installed program on content.
func command(t *testing.T, content []byte, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program(t, name), args...)
	cmd.Stdin = bytes.NewReader(content)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// program finds a program that the set-up of the tests installs.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := enginetest.FindProgram(name)
	if err == nil {
		return path
	}
	if ci, _ := strconv.ParseBool(os.Getenv("CI")); ci {
		t.Fatal(err)
	}
	t.Skip(err)
	return ""
}

// TestEngineSaved installs what the engine itself saves.
func TestEngineSaved(t *testing.T) {
	path, _ := save(t, "app:1")
	d := engine(t)
	first := mustInstall(t, d, tarfile.Source{Path: path})
	saved := get(t, "/images/"+first.Reference+"/get")
	remove(t, d, first.Reference)
	second := mustInstall(t, d, source(saved))
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("image (-loaded +saved and loaded):\n%s", diff)
	}
	run(t, d, second)
}

// get asks the engine's API.
func get(t *testing.T, path string) []byte {
	t.Helper()
	socket := strings.TrimPrefix(enginetest.Endpoint(t), "unix://")
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
	}}
	response, err := client.Get("http://engine" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatal(response.Status, err)
	}
	return content
}

func TestEnginePlatform(t *testing.T) {
	path, _ := save(t, "app:1")
	d := engine(t)
	opts := template.InstallOptions{Platform: template.Platform{OS: "linux", Architecture: "s390x"}}
	_, err := tarfile.Source{Path: path}.Install(t.Context(), d.Images(), opts)
	wantError(t, err, dockerhv.ErrInvalid, "linux/s390x")
}

// TestEngineKeepsNames loads an archive that names itself as an image that is there.
func TestEngineKeepsNames(t *testing.T) {
	path, _ := save(t, "app:1")
	other, _ := save(t, "app:1", enginetest.WithPayload(1000))
	d := engine(t)
	before := mustInstall(t, d, tarfile.Source{Path: path, Tag: "app:1"})
	brought := mustInstall(t, d, tarfile.Source{Path: other})
	now, err := d.Images().Image(t.Context(), "app:1")
	if err != nil || now.ID != before.ID || brought.ID == before.ID {
		t.Errorf("app:1 is %v, was %v; the other is %v; %v", now.ID, before.ID, brought.ID, err)
	}
}

// TestEngineCanceled gives up in each of an installation's phases.
func TestEngineCanceled(t *testing.T) {
	path, _ := save(t, "app:1", enginetest.WithPayload(16<<20))
	for _, at := range []template.Phase{template.Loading, template.Extracting} {
		t.Run(string(at), func(t *testing.T) {
			d := engine(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			opts := template.InstallOptions{Progress: func(p template.Progress) {
				if p.Phase == at {
					cancel()
				}
			}}
			_, err := tarfile.Source{Path: path}.Install(ctx, d.Images(), opts)
			wantError(t, err, context.Canceled)
		})
	}
}

func TestEngineMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("loads 300 MB")
	}
	path := filepath.Join(t.TempDir(), "huge.tar")
	enginetest.SaveBusybox(t, path, "app:1", enginetest.WithPayload(300<<20))
	d := engine(t)
	peak := heapPeak(t, func() { mustInstall(t, d, tarfile.Source{Path: path}) })
	if peak > maxHeap {
		t.Errorf("takes %d KiB of heap, want at most %d", peak>>10, maxHeap>>10)
	}
	t.Logf("took %d KiB of heap", peak>>10)
}
