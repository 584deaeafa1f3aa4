package fetch

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/dockerhv/dockerhv/template"
)

func redirected(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// target returns where a redirect from u leads, if it may lead there.
func target(response *http.Response, u *url.URL) (*url.URL, error) {
	location := response.Header.Get("Location")
	next, err := u.Parse(location)
	if err != nil || location == "" {
		// The parser's error quotes the location, and with it a token in its query.
		return nil, &RedirectError{Reason: "the location is not a URL"}
	}
	next, err = template.ParseURL(next.String())
	if err != nil {
		return nil, &RedirectError{Reason: err.Error()}
	}
	if u.Scheme == "https" && next.Scheme == "http" {
		return nil, &RedirectError{Reason: "it leads from https to http"}
	}
	return next, nil
}

// behind says which URL an error is of, where it is not the first one.
func behind(hop int, u *url.URL, err error) error {
	if hop == 0 {
		return err
	}
	return fmt.Errorf("redirected to %s: %w", redact(u), err)
}

// Redact returns a URL that can be shown: without a user, a query and a fragment,
// each of which can hold a secret.
func Redact(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "(not a URL)"
	}
	return redact(u)
}

func redact(u *url.URL) string {
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	return shown.String()
}
