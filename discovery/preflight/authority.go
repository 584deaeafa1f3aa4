package preflight

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"time"
)

// How long what is made is good for. A leaf is made anew when it is about to expire.
const (
	authorityLife = 10 * 365 * 24 * time.Hour
	leafLife      = 365 * 24 * time.Hour
)

// authority is a CA that signs a host's certificate and those of its clients.
type authority struct {
	cert    *x509.Certificate
	key     any // nil if it is somewhere else
	certPEM []byte
	keyPEM  []byte
}

// leaf is a certificate as it should be.
type leaf struct {
	server bool // or else a client's
	name   string
	names  []string // that it must be good for
}

// newAuthority makes a CA.
func newAuthority(now time.Time) (authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return authority{}, err
	}
	template, err := newCertificate("dockerhv host CA", now, authorityLife)
	if err != nil {
		return authority{}, err
	}
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return authority{}, err
	}
	keyPEM, err := encodeKey(key)
	if err != nil {
		return authority{}, err
	}
	return parseAuthority(encodeCertificate(der), keyPEM)
}

// parseAuthority reads a CA, whose key may be missing.
func parseAuthority(certPEM, keyPEM []byte) (authority, error) {
	a := authority{certPEM: certPEM, keyPEM: keyPEM}
	if certPEM == nil {
		return a, errors.New("there is a key without its certificate")
	}
	var err error
	if a.cert, err = parseCertificate(certPEM); err != nil || keyPEM == nil {
		return a, err
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return a, err
	}
	a.key = pair.PrivateKey
	return a, nil
}

// check says what is wrong with a certificate and its key; nil if they are good for long
// enough.
func (a authority) check(want leaf, certPEM, keyPEM []byte, now time.Time) error {
	if certPEM == nil || keyPEM == nil {
		return errors.New("it or its key is not there")
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AddCert(a.cert)
	if _, err := pair.Leaf.Verify(x509.VerifyOptions{
		Roots: roots, CurrentTime: now.Add(expiresSoon), KeyUsages: []x509.ExtKeyUsage{want.usage()},
	}); err != nil {
		return err
	}
	for _, name := range want.names {
		if err := pair.Leaf.VerifyHostname(name); err != nil {
			return err
		}
	}
	return nil
}

func (l leaf) usage() x509.ExtKeyUsage {
	if l.server {
		return x509.ExtKeyUsageServerAuth
	}
	return x509.ExtKeyUsageClientAuth
}

// sign makes a certificate and its key.
func (a authority) sign(want leaf, now time.Time) (certPEM, keyPEM []byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template, err := newCertificate(want.name, now, leafLife)
	if err != nil {
		return nil, nil, err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{want.usage()}
	for _, name := range want.names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return nil, nil, fmt.Errorf("sign a certificate: %w", err)
	}
	keyPEM, err = encodeKey(key)
	return encodeCertificate(der), keyPEM, err
}

// newCertificate is what all certificates have. It begins a little before now, for clocks
// that differ.
func newCertificate(name string, now time.Time, life time.Duration) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(life),
	}, nil
}

func encodeCertificate(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func encodeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
