package repository_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
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
	"github.com/dockerhv/dockerhv/template/repository"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

func open(t *testing.T) template.ImageStore {
	t.Helper()
	enginetest.AssertUnchanged(t)
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: enginetest.Endpoint(t)}, docker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d.Images()
}

// install installs a source, and removes its image after the test.
func install(t *testing.T, images template.ImageStore, s repository.Source, opts template.InstallOptions) template.Image {
	t.Helper()
	image, err := s.Install(t.Context(), images, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		if err := images.Remove(ctx, image.Reference); err != nil {
			t.Error(err)
		}
	})
	return image
}

func TestInstallPinsByDigest(t *testing.T) {
	images := open(t)
	host := slow(t, enginetest.Registry(t))
	ref, digest := enginetest.PushBusybox(t, host, "team/app:1", enginetest.WithPayload(3<<20))
	var seen []template.Progress
	image := install(t, images, repository.Source{Reference: ref}, template.InstallOptions{
		Progress: func(p template.Progress) { seen = append(seen, p) },
	})
	pinned := host + "/team/app@" + digest
	if image.Digest != digest || image.Reference != pinned || image.Format != template.Repository || image.Cached ||
		image.Platform.OS != "linux" || image.Size < 3<<20 {
		t.Errorf("image %+v; want digest %s", image, digest)
	}
	checkProgress(t, seen)
	if _, err := images.Image(t.Context(), ref); !errors.Is(err, dockerhv.ErrNotFound) {
		t.Errorf("the pull left the tag %s: %v", ref, err)
	}
	for _, again := range []string{ref, pinned, host + "/team/app:1@" + digest} {
		second, err := repository.Source{Reference: again}.Install(t.Context(), images, template.InstallOptions{})
		if err != nil || second.ID != image.ID || second.Digest != digest || !second.Cached {
			t.Errorf("%s again: %+v, %v", again, second, err)
		}
	}
	byID, err := images.Image(t.Context(), image.ID)
	if err != nil || byID.ID != image.ID {
		t.Errorf("by ID: %+v, %v", byID, err)
	}
}

