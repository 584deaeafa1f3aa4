package engine

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"

	"github.com/docker/go-connections/tlsconfig"

	"github.com/dockerhv/dockerhv/driver"
)

// identity is the client's side of mutual TLS. Its files are read anew for each
// connection, so that what was rotated counts without opening the host again. While they
// can't be read, or don't fit together as in the midst of a rotation, the last that did
// count.
type identity struct {
	from driver.TLS
	host string // the name to look for in the host's certificate

	mu    sync.Mutex
	pair  *tls.Certificate // nil if there is none
	roots *x509.CertPool   // nil means the system's
}

// tlsConfig makes the client's side of mutual TLS of an endpoint that has an identity.
func tlsConfig(endpoint driver.Endpoint) (*tls.Config, error) {
	u, err := url.Parse(endpoint.URL)
	if err != nil {
		return nil, err
	}
	i := &identity{from: *endpoint.TLS, host: cmp.Or(endpoint.TLS.ServerName, u.Hostname())}
	if err := i.load(); err != nil {
		return nil, err
	}
	config := tlsconfig.ClientDefault()
	config.ServerName = endpoint.TLS.ServerName
	config.GetClientCertificate = i.certificate
	config.InsecureSkipVerify = true // crypto/tls would keep the CA of today: verify does its work
	if !endpoint.TLS.SkipVerify {
		config.VerifyConnection = i.verify
	}
	return config, nil
}

// load reads all parts, and keeps them if they are whole.
func (i *identity) load() error {
	ca, err := pem(i.from.CA, i.from.CAFile)
	if err != nil {
		return err
	}
	var roots *x509.CertPool
	if ca != nil {
		if roots = x509.NewCertPool(); !roots.AppendCertsFromPEM(ca) {
			return errors.New("the CA holds no certificate in PEM")
		}
	}
	pair, err := i.readPair()
	if err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.roots, i.pair = roots, pair
	return nil
}

// readPair reads the certificate with its key; nil if there is neither.
func (i *identity) readPair() (*tls.Certificate, error) {
	cert, err := pem(i.from.Cert, i.from.CertFile)
	if err != nil {
		return nil, err
	}
	key, err := pem(i.from.Key, i.from.KeyFile)
	if err != nil || cert == nil && key == nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("the certificate and the key: %w", err)
	}
	return &pair, nil
}

// current returns what counts now.
func (i *identity) current() (*tls.Certificate, *x509.CertPool) {
	_ = i.load() // what is not whole does not count
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.pair, i.roots
}

// certificate is what we show to the host.
func (i *identity) certificate(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	if pair, _ := i.current(); pair != nil {
		return pair, nil
	}
	return &tls.Certificate{}, nil // which sends none
}

// verify checks what the host shows, as crypto/tls does.
func (i *identity) verify(state tls.ConnectionState) error {
	_, roots := i.current()
	options := x509.VerifyOptions{DNSName: i.host, Roots: roots, Intermediates: x509.NewCertPool()}
	for _, c := range state.PeerCertificates[1:] {
		options.Intermediates.AddCert(c)
	}
	if _, err := state.PeerCertificates[0].Verify(options); err != nil {
		return &tls.CertificateVerificationError{UnverifiedCertificates: state.PeerCertificates, Err: err}
	}
	return nil
}

// pem returns the bytes, or else the file's, or else nil.
func pem(data []byte, file string) ([]byte, error) {
	if data != nil || file == "" {
		return data, nil
	}
	return os.ReadFile(file)
}
