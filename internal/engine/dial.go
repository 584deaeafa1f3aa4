package engine

import (
	"errors"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/docker/cli/cli/connhelper"
	"github.com/docker/docker/client"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

const userAgent = "dockerhv"

// How long a connection is kept that nothing uses. It is shorter than the time between two
// signs of life that are asked of an engine, so that a host that is only watched has one
// connection, which is the stream of its events; by ssh each takes a process of its own,
// and is worth keeping.
const (
	idleTimeout    = 4 * time.Second
	idleTimeoutSSH = 30 * time.Second
)

// dial makes the client. It connects to nothing yet.
func (e *Engine) dial() error {
	base := &http.Transport{MaxIdleConns: 6, IdleConnTimeout: idleTimeout} // as many as the client's own
	httpClient := &http.Client{Transport: base, CheckRedirect: client.CheckRedirect}
	opts := []client.Opt{
		client.WithHTTPClient(httpClient), client.WithUserAgent(userAgent), client.WithAPIVersionNegotiation(),
	}
	switch {
	case strings.HasPrefix(e.endpoint.URL, "npipe:") && runtime.GOOS != "windows":
		return openError(e.endpoint, errors.ErrUnsupported, errors.New("named pipes are Windows' own"), "reach the host by tcp or ssh")
	case strings.HasPrefix(e.endpoint.URL, "ssh:"):
		// The ssh program reads the user's own configuration, keys and known hosts. It must
		// not ask on the terminal of our program, whether a host's key is right least of all.
		helper, err := connhelper.GetConnectionHelperWithSSHOpts(e.endpoint.URL, []string{"-o", "BatchMode=yes"})
		if err != nil {
			return openError(e.endpoint, dockerhv.ErrInvalid, err, "write ssh://user@host")
		}
		base.IdleConnTimeout = idleTimeoutSSH
		opts = append(opts, client.WithHost(helper.Host), client.WithDialContext(helper.Dialer))
	case e.endpoint.TLS != nil:
		config, err := tlsConfig(e.endpoint)
		if err != nil {
			return openError(e.endpoint, dockerhv.ErrDenied, err, "check the endpoint's TLS identity")
		}
		base.TLSClientConfig, e.tls = config, config
		opts = append(opts, client.WithHost(e.endpoint.URL))
	default:
		opts = append(opts, client.WithHost(e.endpoint.URL))
	}
	cli, err := client.NewClientWithOpts(opts...)
	if err != nil {
		return openError(e.endpoint, dockerhv.ErrInvalid, err, "check the endpoint's URL")
	}
	// The client has put its own tracing around the base by now, which would tell of
	// each call once more, with the instance's ID in the name.
	e.transport.base = base
	httpClient.Transport = e.transport
	e.cli = cli
	return nil
}

func openError(endpoint driver.Endpoint, class, err error, next string) error {
	return &dockerhv.Error{Op: opOpen, Host: endpoint.String(), Class: class, Err: err, Next: next}
}