// slow serves a registry whose layers take a while: an engine with containerd's
// image store looks at a download for the first time after a tenth of a second.
func slow(t *testing.T, host string) string {
	t.Helper()
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: host})
	proxy.ModifyResponse = func(r *http.Response) error {
		r.Body = slowBody{r.Body}
		return nil
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// slowBody gives 64 KiB in a hundredth of a second.
type slowBody struct{ io.ReadCloser }

func (b slowBody) Read(p []byte) (int, error) {
	time.Sleep(10 * time.Millisecond)
	return b.ReadCloser.Read(p[:min(len(p), 64<<10)])
}

// checkProgress wants one item whose download grows to its total.
func checkProgress(t *testing.T, seen []template.Progress) {
	t.Helper()
	phases := make(map[template.Phase]template.Progress)
	var last template.Progress
	for _, p := range seen {
		if p.Item != seen[0].Item || p.Current > p.Total || (p.Phase == last.Phase && p.Current < last.Current) {
			t.Errorf("progress %+v after %+v", p, last)
		}
		phases[p.Phase], last = p, p
	}
	if phases[template.Downloading].Total < 3<<20 || last.Phase != template.Done {
		t.Errorf("progress ends with %+v; download with %+v", last, phases[template.Downloading])
	}
}

func TestMovedTag(t *testing.T) {
	images := open(t)
	host := enginetest.Registry(t)
	ref, first := enginetest.PushBusybox(t, host, "app:latest")
	before := install(t, images, repository.Source{Reference: host + "/app"}, template.InstallOptions{})
	_, second := enginetest.PushBusybox(t, host, "app:latest", enginetest.WithPayload(1000))
	after := install(t, images, repository.Source{Reference: ref}, template.InstallOptions{})
	if before.Digest != first || after.Digest != second || first == second {
		t.Errorf("digests %s and %s; want %s and %s", before.Digest, after.Digest, first, second)
	}
}

func TestPolicies(t *testing.T) {
	images := open(t)
	host := enginetest.Registry(t)
	ref, digest := enginetest.PushBusybox(t, host, "app:1")
	never := repository.Source{Reference: host + "/app@" + digest, Policy: repository.Never}
	_, err := never.Install(t.Context(), images, template.InstallOptions{})
	wantError(t, err, dockerhv.ErrNotFound)

	image := install(t, images, repository.Source{Reference: ref, Policy: repository.Always}, template.InstallOptions{})
	if cached, err := never.Install(t.Context(), images, template.InstallOptions{}); err != nil || cached.ID != image.ID {
		t.Errorf("never, present: %+v, %v", cached, err)
	}
	// What the host's users have tagged themselves is taken without a registry.
	tagger, err := template.Role[template.Tagger](images)
	if err != nil {
		t.Fatal(err)
	}
	if err := tagger.Tag(t.Context(), image.ID, "localhost/built-here:1"); err != nil {
		t.Fatal(err)
	}
	local := install(t, images, repository.Source{Reference: "localhost/built-here:1"}, template.InstallOptions{})
	if local.ID != image.ID || !local.Cached {
		t.Errorf("local image %+v", local)
	}
}

func TestRefusals(t *testing.T) {
	images := open(t)
	host := enginetest.Registry(t)
	ref, digest := enginetest.PushBusybox(t, host, "app:1")
	for name, tc := range map[string]struct {
		source   repository.Source
		platform template.Platform
		want     error
	}{
		"unknown tag":          {repository.Source{Reference: host + "/app:2"}, template.Platform{}, dockerhv.ErrNotFound},
		"unknown repository":   {repository.Source{Reference: host + "/none:1"}, template.Platform{}, dockerhv.ErrNotFound},
		"unknown digest":       {repository.Source{Reference: host + "/app@sha256:" + strings.Repeat("0", 64)}, template.Platform{}, dockerhv.ErrNotFound},
		"registry is away":     {repository.Source{Reference: "127.0.0.1:1/app:1"}, template.Platform{}, dockerhv.ErrUnavailable},
		"registry has no name": {repository.Source{Reference: "registry.invalid/app:1"}, template.Platform{}, dockerhv.ErrUnavailable},
		"no reference":         {repository.Source{Reference: "Not A Reference"}, template.Platform{}, dockerhv.ErrInvalid},
		"empty":                {repository.Source{}, template.Platform{}, dockerhv.ErrInvalid},
		"no policy":            {repository.Source{Reference: ref, Policy: "sometimes"}, template.Platform{}, dockerhv.ErrInvalid},
		"another platform":     {repository.Source{Reference: ref}, template.Platform{OS: "linux", Architecture: "s390x"}, dockerhv.ErrNotFound},
		"pinned, wrong platform": {
			repository.Source{Reference: host + "/app@" + digest}, template.Platform{OS: "linux", Architecture: "s390x"}, dockerhv.ErrNotFound,
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tc.source.Install(t.Context(), images, template.InstallOptions{Platform: tc.platform})
			wantError(t, err, tc.want)
			t.Log(err)
		})
	}
}

// TestWrongPlatformKeepsWhatWasThere asks for another platform of an image that
// the host has and that has just one.
func TestWrongPlatformKeepsWhatWasThere(t *testing.T) {
	images := open(t)
	ref, _ := enginetest.PushBusybox(t, enginetest.Registry(t), "app:1")
	image := install(t, images, repository.Source{Reference: ref}, template.InstallOptions{})
	_, err := repository.Source{Reference: ref}.Install(t.Context(), images, template.InstallOptions{
		Platform: template.Platform{OS: "linux", Architecture: "s390x"},
	})
	wantError(t, err, dockerhv.ErrNotFound)
	if _, err := images.Image(t.Context(), image.Reference); err != nil {
		t.Errorf("the refused install took away what was there: %v", err)
	}
}

