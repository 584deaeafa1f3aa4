package dockerfile_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/dockerfile"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

// here lets a test's own servers be reached.
var here = template.Download{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}

func open(t *testing.T) *docker.Driver {
	t.Helper()
	enginetest.AssertUnchanged(t)
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: enginetest.Endpoint(t)}, docker.Options{Owner: "dockerfile"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// base pushes an image with a shell to a real registry.
func base(t testing.TB) string {
	t.Helper()
	ref, _ := enginetest.PushBusybox(t, enginetest.Registry(t), "base:1")
	return ref
}

// install installs a source, and removes its image after the test.
func install(t *testing.T, d driver.Driver, s dockerfile.Source, opts template.InstallOptions) template.Image {
	t.Helper()
	image, err := s.Install(t.Context(), d.Images(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		if err := d.Images().Remove(ctx, image.Reference); err != nil {
			t.Error(err)
		}
	})
	return image
}

// run runs an image to its end and returns what it printed.
func run(t *testing.T, d driver.Driver, image template.Image) []string {
	t.Helper()
	spec := driver.Spec{ID: "run", Image: image.ID}
	if _, err := d.Create(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.Destroy(t.Context(), spec.ID, driver.DestroyOptions{Force: true}); err != nil {
			t.Error(err)
		}
	}()
	if err := d.Start(t.Context(), spec.ID); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line, err := range driver.Logs(t.Context(), d, spec.ID, driver.LogOptions{Follow: true}) {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line.Text)
	}
	return lines
}

func TestFolder(t *testing.T) {
	d := open(t)
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"Dockerfile": "FROM " + base(t) + `
ARG GREETING=nothing
RUN echo "$GREETING" > /greeting
COPY . /files
CMD ["sh", "-c", "cat /greeting; ls /files"]
`,
		".dockerignore": "*.secret\n.dockerignore\nDockerfile\n",
		"a.txt":         "a",
		"b.secret":      "b",
	})
	source := dockerfile.Source{Dir: dir, Args: map[string]string{"GREETING": "hello builder"}}
	var seen []template.Progress
	image := install(t, d, source, template.InstallOptions{Progress: func(p template.Progress) { seen = append(seen, p) }})
	if diff := cmp.Diff([]string{"hello builder", "a.txt"}, run(t, d, image)); diff != "" {
		t.Errorf("the instance printed (-want +got):\n%s", diff)
	}
	if image.Format != template.Dockerfile || image.Cached || !strings.HasPrefix(image.Reference, "localhost/dockerhv:dockerfile-") {
		t.Errorf("image %+v", image)
	}
	checkProgress(t, seen)

	again, err := source.Install(t.Context(), d.Images(), template.InstallOptions{})
	if err != nil || again.ID != image.ID || !again.Cached {
		t.Errorf("installed again: %+v, %v; want the same image", again, err)
	}
}

func checkProgress(t *testing.T, seen []template.Progress) {
	t.Helper()
	if len(seen) < 3 || seen[0].Phase != template.Resolving || seen[len(seen)-1].Phase != template.Done {
		t.Fatalf("progress %+v", seen)
	}
	var last template.Progress
	for _, p := range seen {
		if p.Item != seen[0].Item || (p.Phase == last.Phase && p.Current < last.Current) || p.Current > p.Total {
			t.Errorf("progress %+v after %+v", p, last)
		}
		last = p
	}
}

func TestURL(t *testing.T) {
	d := open(t)
	text := "FROM " + base(t) + "\nRUN echo built > /f\nCMD [\"cat\", \"/f\"]\n"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/Dockerfile" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(text))
	}))
	t.Cleanup(server.Close)
	sum := sha256.Sum256([]byte(text))
	checksum := template.Checksum{Hex: hex.EncodeToString(sum[:])}

	image := install(t, d, dockerfile.Source{URL: server.URL + "/Dockerfile?token=x", Checksum: checksum, Download: here}, template.InstallOptions{})
	if diff := cmp.Diff([]string{"built"}, run(t, d, image)); diff != "" {
		t.Errorf("the instance printed (-want +got):\n%s", diff)
	}
	wrong := template.Checksum{Hex: strings.Repeat("0", 64)}
	small := here
	small.MaxBytes = 10
	for name, tc := range map[string]struct {
		source dockerfile.Source
		want   error
	}{
		"wrong checksum":     {dockerfile.Source{URL: server.URL + "/Dockerfile?token=x", Checksum: wrong, Download: here}, dockerhv.ErrIntegrity},
		"not there":          {dockerfile.Source{URL: server.URL + "/none", Download: here}, dockerhv.ErrNotFound},
		"too large":          {dockerfile.Source{URL: server.URL + "/Dockerfile", Download: small}, dockerhv.ErrInvalid},
		"loopback is denied": {dockerfile.Source{URL: server.URL + "/Dockerfile"}, dockerhv.ErrDenied},
		"file scheme":        {dockerfile.Source{URL: "file:///etc/passwd", Download: here}, dockerhv.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tc.source.Install(t.Context(), d.Images(), template.InstallOptions{})
			wantError(t, err, tc.want)
			if strings.Contains(err.Error(), "token") {
				t.Errorf("%v shows the query", err)
			}
		})
	}
}

