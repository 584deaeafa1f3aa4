package template

import (
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"github.com/dockerhv/dockerhv"
)

// Download bounds what a source fetches by URL. A template's URL is somebody
// else's word, so the zero value is the strict one: http and https only, no
// address that is loopback, link-local, private or a cloud's metadata service.
type Download struct {
	// MaxBytes bounds what is read; 0 means the source's own default.
	MaxBytes int64
	// Timeout bounds the whole download; 0 means one hour.
	Timeout time.Duration
	// Redirects bounds how many redirects are followed, each checked like the
	// first URL; 0 means 5, negative means none.
	Redirects int
	// Allow lists networks that may be dialled although the zero value refuses
	// them, such as 127.0.0.0/8 in tests or a company's own 10.0.0.0/8. It is
	// checked on the address that is dialled, so a name that resolves to another
	// address later gains nothing.
	Allow []netip.Prefix
}

// ParseURL reads the URL of a template that is fetched over the network: http or
// https, with a host, without a password in it (which would end up in logs). The
// error matches dockerhv.ErrInvalid.
func ParseURL(raw string) (*url.URL, error) {
	refuse := func(why string) error { return &dockerhv.FieldError{Field: "url", Reason: why} }
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, refuse("is not a URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, refuse(fmt.Sprintf("has the scheme %q; use http or https", u.Scheme))
	case u.Hostname() == "":
		return nil, refuse("names no host")
	case u.User != nil:
		return nil, refuse("holds a user or password; use one without")
	}
	return u, nil
}
