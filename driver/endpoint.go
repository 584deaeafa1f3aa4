package driver

import (
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"strings"

	"github.com/dockerhv/dockerhv"
)

// Endpoint is how a host is reached. It is plain data; it holds no connection.
type Endpoint struct {
	// Name is for people and errors, such as a Docker context's name; empty means
	// the URL.
	Name string
	// URL is unix:///path, tcp://host:port, ssh://[user@]host[:port][/path] or
	// npipe:////./pipe/name. Required.
	URL string
	// TLS is the identity for a tcp endpoint; nil means plain text.
	TLS *TLS
	// AllowPlaintext consents to a tcp endpoint without TLS that is not on this
	// machine: whoever reaches it is root on the host.
	AllowPlaintext bool
	// Source tells how the endpoint was found, such as "DOCKER_HOST".
	Source string
	// Labels are what is known of the host where it was found, such as rack=r1 in an
	// inventory; nil means nothing. The engine's own are Host.Labels.
	Labels map[string]string
}

// TLS is how a tcp endpoint proves itself, and we to it. Each part is given as
// PEM bytes or as a file; bytes win.
type TLS struct {
	CA, Cert, Key             []byte
	CAFile, CertFile, KeyFile string
	// ServerName is the name to look for in the host's certificate; empty means
	// the URL's.
	ServerName string
	// SkipVerify accepts any certificate of the host.
	SkipVerify bool
}

// String returns the name, or else the URL, without the password that Validate
// refuses.
func (e Endpoint) String() string {
	if e.Name != "" {
		return e.Name
	}
	return redacted(e.URL)
}

// GoString returns what String does, so that %#v shows no secret.
func (e Endpoint) GoString() string { return "driver.Endpoint(" + e.String() + ")" }

// redacted returns a URL with "xxxxx" for its password. One that can't be read loses
// all before its last "@".
func redacted(text string) string {
	u, err := url.Parse(text)
	if err == nil {
		return u.Redacted()
	}
	if i := strings.LastIndex(text, "@"); i >= 0 {
		return "xxxxx" + text[i:]
	}
	return text
}

// GoString formats the identity's presence, never its key.
func (TLS) GoString() string { return "TLS identity" }

// String formats the identity's presence, never its key.
func (TLS) String() string { return "TLS identity" }

// MarshalText formats the identity's presence, never its key: it is how a log in
// JSON formats a value that holds an Endpoint.
func (TLS) MarshalText() ([]byte, error) { return []byte("TLS identity"), nil }

// LogValue returns the endpoint's name or URL, so that a structured log shows no key.
func (e Endpoint) LogValue() slog.Value { return slog.StringValue(e.String()) }

// LogValue formats the identity's presence, never its key.
func (*TLS) LogValue() slog.Value { return slog.StringValue("TLS identity") }

// Validate checks the endpoint without reaching it. What is wrong is a
// *dockerhv.FieldError; plain text to another machine without consent matches
// dockerhv.ErrDenied.
func (e Endpoint) Validate() error {
	u, err := url.Parse(e.URL)
	if err != nil {
		return badURL("is not a URL; write unix:///var/run/docker.sock, tcp://host:2376 or ssh://user@host")
	}
	if _, ok := u.User.Password(); ok {
		return badURL("holds a password; use a key or a TLS identity")
	}
	switch u.Scheme {
	case "unix", "npipe":
		if u.Path == "" || u.Host != "" {
			return badURL("names no socket by its absolute path; write unix:///var/run/docker.sock")
		}
	case "ssh":
		if u.Hostname() == "" {
			return badURL("names no host; write ssh://user@host")
		}
		if strings.HasPrefix(u.Hostname(), "-") || strings.HasPrefix(u.User.Username(), "-") {
			return badURL("has a host or user that ssh would take for an option")
		}
	case "tcp":
		return e.validateTCP(u)
	default:
		return badURL(fmt.Sprintf("has the scheme %q; use unix, tcp, ssh or npipe", u.Scheme))
	}
	return nil
}

func (e Endpoint) validateTCP(u *url.URL) error {
	if u.Hostname() == "" || u.Port() == "" {
		return badURL("names no host and port; write tcp://host:2376")
	}
	if e.TLS != nil || e.AllowPlaintext || isLoopback(u.Hostname()) {
		return nil
	}
	return &dockerhv.Error{
		Op: "use endpoint", Host: e.String(), Class: dockerhv.ErrDenied,
		Err:  fmt.Errorf("plain text would make whoever reaches %s root there", u.Host),
		Next: "set Endpoint.TLS, or consent with Endpoint.AllowPlaintext",
	}
}

// isLoopback tells whether a name is this machine's without asking a resolver.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

func badURL(reason string) error {
	return &dockerhv.FieldError{Field: "endpoint.url", Reason: reason}
}