// TestCredentials puts a registry behind a user and a password.
func TestCredentials(t *testing.T) {
	images := open(t)
	host := enginetest.Registry(t)
	enginetest.PushBusybox(t, host, "private:1")
	locked := lock(t, host, "ann", "s3cret")
	ref := locked + "/private:1"

	config := t.TempDir()
	auth := base64.StdEncoding.EncodeToString([]byte("ann:s3cret"))
	if err := os.WriteFile(filepath.Join(config, "config.json"), []byte(`{"auths":{"`+locked+`":{"auth":"`+auth+`"}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	image := install(t, images, repository.Source{Reference: ref, Credentials: repository.DockerConfig(config)}, template.InstallOptions{})
	if image.ID == "" {
		t.Error("no image")
	}
	wrong := func(context.Context, string) (template.Credential, error) {
		return template.Credential{Username: "ann", Password: "s3cret-wrong"}, nil
	}
	for name, source := range map[string]repository.Source{
		"anonymous":             {Reference: ref, Policy: repository.Always},
		"an empty config":       {Reference: ref, Policy: repository.Always, Credentials: repository.DockerConfig(t.TempDir())},
		"the wrong password":    {Reference: ref, Policy: repository.Always, Credentials: wrong},
		"a helper that fails":   {Reference: ref, Policy: repository.Always, Credentials: failing},
		"a config that is none": {Reference: ref, Policy: repository.Always, Credentials: repository.DockerConfig(brokenConfig(t))},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := source.Install(t.Context(), images, template.InstallOptions{})
			if err == nil {
				t.Fatal("installed")
			}
			if strings.HasPrefix(name, "a") && name != "anonymous" && name != "an empty config" {
				if _, ok := errors.AsType[*dockerhv.Error](err); !ok {
					t.Errorf("%v is no *dockerhv.Error", err)
				}
			} else {
				wantError(t, err, dockerhv.ErrDenied)
			}
			if strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%v shows the password", err)
			}
			t.Log(err)
		})
	}
}

func failing(context.Context, string) (template.Credential, error) {
	return template.Credential{}, errors.New("the helper is not installed")
}

func brokenConfig(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// lock serves a registry to those who know the password.
func lock(t *testing.T, host, user, password string) string {
	t.Helper()
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: host})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if u, p, ok := r.BasicAuth(); !ok || u != user || p != password {
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`))
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

func TestOpen(t *testing.T) {
	for name, tc := range map[string]struct {
		registration template.Registration
		want         error
	}{
		"reference":         {template.Registration{URL: "nginx:1.27"}, nil},
		"with scheme":       {template.Registration{URL: "docker://nginx:1.27", Details: map[string]string{"policy": "always"}}, nil},
		"a checksum":        {template.Registration{URL: "nginx", Checksum: "sha256:" + strings.Repeat("0", 64)}, dockerhv.ErrInvalid},
		"a bad policy":      {template.Registration{URL: "nginx", Details: map[string]string{"policy": "x"}}, dockerhv.ErrInvalid},
		"an unknown detail": {template.Registration{URL: "nginx", Details: map[string]string{"polcy": "always"}}, dockerhv.ErrInvalid},
		"an unknown secret": {template.Registration{URL: "nginx", Secrets: template.Secrets{"key": "x"}}, dockerhv.ErrInvalid},
		"no reference":      {template.Registration{URL: "https://example.com/x y"}, dockerhv.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			source, err := repository.Open(tc.registration)
			if !errors.Is(err, tc.want) {
				t.Fatalf("got %v; want %v", err, tc.want)
			}
			if s, ok := source.(repository.Source); err == nil && (!ok || !cmp.Equal(s.Reference, "nginx:1.27")) {
				t.Errorf("source %+v", source)
			}
		})
	}
}

// TestOpenCredential: what a registration has for its registry is shown to it, and to
// nobody else who looks at the source.
func TestOpenCredential(t *testing.T) {
	source, err := repository.Open(template.Registration{
		URL: "registry:5000/app", Details: map[string]string{"username": "ann"}, Secrets: template.Secrets{"password": "hunter2"},
	})
	if err != nil {
		t.Fatal(err)
	}
	s, ok := source.(repository.Source)
	if !ok || s.Credentials == nil || strings.Contains(fmt.Sprintf("%+v", s), "hunter2") {
		t.Fatalf("the source is %+v", source)
	}
	got, err := s.Credentials(t.Context(), "registry:5000")
	if want := (template.Credential{Username: "ann", Password: "hunter2"}); err != nil || got != want {
		t.Errorf("the credential is %v, %v", got, err)
	}
	source, err = repository.Open(template.Registration{URL: "nginx"})
	if s, ok := source.(repository.Source); err != nil || !ok || s.Credentials != nil {
		t.Errorf("a source without has one: %v", err)
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
