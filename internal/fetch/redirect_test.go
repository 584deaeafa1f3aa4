package fetch_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/internal/fetch"
	"github.com/dockerhv/dockerhv/template"
)

func redirectTo(location string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", location)
		w.WriteHeader(http.StatusFound)
	}
}

// countdown redirects /n to /n-1, and serves the content at /0.
func countdown(w http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
	if n == 0 {
		serveContent(w, r)
		return
	}
	http.Redirect(w, r, fmt.Sprintf("/%d?token=secret", n-1), http.StatusTemporaryRedirect)
}

func TestRedirects(t *testing.T) {
	url := serve(t, countdown)
	for _, test := range []struct {
		redirects, length int
		refused           bool
	}{
		{redirects: 0, length: 5},
		{redirects: 0, length: 6, refused: true},
		{redirects: 1, length: 1},
		{redirects: 1, length: 2, refused: true},
		{redirects: -1, length: 0},
		{redirects: -1, length: 1, refused: true},
	} {
		t.Run(fmt.Sprintf("%d of %d", test.length, test.redirects), func(t *testing.T) {
			policy := loopback()
			policy.Redirects = test.redirects
			_, err := download(t, fmt.Sprintf("%s/%d", url, test.length), policy, sumOf(content))
			if !test.refused {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantError(t, err, dockerhv.ErrDenied)
		})
	}
}

func TestRedirectRefused(t *testing.T) {
	for name, location := range map[string]string{
		"no location":   "",
		"not a URL":     "http://ho st/?token=secret",
		"bad escape":    "%zz?token=secret",
		"file":          "file:///etc/passwd",
		"another kind":  "gopher://127.0.0.1/",
		"no host":       "http://",
		"with password": "http://user:secret@127.0.0.1/",
		"by address":    "http://169.254.169.254/latest/?token=secret",
		"by name":       "http://localhost/?token=secret",
	} {
		t.Run(name, func(t *testing.T) {
			policy := template.Download{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}}
			url := listenOther(t, redirectTo(location))
			_, err := download(t, url+"/?token=secret", policy, template.Checksum{})
			wantError(t, err, dockerhv.ErrDenied)
		})
	}
}

// TestRedirectToRefusedAddress redirects from an allowed server to one that runs
// on an address that is not allowed, and must not be asked.
func TestRedirectToRefusedAddress(t *testing.T) {
	inner := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the inner server was asked") })
	outer := listenOther(t, redirectTo(inner))
	policy := template.Download{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}}
	_, err := download(t, outer, policy, template.Checksum{})
	wantError(t, err, dockerhv.ErrDenied)
	var address *fetch.AddressError
	if !errors.As(err, &address) || !strings.Contains(err.Error(), inner) {
		t.Errorf("error %q does not say where the redirect led", err)
	}
}

func TestRedirectDowngrade(t *testing.T) {
	plain := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the plain server was asked") })
	secure := httptest.NewTLSServer(redirectTo(plain))
	t.Cleanup(secure.Close)
	_, err := download(t, secure.URL, loopback(), template.Checksum{})
	wantError(t, err, dockerhv.ErrDenied)
}

func TestRedirectUpgrade(t *testing.T) {
	secure := httptest.NewTLSServer(http.HandlerFunc(serveContent))
	t.Cleanup(secure.Close)
	if _, err := download(t, serve(t, redirectTo(secure.URL)), loopback(), sumOf(content)); err != nil {
		t.Error(err)
	}
}

// TestRefusedAddress asks servers that do run, by each way to name them.
func TestRefusedAddress(t *testing.T) {
	server := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the server was asked") })
	_, port, _ := strings.Cut(strings.TrimPrefix(server, "http://"), ":")
	for _, host := range []string{
		"127.0.0.1", "localhost", "localhost.", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "[::]", "2130706433",
		"0x7f.1", "127.1", "0177.0.0.1", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]",
	} {
		t.Run(host, func(t *testing.T) {
			_, err := download(t, "http://"+host+":"+port+"/?token=secret", template.Download{}, template.Checksum{})
			if errors.Is(err, dockerhv.ErrUnavailable) {
				wantError(t, err, dockerhv.ErrUnavailable) // no such name, or no such network here
				return
			}
			wantError(t, err, dockerhv.ErrDenied)
		})
	}
}
