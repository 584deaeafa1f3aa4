package buildkit

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/url"
	"sync"

	"github.com/moby/buildkit/client"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// Builder is a BuildKit. Just one of Embedded and Address is set.
type Builder struct {
	// Embedded reaches the one in the host's engine.
	Embedded template.BuildDialer

	// Address is that of one that stands alone: unix:///path or tcp://host:port.
	Address string
	// TLS is for tcp; nil means none.
	TLS *tls.Config
	// Load brings what it builds into the host's store, under Reference.
	Load      func(ctx context.Context, archive io.Reader) error
	Reference string
}

func (b Builder) standalone() bool { return b.Address != "" }

// connection is a client, and remembers why it could not reach its BuildKit: gRPC
// makes a text of that.
type connection struct {
	*client.Client

	mu  sync.Mutex
	err error
}

// connect makes a client.
func (b Builder) connect(ctx context.Context) (*connection, error) {
	c := &connection{}
	note := func(conn net.Conn, err error) (net.Conn, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.err = err
		return conn, err
	}
	options := []client.ClientOpt{client.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
		if b.standalone() {
			return note(b.dial(ctx))
		}
		return note(b.Embedded.DialBuild(ctx, "/grpc", "h2c", nil))
	})}
	if !b.standalone() {
		options = append(options, client.WithSessionDialer(func(ctx context.Context, proto string, meta map[string][]string) (net.Conn, error) {
			return note(b.Embedded.DialBuild(ctx, "/session", proto, meta))
		}))
	}
	var err error
	if c.Client, err = client.New(ctx, "", options...); err != nil {
		return nil, unreachable(err)
	}
	return c, nil
}

// failure is why the last attempt to reach BuildKit failed, if it did.
func (c *connection) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		return nil
	}
	return unreachable(c.err)
}

func (b Builder) dial(ctx context.Context) (net.Conn, error) {
	network, address, err := ParseAddress(b.Address)
	if err != nil {
		return nil, err
	}
	var conn net.Conn
	if b.TLS != nil && network == "tcp" {
		config := b.TLS.Clone()
		config.NextProtos = []string{"h2"}
		conn, err = (&tls.Dialer{Config: config}).DialContext(ctx, network, address)
	} else {
		conn, err = new(net.Dialer).DialContext(ctx, network, address)
	}
	if err != nil {
		return nil, unreachable(err)
	}
	return conn, nil
}

// ParseAddress reads the address of a BuildKit that stands alone. Its error matches
// dockerhv.ErrInvalid.
func ParseAddress(address string) (network, at string, err error) {
	u, err := url.Parse(address)
	switch {
	case err == nil && u.Scheme == "unix" && u.Host == "" && u.Path != "":
		return "unix", u.Path, nil
	case err == nil && u.Scheme == "tcp" && u.Port() != "" && u.User == nil:
		return "tcp", u.Host, nil
	}
	return "", "", &dockerhv.FieldError{Field: "builder", Reason: "is no address of a buildkitd; write unix:///path or tcp://host:port"}
}

func unreachable(err error) error {
	if _, ours := errors.AsType[*dockerhv.Error](err); ours {
		return err
	}
	if _, untrusted := errors.AsType[*tls.CertificateVerificationError](err); untrusted {
		return &dockerhv.Error{Op: "reach BuildKit", Class: dockerhv.ErrDenied, Err: err, Next: "check its certificate and the authorities that are trusted"}
	}
	return &dockerhv.Error{
		Op: "reach BuildKit", Class: dockerhv.ErrUnavailable, Err: err,
		Next: "check that it runs and may be reached from here",
	}
}

// export adds to a build what becomes of its result.
func (b Builder) export(ctx context.Context, opt *client.SolveOpt) (*output, error) {
	if !b.standalone() {
		opt.Exports = []client.ExportEntry{{Type: "moby", Attrs: map[string]string{}}}
		return &output{}, nil
	}
	if b.Load == nil {
		return nil, errors.New("nothing to load the image with")
	}
	out := &output{ctx: ctx, load: b.Load}
	opt.Exports = []client.ExportEntry{{
		Type: "docker", Attrs: map[string]string{"name": b.Reference},
		Output: out.open,
	}}
	return out, nil
}
