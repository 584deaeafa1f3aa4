package docker_test

import (
	"archive/tar"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

const secretContent = "canary-90b2ae\n"

// withFiles is a sleeper that has files, the first of them a secret.
func withFiles(spec driver.Spec) driver.Spec {
	spec.Files = []driver.File{
		{Path: "/etc/app/key", Content: driver.Content(secretContent), UID: 1000, GID: 1000},
		{Path: "/var/lib/app/seed/run", Mode: 0o755, Content: driver.Content("#!/bin/sh\necho ran\n")},
		{Path: "/bin/wget", Mode: 0o644, Content: driver.Content("not a link any more\n")},
	}
	return spec
}

// 81, 103: the instance finds its files, with their modes and owners; the folders of
// the image stay as they were.
func TestFilesReachTheInstance(t *testing.T) {
	d := open(t, "files")
	spec := withFiles(sleeper("files", busybox(t, d)))
	spec.User = "1000:1000"
	got := printed(t, d, spec, `
		cat /etc/app/key /bin/wget; /var/lib/app/seed/run
		stat -c '%n %a %u:%g' /etc/app /etc/app/key /var /var/lib/app/seed /bin /tmp /var/lib/app/seed/run /bin/wget`)
	want := []string{
		strings.TrimSpace(secretContent), "not a link any more", "ran",
		"/etc/app 755 0:0", "/etc/app/key 600 1000:1000", "/var 755 0:0", "/var/lib/app/seed 755 0:0", "/bin 755 0:0", "/tmp 1777 0:0",
		"/var/lib/app/seed/run 755 0:0", "/bin/wget 644 0:0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A file in the place of a folder can't be put there; nothing is left of the try.
func TestFileInThePlaceOfAFolder(t *testing.T) {
	d := open(t, "folder")
	spec := sleeper("folder", busybox(t, d))
	spec.Files = []driver.File{{Path: "/bin", Content: driver.Content(secretContent)}}
	_, err := d.Create(t.Context(), spec)
	if _, ok := errors.AsType[*dockerhv.Error](err); !ok || !strings.Contains(err.Error(), "director") || strings.ContainsAny(err.Error(), "\r\n") {
		t.Errorf("Create = %v, want that it is a directory", err)
	}
	wantState(t, d, spec, "")
}

// 29, 38: whatever becomes of the request that brings the files, the same call again
// ends with one instance that has them.
func TestFilesUnderFaults(t *testing.T) {
	proxy, d, image := faulty(t, "filefaults")
	for name, fault := range map[string]enginetest.Fault{
		"the request is lost":     enginetest.LoseRequest(),
		"the response is lost":    enginetest.LoseResponse(),
		"the request comes twice": enginetest.Duplicate(),
		"the engine says 500":     enginetest.Answer(http.StatusInternalServerError),
		"the answer comes late":   enginetest.Delay(300 * time.Millisecond),
	} {
		t.Run(name, func(t *testing.T) {
			spec := withFiles(sleeper("victim", image))
			proxy.On("PUT /containers/*/archive", 0, fault)
			_, err := d.Create(t.Context(), spec)
			if proxy.Pending() != 0 {
				t.Fatalf("the fault hit nothing; the calls were %q", proxy.Calls())
			}
			if err != nil {
				wantState(t, d, spec, "")
			}
			create(t, d, spec)
			wantState(t, d, spec, driver.Created)
			wantFile(t, d, spec.ID)
		})
	}
}

// 38: a process that is killed before it sends the files, or when it has, leaves an
// instance that the same call of another completes.
func TestKilledBeforeFiles(t *testing.T) {
	proxy, d, image := faulty(t, "filekill")
	v := victim{Endpoint: proxy.Endpoint(), Owner: "filekill", Spec: withFiles(sleeper("filekill", image))}
	for name, hit := range map[string]func(func()) enginetest.Fault{"before": enginetest.Before, "after": enginetest.After} {
		t.Run(name, func(t *testing.T) {
			kill := v.run(t)
			killed := make(chan struct{})
			proxy.On("PUT /containers/*/archive", 0, hit(func() {
				kill()
				close(killed)
			}))
			select {
			case <-killed:
			case <-time.After(time.Minute):
				t.Fatal("the victim never came to it")
			}
			create(t, d, v.Spec)
			wantFile(t, d, v.Spec.ID)
			converge(t, d, v.Spec)
		})
	}
}

// wantFile asserts that an instance has its secret.
func wantFile(t *testing.T, d *docker.Driver, id string) {
	t.Helper()
	out, err := d.CopyOut(t.Context(), id, "/etc/app/key")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	archive := tar.NewReader(out)
	header, err := archive.Next()
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(archive)
	if err != nil || string(content) != secretContent || header.Mode&0o7777 != 0o600 || header.Uid != 1000 {
		t.Errorf("the file is %+v and holds %q (%v)", header, content, err)
	}
}

// 116: what is in a file is in no log, error, event, label, environment or report,
// nor is it in what a spec looks like in a log.
func TestNoFileLeaks(t *testing.T) {
	var seen lockedBuffer // the driver's goroutines log, too
	loggers := []*slog.Logger{
		slog.New(slog.NewTextHandler(&seen, &slog.HandlerOptions{Level: slog.LevelDebug})),
		slog.New(slog.NewJSONHandler(&seen, nil)),
	}
	image := busybox(t, open(t, "fileleak"))
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: enginetest.Endpoint(t)}, docker.Options{Owner: "fileleak", Logger: loggers[0]})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	note := func(what any) { fmt.Fprintf(&seen, "%v %+v %#v %s %x\n", what, what, what, what, what) }

	r := watch(t, d)
	spec := withFiles(sleeper("fileleak", image))
	note(spec)
	note(spec.Files[0].Content)
	for _, l := range loggers {
		l.Info("a log", "spec", spec, "files", spec.Files[0], "content", spec.Files[0].Content)
	}
	note(create(t, d, spec))
	for _, change := range []func(*driver.Spec){
		func(s *driver.Spec) { s.Name = "another" },
		func(s *driver.Spec) { s.Files[0].Path = "relative" },
		func(s *driver.Spec) { s.ID, s.Files[0].Path = "fileleak2", "/bin" },
	} {
		other := withFiles(spec)
		change(&other)
		_, err := d.Create(t.Context(), other)
		note(err)
		plan, err := d.Plan(t.Context(), other)
		note(plan)
		note(err)
	}
	start(t, d, spec.ID)
	note(inspect(t, d, spec.ID))
	r.until(t, "started fileleak running")
	note(r.events)
	seen.WriteString(rawInspect(t, "/containers/fileleak.fileleak/json"))
	if !strings.Contains(seen.String(), "spec-hash") {
		t.Error("the labels were not looked at")
	}
	secret := strings.TrimSpace(secretContent)
	for form, text := range map[string]string{
		"plain": secret, "base64": base64.StdEncoding.EncodeToString([]byte(secret))[:12], "hexadecimal": fmt.Sprintf("%x", secret),
	} {
		if at := strings.Index(seen.String(), text); at >= 0 {
			t.Errorf("the secret leaks, %s: ...%s...", form, seen.String()[max(0, at-200):at+40])
		}
	}
}

// lockedBuffer is a buffer that several may write to.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) WriteString(s string) { _, _ = b.Write([]byte(s)) }

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

// rawInspect is all that the engine tells of a container.
func rawInspect(t *testing.T, path string) string {
	t.Helper()
	var raw any
	if status := callEngineInto(t, http.MethodGet, path, "", &raw); status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	return fmt.Sprint(raw)
}

// The files take one call of the engine, and none once the instance was started.
func TestCallsForFiles(t *testing.T) {
	proxy, d, image := faulty(t, "filecalls")
	spec := withFiles(sleeper("filecalls", image))
	create(t, d, spec)
	if diff := cmp.Diff([]string{"POST /containers/create", "PUT /containers/*/archive"}, proxy.Calls()); diff != "" {
		t.Errorf("create (-want +got):\n%s", diff)
	}
	start(t, d, spec.ID)
	proxy.Calls()
	create(t, d, spec)
	if diff := cmp.Diff([]string{"GET /containers/*/json"}, proxy.Calls()); diff != "" {
		t.Errorf("create of what runs (-want +got):\n%s", diff)
	}
}
