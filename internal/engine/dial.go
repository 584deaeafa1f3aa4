package engine

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/docker/cli/cli/connhelper"
	"github.com/docker/docker/client"
	"github.com/docker/go-connections/tlsconfig"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

const userAgent = "dockerhv"

// dial makes the client. It connects to nothing yet.
func (e *Engine) dial() error {
	base := &http.Transport{MaxIdleConns: 6, IdleConnTimeout: 30 * time.Second} // as the client's own
	httpClient := &http.Client{Transport: base, CheckRedirect: client.CheckRedirect}
	opts := []client.Opt{
		client.WithHTTPClient(httpClient), client.WithUserAgent(userAgent), client.WithAPIVersionNegotiation(),
	}
	switch {
	case strings.HasPrefix(e.endpoint.URL, "ssh:"):
		// The ssh program reads the user's own configuration, keys and known hosts.
		helper, err := connhelper.GetConnectionHelper(e.endpoint.URL)
		if err != nil {
			return openError(e.endpoint, dockerhv.ErrInvalid, err, "write ssh://user@host")
		}
		opts = append(opts, client.WithHost(helper.Host), client.WithDialContext(helper.Dialer))
	case e.endpoint.TLS != nil:
		config, err := tlsConfig(e.endpoint.TLS)
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

// tlsConfig makes the client's side of mutual TLS.
func tlsConfig(t *driver.TLS) (*tls.Config, error) {
	config := tlsconfig.ClientDefault()
	config.ServerName = t.ServerName
	config.InsecureSkipVerify = t.SkipVerify // the caller's explicit choice
	ca, err := pem(t.CA, t.CAFile)
	if err != nil {
		return nil, err
	}
	if ca != nil {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(ca) {
			return nil, errors.New("the CA holds no certificate in PEM")
		}
	}
	cert, err := pem(t.Cert, t.CertFile)
	if err != nil {
		return nil, err
	}
	key, err := pem(t.Key, t.KeyFile)
	if err != nil {
		return nil, err
	}
	if cert == nil && key == nil {
		return config, nil
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("the certificate and the key: %w", err)
	}
	config.Certificates = []tls.Certificate{pair}
	return config, nil
}

// pem returns the bytes, or else the file's, or else nil.
func pem(data []byte, file string) ([]byte, error) {
	if data != nil || file == "" {
		return data, nil
	}
	return os.ReadFile(file)
}

func openError(endpoint driver.Endpoint, class, err error, next string) error {
	return &dockerhv.Error{Op: opOpen, Host: endpoint.String(), Class: class, Err: err, Next: next}
}
