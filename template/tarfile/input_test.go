package tarfile_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

func TestUnreadable(t *testing.T) {
	dir := t.TempDir()
	lost := errors.New("stale file handle")
	broken := &dockerhv.Error{Op: "fetch", ID: "it", Class: dockerhv.ErrUnavailable}
	for name, test := range map[string]struct {
		source tarfile.Source
		class  error
	}{
		"absent":    {tarfile.Source{Path: filepath.Join(dir, "absent.tar")}, dockerhv.ErrNotFound},
		"directory": {tarfile.Source{Path: dir}, dockerhv.ErrInvalid},
		"nothing": {tarfile.Source{Reader: func(context.Context) (io.ReadCloser, error) {
			return nil, nil
		}}, dockerhv.ErrInvalid},
		"cut": {tarfile.Source{Reader: func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(failing{io.ErrUnexpectedEOF}), nil
		}}, dockerhv.ErrIntegrity},
		"reader": {tarfile.Source{Reader: func(context.Context) (io.ReadCloser, error) {
			return nil, lost
		}}, lost},
		"reads": {tarfile.Source{Reader: func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(failing{lost}), nil
		}}, lost},
		"reads of ours": {tarfile.Source{Reader: func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(failing{broken}), nil
		}}, dockerhv.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, test.source, test.class)
		})
	}
}

func TestDenied(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	path := write(t, "busybox.tar", busyboxArchive(t))
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	refused(t, tarfile.Source{Path: path}, dockerhv.ErrDenied)
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestDownloadFails(t *testing.T) {
	content := busyboxArchive(t)
	good := serve(t, content)
	guarded := good
	guarded.Download.Allow = nil
	small := good
	small.Download.MaxBytes = int64(len(content)) - 1
	gone := good
	gone.URL = serveStatus(t, http.StatusNotFound)
	cut := good
	cut.URL = serveCut(t, content)
	for name, test := range map[string]struct {
		source tarfile.Source
		class  error
	}{
		"guarded":   {guarded, dockerhv.ErrDenied},
		"too large": {small, dockerhv.ErrInvalid},
		"not found": {gone, dockerhv.ErrNotFound},
		"truncated": {cut, dockerhv.ErrIntegrity},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, test.source, test.class, "download template http://127.0.0.1")
		})
	}
}

func serveStatus(t *testing.T, status int) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	t.Cleanup(server.Close)
	return server.URL + "/?token=secret"
}

func serveCut(t *testing.T, content []byte) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(content[:len(content)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/?token=secret"
}

func TestOpen(t *testing.T) {
	sum := sumOf(nil)
	for name, test := range map[string]struct {
		registration template.Registration
		want         tarfile.Source
		bad          bool
	}{
		"https":    {template.Registration{URL: "https://host/a.tar"}, tarfile.Source{URL: "https://host/a.tar"}, false},
		"path":     {template.Registration{URL: "/images/a.tar"}, tarfile.Source{Path: "/images/a.tar"}, false},
		"relative": {template.Registration{URL: "a.tar"}, tarfile.Source{Path: "a.tar"}, false},
		"file":     {template.Registration{URL: "file:///images/a%20b.tar"}, tarfile.Source{Path: "/images/a b.tar"}, false},
		"details": {
			template.Registration{URL: "a.tar", Checksum: "{SHA-256}" + sum, Details: map[string]string{"image": "app:1"}},
			tarfile.Source{Path: "a.tar", Checksum: template.Checksum{Hex: sum}, Image: "app:1"},
			false,
		},
		"another host":   {template.Registration{URL: "file://host/a.tar"}, tarfile.Source{}, true},
		"no file":        {template.Registration{URL: "file://"}, tarfile.Source{}, true},
		"nothing":        {template.Registration{}, tarfile.Source{}, true},
		"another scheme": {template.Registration{URL: "ftp://host/a.tar"}, tarfile.Source{}, true},
		"a secret":       {template.Registration{URL: "a.tar", Secrets: template.Secrets{"key": "x"}}, tarfile.Source{}, true},
		"password":       {template.Registration{URL: "http://user:secret@host/a.tar"}, tarfile.Source{}, true},
		"bad checksum":   {template.Registration{URL: "a.tar", Checksum: "{MD5}12"}, tarfile.Source{}, true},
		"bad detail":     {template.Registration{URL: "a.tar", Details: map[string]string{"tag": "app:1"}}, tarfile.Source{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tarfile.Opener{AllowLocal: true}.Open(test.registration)
			if test.bad {
				if !errors.Is(err, dockerhv.ErrInvalid) || got != nil {
					t.Errorf("got %v, %v; want it to be invalid", got, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, cmpopts.EquateComparable()); diff != "" {
				t.Errorf("source (-want +got):\n%s", diff)
			}
		})
	}
}

// TestOpenRefusesLocalPaths keeps a cloud's users from naming this machine's files.
func TestOpenRefusesLocalPaths(t *testing.T) {
	for _, path := range []string{"/etc/passwd", "a.tar", "file:///etc/passwd", "FILE:///etc/passwd"} {
		if _, err := tarfile.Open(template.Registration{URL: path}); !errors.Is(err, dockerhv.ErrInvalid) {
			t.Errorf("%s: %v; want it to be invalid", path, err)
		}
	}
	if _, err := tarfile.Open(template.Registration{URL: "https://example.com/a.tar"}); err != nil {
		t.Error(err)
	}
}

// TestOpener installs what a catalog has, from a server that only the opener's
// settings allow.
func TestOpener(t *testing.T) {
	defaults := serve(t, busyboxArchive(t))
	catalog := template.NewCatalog(map[template.Format]template.Opener{template.Tarfile: tarfile.Opener{Download: defaults.Download}.Open})
	r := template.Registration{ID: "box", Format: template.Tarfile, URL: defaults.URL}
	if _, err := catalog.Register(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	got, err := catalog.Install(t.Context(), "box", "host", new(host), template.InstallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	wantImage(t, got, busybox(), false)
}
