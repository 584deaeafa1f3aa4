package fetch_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/internal/fetch"
	"github.com/dockerhv/dockerhv/template"
)

func TestGetChecksum(t *testing.T) {
	got, err := download(t, serve(t, serveContent)+"/?token=secret", loopback(), sumOf("another"))
	wantError(t, err, dockerhv.ErrIntegrity)
	var sum *template.ChecksumError
	if !errors.As(err, &sum) || sum.Want != sumOf("another") || sum.Got != sumOf(content) {
		t.Errorf("error %v does not name both checksums", err)
	}
	if got != content {
		t.Errorf("read %q before the error", got)
	}
}

func TestGetTooLarge(t *testing.T) {
	announced := serve(t, serveContent)
	unannounced := serve(t, func(w http.ResponseWriter, r *http.Request) {
		flush(w)
		serveContent(w, r)
	})
	for name, url := range map[string]string{"announced": announced, "unannounced": unannounced} {
		t.Run(name, func(t *testing.T) {
			policy := loopback()
			policy.MaxBytes = int64(len(content))
			if got, err := download(t, url, policy, template.Checksum{}); err != nil || got != content {
				t.Errorf("of the size that is allowed: %q, %v", got, err)
			}
			policy.MaxBytes--
			if body, err := fetch.Get(t.Context(), url, policy, template.Checksum{}); err == nil {
				_ = body.Close()
				if name == "announced" {
					t.Error("what announces to be too large is downloaded")
				}
			}
			_, err := download(t, url, policy, template.Checksum{})
			wantError(t, err, dockerhv.ErrInvalid)
			var large *fetch.TooLargeError
			if !errors.As(err, &large) || large.Limit != policy.MaxBytes {
				t.Errorf("error %v does not name the limit", err)
			}
		})
	}
}

func TestGetTruncated(t *testing.T) {
	hangUp := func(w http.ResponseWriter) {
		flush(w)
		panic(http.ErrAbortHandler)
	}
	for name, handler := range map[string]http.HandlerFunc{
		"announced": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			serveContent(w, r)
			hangUp(w)
		},
		"chunked": func(w http.ResponseWriter, r *http.Request) {
			serveContent(w, r)
			hangUp(w)
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := download(t, serve(t, handler), loopback(), sumOf(content))
			wantError(t, err, dockerhv.ErrIntegrity)
			var truncated *fetch.TruncatedError
			if !errors.As(err, &truncated) || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("error %v is not typed", err)
			}
		})
	}
}

func TestGetTimeout(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		serveContent(w, r)
		flush(w)
		<-r.Context().Done()
	})
	policy := loopback()
	policy.Timeout = 50 * time.Millisecond
	_, err := download(t, url, policy, template.Checksum{})
	wantError(t, err, dockerhv.ErrUnavailable)
	if errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %q says that the caller gave up", err)
	}
}

func TestGetCanceled(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		serveContent(w, r)
		flush(w)
		<-r.Context().Done()
	})
	t.Run("canceled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		body, err := fetch.Get(ctx, url, loopback(), template.Checksum{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = body.Close() }()
		time.AfterFunc(10*time.Millisecond, cancel)
		_, err = io.ReadAll(body)
		wantError(t, err, context.Canceled)
		_, err = fetch.Get(ctx, url, loopback(), template.Checksum{})
		wantError(t, err, context.Canceled)
	})
	t.Run("deadline", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		body, err := fetch.Get(ctx, url, loopback(), template.Checksum{})
		if err == nil {
			defer func() { _ = body.Close() }()
			_, err = io.ReadAll(body)
		}
		wantError(t, err, context.DeadlineExceeded)
	})
}

// TestGetNoLeak proves that nothing of a download outlives its Close.
func TestGetNoLeak(t *testing.T) {
	release := make(chan struct{})
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		serveContent(w, r)
		if r.URL.Path == "/endless" {
			flush(w)
			select {
			case <-release:
			case <-r.Context().Done():
			}
		}
	})
	defer close(release)
	before := resources(t)
	for range 20 {
		for _, path := range []string{"/", "/endless"} {
			body, err := fetch.Get(t.Context(), url+path, loopback(), template.Checksum{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(body, make([]byte, len(content))); err != nil {
				t.Fatal(err)
			}
			_ = body.Close()
			_ = body.Close()
		}
		_, _ = download(t, url+"/", template.Download{}, template.Checksum{})
	}
	settle(t, before)
}

func TestVerify(t *testing.T) {
	for name, test := range map[string]struct {
		sum template.Checksum
		bad bool
	}{
		"none":  {},
		"right": {sum: sumOf(content)},
		"wrong": {sum: sumOf(""), bad: true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := io.ReadAll(fetch.Verify(strings.NewReader(content), test.sum))
			if string(got) != content || errors.Is(err, dockerhv.ErrIntegrity) != test.bad {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}
