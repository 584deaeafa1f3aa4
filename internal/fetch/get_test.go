package fetch_test

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/internal/fetch"
	"github.com/dockerhv/dockerhv/template"
)

const content = "what the template's owner published"

// loopback is the policy of tests whose servers are their own.
func loopback() template.Download {
	return template.Download{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
}

func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }

func serveContent(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, content) }

func sumOf(s string) template.Checksum {
	sum := sha256.Sum256([]byte(s))
	return template.Checksum{Hex: hex.EncodeToString(sum[:])}
}

// download gets and reads all of a URL.
func download(t *testing.T, url string, policy template.Download, sum template.Checksum) (string, error) {
	t.Helper()
	body, err := fetch.Get(t.Context(), url, policy, sum)
	if err != nil {
		return "", err
	}
	defer func() { _ = body.Close() }()
	got, err := io.ReadAll(body)
	return string(got), err
}

// wantError checks an error's class, that it is the module's own and that it is
// one line without the secret that the tests' URLs hold.
func wantError(t *testing.T, err, class error) {
	t.Helper()
	var ours *dockerhv.Error
	switch {
	case err == nil:
		t.Fatalf("no error, want %v", class)
	case !errors.Is(err, class):
		t.Errorf("error %q is not %q", err, class)
	case !errors.As(err, &ours) || ours.Op == "":
		t.Errorf("error %q does not say what was attempted", err)
	}
	if text := fmt.Sprintf("%v %+v", err, err); strings.Contains(text, "secret") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %q leaks a secret or has several lines", err)
	}
}

func TestGet(t *testing.T) {
	secure := httptest.NewTLSServer(http.HandlerFunc(serveContent))
	t.Cleanup(secure.Close)
	for name, url := range map[string]string{
		"http":  serve(t, serveContent),
		"https": secure.URL,
	} {
		t.Run(name, func(t *testing.T) {
			body, err := fetch.Get(t.Context(), url, loopback(), sumOf(content))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = body.Close() }()
			if body.Size != int64(len(content)) {
				t.Errorf("size %d, want %d", body.Size, len(content))
			}
			if got, err := io.ReadAll(body); string(got) != content || err != nil {
				t.Errorf("got %q, %v", got, err)
			}
			if _, err := body.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
				t.Errorf("after the end: %v, want io.EOF", err)
			}
		})
	}
}

func TestGetReturnsTheFileItself(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "" {
			t.Errorf("asks for %q", r.Header.Get("Accept-Encoding"))
		}
		w.Header().Set("Content-Encoding", "gzip")
		zip := gzip.NewWriter(w)
		_, _ = io.WriteString(zip, content)
		_ = zip.Close()
	})
	got, err := download(t, url, loopback(), template.Checksum{})
	if err != nil || !strings.HasPrefix(got, "\x1f\x8b") {
		t.Errorf("got %q, %v; want the gzip file", got, err)
	}
}

func TestGetStatus(t *testing.T) {
	for status, class := range map[int]error{
		http.StatusNoContent:           dockerhv.ErrInvalid,
		http.StatusPartialContent:      dockerhv.ErrInvalid,
		http.StatusNotModified:         dockerhv.ErrInvalid,
		http.StatusBadRequest:          dockerhv.ErrInvalid,
		http.StatusUnauthorized:        dockerhv.ErrDenied,
		http.StatusForbidden:           dockerhv.ErrDenied,
		http.StatusNotFound:            dockerhv.ErrNotFound,
		http.StatusGone:                dockerhv.ErrNotFound,
		http.StatusRequestTimeout:      dockerhv.ErrUnavailable,
		http.StatusTooManyRequests:     dockerhv.ErrUnavailable,
		http.StatusInternalServerError: dockerhv.ErrUnavailable,
		http.StatusGatewayTimeout:      dockerhv.ErrUnavailable,
	} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			url := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
			_, err := download(t, url+"/file?token=secret#secret", loopback(), template.Checksum{})
			wantError(t, err, class)
		})
	}
}

func TestGetUnavailable(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	silent := serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	for name, url := range map[string]string{
		"refused":     closed.URL + "?token=secret",
		"no such":     "http://name.invalid/?token=secret",
		"no answer":   silent + "/?token=secret",
		"not TLS":     strings.Replace(silent, "http:", "https:", 1),
		"wrong port":  "http://127.0.0.1:99999/?token=secret",
		"named port":  "http://127.0.0.1:nothing/?token=secret",
		"bad gateway": serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := download(t, url, loopback(), template.Checksum{})
			class := dockerhv.ErrUnavailable
			if name == "named port" {
				class = dockerhv.ErrInvalid
			}
			wantError(t, err, class)
			if errors.Is(err, io.EOF) {
				t.Errorf("error %q reads as a good end", err)
			}
		})
	}
}

func TestGetUntrustedCertificate(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(serveContent))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	t.Cleanup(server.Close)
	// The certificate is a trusted one, of another name.
	url := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	_, err := download(t, url+"?token=secret", loopback(), template.Checksum{})
	wantError(t, err, dockerhv.ErrDenied)
}

func TestGetInvalidURL(t *testing.T) {
	for _, url := range []string{
		"", "/etc/passwd", "file:///etc/passwd", "ftp://host/?secret", "gopher://host", "http://", "http:///path",
		"https://user:secret@host/", "http://secret@host", "http://ho st/?secret", "http:secret", "%zz?secret",
	} {
		_, err := fetch.Get(t.Context(), url, loopback(), template.Checksum{})
		wantError(t, err, dockerhv.ErrInvalid)
	}
}

// TestGetIgnoresProxies proves that the environment's proxy, which is allowed here,
// is no way around the guard.
func TestGetIgnoresProxies(t *testing.T) {
	_, err := download(t, "http://169.254.169.254/latest/meta-data", loopback(), template.Checksum{})
	wantError(t, err, dockerhv.ErrDenied)
}

// TestGetDropsHeaders proves that the server learns nothing that it need not know.
func TestGetDropsHeaders(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			w.Header().Set("Set-Cookie", "a=b")
			http.Redirect(w, r, "/next", http.StatusFound)
			return
		}
		for _, name := range []string{"Referer", "Cookie", "Authorization"} {
			if got := r.Header.Get(name); got != "" {
				t.Errorf("%s: %s was sent", name, got)
			}
		}
		serveContent(w, r)
	})
	if _, err := download(t, url+"/?token=secret", loopback(), sumOf(content)); err != nil {
		t.Error(err)
	}
}

// listenOther returns the URL of a server on another loopback address.
func listenOther(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.2:0")
	if err != nil {
		t.Skip("no 127.0.0.2:", err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}}
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}