func TestTextTargetAndLabels(t *testing.T) {
	d := open(t)
	image := install(t, d, dockerfile.Source{
		Text: "FROM " + base(t) + ` AS first
RUN echo first > /f
CMD ["cat", "/f"]
FROM first AS second
RUN echo second > /f
`,
		Target: "first", Labels: map[string]string{"team": "blue"}, Tag: "localhost/mine:1",
	}, template.InstallOptions{})
	if image.Reference != "localhost/mine:1" {
		t.Errorf("reference %q", image.Reference)
	}
	if diff := cmp.Diff([]string{"first"}, run(t, d, image)); diff != "" {
		t.Errorf("the instance printed (-want +got):\n%s", diff)
	}
}

func TestFailures(t *testing.T) {
	d := open(t)
	from := "FROM " + base(t) + "\n"
	for name, tc := range map[string]struct {
		text string
		want template.BuildError
	}{
		"unknown instruction": {from + "\nNONSENSE x\n", template.BuildError{Class: dockerhv.ErrInvalid, Line: 3, Source: "NONSENSE x"}},
		"empty":               {"# nothing\n", template.BuildError{Class: dockerhv.ErrInvalid}},
		"a step fails": {
			from + "WORKDIR /tmp\nRUN true\nRUN echo one; echo two; \\\n  exit 42\n",
			template.BuildError{Class: dockerhv.ErrFailed, Line: 4, Source: "RUN echo one; echo two; \\", ExitCode: 42, Output: []string{"one", "two"}},
		},
		"a step of a stage fails": {
			from + "RUN true\n" + strings.Replace(from, "\n", " AS second\n", 1) + "ARG CODE=7\nRUN exit $CODE\n",
			template.BuildError{Class: dockerhv.ErrFailed, Line: 5, Source: "RUN exit $CODE", ExitCode: 7},
		},
		"a file is missing":         {from + "COPY missing /x\n", template.BuildError{Class: dockerhv.ErrNotFound, Line: 2, Source: "COPY missing /x"}},
		"the base image is missing": {strings.Replace(from, "base:1", "none:1", 1), template.BuildError{Class: dockerhv.ErrNotFound}},
		"the registry refuses":      {"FROM " + refusing(t) + "/base\n", template.BuildError{Class: dockerhv.ErrDenied}},
		"the registry is away":      {"FROM 127.0.0.1:1/base\n", template.BuildError{Class: dockerhv.ErrUnavailable}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := dockerfile.Source{Text: tc.text}.Install(t.Context(), d.Images(), template.InstallOptions{})
			wantError(t, err, tc.want.Class)
			t.Log(err)
			failed, ok := errors.AsType[*template.BuildError](err)
			if !ok {
				t.Fatalf("%v (%T) is no BuildError", err, err)
			}
			if failed.Reason == "" {
				t.Error("no reason")
			}
			tc.want.File = "Dockerfile"
			got := *failed
			got.Reason = ""
			if tc.want.Line == 0 { // where a base image fails, newer engines tell the line and 20.10 does not
				got.Line, got.Source = 0, ""
			}
			if diff := cmp.Diff(tc.want, got, cmp.Comparer(func(a, b error) bool { return a == b })); diff != "" {
				t.Errorf("BuildError (-want +got):\n%s", diff)
			}
		})
	}
}

