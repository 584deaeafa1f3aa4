package fetch

import (
	"net"
	"net/http"
	"time"

	"github.com/dockerhv/dockerhv/template"
)

// The defaults of a policy.
const (
	// DefaultMaxBytes bounds a download whose policy sets no MaxBytes: 1 GiB.
	DefaultMaxBytes = 1 << 30
	// DefaultTimeout bounds a download whose policy sets no Timeout.
	DefaultTimeout = time.Hour
	// DefaultRedirects bounds the redirects of a policy that sets none.
	DefaultRedirects = 5
)

// A server that does not answer must not hold a download for the whole Timeout.
const (
	dialTimeout   = 30 * time.Second
	tlsTimeout    = 30 * time.Second
	answerTimeout = time.Minute
	maxHeader     = 256 << 10
)

func withDefaults(policy template.Download) template.Download {
	if policy.MaxBytes <= 0 {
		policy.MaxBytes = DefaultMaxBytes
	}
	if policy.Timeout <= 0 {
		policy.Timeout = DefaultTimeout
	}
	if policy.Redirects == 0 {
		policy.Redirects = DefaultRedirects
	}
	return policy
}

// newTransport returns the transport of one download. It keeps no connection, so
// that nothing of it outlives the body.
func newTransport(policy template.Download) *http.Transport {
	return &http.Transport{
		Proxy:                  nil, // see the package's comment
		DialContext:            newDialer(policy).DialContext,
		TLSHandshakeTimeout:    tlsTimeout,
		ResponseHeaderTimeout:  answerTimeout,
		MaxResponseHeaderBytes: maxHeader,
		DisableCompression:     true,
		DisableKeepAlives:      true,
	}
}

func newDialer(policy template.Download) *net.Dialer {
	return &net.Dialer{Timeout: dialTimeout, ControlContext: guard{allow: policy.Allow}.control}
}
