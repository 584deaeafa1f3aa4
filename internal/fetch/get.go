// Package fetch downloads a template's content by URL: bounded, checked against a
// checksum, and never from an address that only this process can reach.
//
// A template's URL is somebody else's word. Whoever registers one could name the
// orchestrator's own services, its neighbours on the private network or the
// cloud's metadata service, by address, by a name that resolves to one, or by a
// redirect. So the guard looks at the address that is dialled, on every
// connection, and redirects are followed here, each one checked as the first URL
// was. No proxy of the environment is used: the guard would see the proxy's
// address and the proxy would go anywhere. No cookie, credential or Referer is
// ever sent.
package fetch

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// Get opens the download of an http or https URL. The body must be closed; it ends
// with ctx, and after the policy's Timeout.
//
// What is in the body is the file itself: it is not decompressed on the way, so
// that its size and checksum are what the one who published it says. The content
// is proved only by reading up to io.EOF.
//
// An error is a *dockerhv.Error whose ID is the URL without its query, which can
// hold a token. Its class is dockerhv.ErrInvalid for a URL or an answer that stays
// wrong, ErrNotFound, ErrDenied for what a server, its certificate or the guard
// refuses, ErrUnavailable for what may work later, or ErrIntegrity.
func Get(
	ctx context.Context, rawURL string, policy template.Download, sum template.Checksum,
) (*Body, error) {
	policy = withDefaults(policy)
	d := download{id: Redact(rawURL), policy: policy}
	u, err := template.ParseURL(rawURL)
	if err != nil {
		return nil, d.fail(ctx, err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, policy.Timeout, errTooSlow)
	transport := newTransport(policy)
	response, err := follow(ctx, transport, u, policy.Redirects)
	if err == nil {
		err = checkAnswer(response, policy.MaxBytes)
	}
	if err != nil {
		err = d.fail(ctx, err)
		cancel()
		return nil, err
	}
	return newBody(ctx, cancel, d, response, sum), nil
}

// follow requests the URL and what it redirects to.
func follow(ctx context.Context, via http.RoundTripper, u *url.URL, redirects int) (*http.Response, error) {
	for hop := 0; ; hop++ {
		response, err := request(ctx, via, u)
		if err != nil {
			return nil, behind(hop, u, err)
		}
		if !redirected(response.StatusCode) {
			return response, nil
		}
		_ = response.Body.Close()
		if hop >= redirects {
			return nil, &RedirectError{Reason: fmt.Sprintf("%d are allowed", max(redirects, 0))}
		}
		if u, err = target(response, u); err != nil {
			return nil, err
		}
	}
}

func request(ctx context.Context, via http.RoundTripper, u *url.URL) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, &dockerhv.FieldError{Field: "url", Reason: "is not a URL"}
	}
	r.Header.Set("User-Agent", "dockerhv")
	// RoundTrip, not http.Client: the client would follow redirects on its own, tell
	// each server the URL before it, and write the whole URL into its errors.
	return via.RoundTrip(r)
}

// checkAnswer refuses, and closes, an answer that is not the file.
func checkAnswer(response *http.Response, maxBytes int64) error {
	var err error
	switch {
	case response.StatusCode != http.StatusOK:
		err = &StatusError{Code: response.StatusCode}
	case response.ContentLength > maxBytes:
		err = &TooLargeError{Limit: maxBytes}
	default:
		return nil
	}
	_ = response.Body.Close()
	return err
}