// refusing is a registry that lets nobody in.
func refusing(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "closed", http.StatusForbidden)
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// TestCancel stops a build in the middle of a step.
func TestCancel(t *testing.T) {
	d := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	begun := time.Now()
	_, err := dockerfile.Source{Text: "FROM " + base(t) + "\nRUN sleep 300\n"}.Install(ctx, d.Images(), template.InstallOptions{
		Progress: func(p template.Progress) {
			if strings.Contains(p.Detail, "sleep 300") {
				cancel()
			}
		},
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(begun); took > time.Minute {
		t.Errorf("the cancelled build took %v", took)
	}
}

func TestBadSources(t *testing.T) {
	d := open(t)
	dir := t.TempDir()
	write(t, dir, map[string]string{"Dockerfile": "FROM scratch\n"})
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "escape")); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		source dockerfile.Source
		want   error
	}{
		"nothing given":       {dockerfile.Source{}, dockerhv.ErrInvalid},
		"two given":           {dockerfile.Source{Dir: dir, Text: "FROM scratch"}, dockerhv.ErrInvalid},
		"no such folder":      {dockerfile.Source{Dir: dir + "/none"}, dockerhv.ErrNotFound},
		"no such file":        {dockerfile.Source{Dir: dir, File: "Other"}, dockerhv.ErrNotFound},
		"a file outside":      {dockerfile.Source{Dir: dir, File: "../x"}, dockerhv.ErrInvalid},
		"a link outside":      {dockerfile.Source{Dir: dir, File: "escape"}, dockerhv.ErrInvalid},
		"a bad argument":      {dockerfile.Source{Dir: dir, Args: map[string]string{"a b": ""}}, dockerhv.ErrInvalid},
		"a bad tag":           {dockerfile.Source{Dir: dir, Tag: "UPPER CASE"}, dockerhv.ErrInvalid},
		"the wrong checksum":  {dockerfile.Source{Dir: dir, Checksum: template.Checksum{Hex: strings.Repeat("0", 64)}}, dockerhv.ErrIntegrity},
		"larger than allowed": {dockerfile.Source{Dir: dir, Download: template.Download{MaxBytes: 3}}, dockerhv.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tc.source.Install(t.Context(), d.Images(), template.InstallOptions{})
			wantError(t, err, tc.want)
		})
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"Dockerfile": "FROM scratch\n", "Other": "FROM scratch\n"})
	for name, tc := range map[string]struct {
		registration template.Registration
		local        bool
		want         error
	}{
		"URL":               {template.Registration{URL: "https://example.com/Dockerfile"}, false, nil},
		"folder":            {template.Registration{URL: dir}, true, nil},
		"file":              {template.Registration{URL: "file://" + dir + "/Other"}, true, nil},
		"local not allowed": {template.Registration{URL: dir}, false, dockerhv.ErrInvalid},
		"absent":            {template.Registration{URL: dir + "/none"}, true, dockerhv.ErrNotFound},
		"bad checksum":      {template.Registration{URL: dir, Checksum: "md5:0"}, true, dockerhv.ErrInvalid},
		"unknown detail":    {template.Registration{URL: dir, Details: map[string]string{"tag": "x"}}, true, dockerhv.ErrInvalid},
		"unknown secret":    {template.Registration{URL: dir, Secrets: template.Secrets{"key": "x"}}, true, dockerhv.ErrInvalid},
		"bad argument":      {template.Registration{URL: dir, Details: map[string]string{"buildarg.a b": ""}}, true, dockerhv.ErrInvalid},
		"host's network":    {template.Registration{URL: dir, Details: map[string]string{"network": "host"}}, true, dockerhv.ErrInvalid},
		"all details": {template.Registration{URL: dir, Details: map[string]string{
			"buildarg.A": "1", "label.b": "2", "host.c": "192.0.2.1", "file": "Other", "target": "0", "network": "none", "nocache": "true",
		}, Secrets: template.Secrets{"secret.token": "x"}}, true, nil},
		"bad address":     {template.Registration{URL: dir, Details: map[string]string{"host.c": "here"}}, true, dockerhv.ErrInvalid},
		"bad switch":      {template.Registration{URL: dir, Details: map[string]string{"nocache": "perhaps"}}, true, dockerhv.ErrInvalid},
		"git not allowed": {template.Registration{URL: "https://example.com/a.git#" + strings.Repeat("0", 40)}, true, dockerhv.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := dockerfile.Opener{AllowLocal: tc.local}.Open(tc.registration)
			if !errors.Is(err, tc.want) {
				t.Errorf("got %v; want %v", err, tc.want)
			}
		})
	}
}

func write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// wantError asserts that an error has a class, is the module's own and one line.
func wantError(t *testing.T, err, class error) {
	t.Helper()
	if !errors.Is(err, class) {
		t.Fatalf("got %v; want an error that is %q", err, class)
	}
	if _, ok := errors.AsType[*dockerhv.Error](err); !ok || strings.Contains(err.Error(), "\n") {
		t.Errorf("%q is no *dockerhv.Error of one line", err)
	}
}
