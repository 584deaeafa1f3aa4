package preflight

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

// Gather asks a host, and this machine if the host is on it, for what the checks look at.
// What could not be found out is in the facts.
func (o Options) Gather(ctx context.Context, e driver.Endpoint) Facts {
	o = o.complete()
	access, expires := access(e)
	if access != nil {
		return Facts{Endpoint: e, Access: access}
	}
	d, host, err := o.open(ctx, e)
	if err != nil {
		f := Facts{Endpoint: e, Expires: expires, Open: err}
		if strings.HasPrefix(e.URL, "unix:") {
			f.Machine = o.machine(ctx, "")
		}
		return f
	}
	defer func() { _ = closeDriver(d) }() // what it has told is good all the same
	f := o.gatherOpen(ctx, d, host)
	f.Endpoint, f.Expires = e, expires
	return f
}

// open opens the host and has it describe itself.
func (o Options) open(ctx context.Context, e driver.Endpoint) (driver.Driver, driver.Host, error) {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	if o.Open == nil {
		return nil, driver.Host{}, errors.New("preflight.Options has no Open")
	}
	d, err := o.Open(ctx, e)
	if err != nil {
		return nil, driver.Host{}, err
	}
	host, err := d.Host(ctx)
	if err == nil {
		return d, host, nil
	}
	return nil, driver.Host{}, errors.Join(err, closeDriver(d))
}

// closeDriver closes a driver that can be closed.
func closeDriver(d driver.Driver) error {
	if c, ok := d.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// gatherOpen gathers what an open driver tells of its host, all at once.
func (o Options) gatherOpen(ctx context.Context, d driver.Driver, host driver.Host) Facts {
	o = o.complete()
	f := Facts{Host: &host}
	var group sync.WaitGroup
	group.Go(func() { f.Health, f.HealthErr = asked(ctx, o.Timeout, d, driver.ReadHealth) })
	group.Go(func() {
		var instances []driver.Instance
		instances, f.InstancesErr = asked(ctx, o.Timeout, d, func(ctx context.Context, d driver.Driver) ([]driver.Instance, error) {
			return d.List(ctx, driver.Filter{})
		})
		f.Instances = len(instances)
	})
	// The driver measures the disk of its host only where that is this machine.
	if host.Capacity.DiskFree.Mark == driver.Measured {
		group.Go(func() { f.Machine = o.machine(ctx, host.DataRoot) })
	}
	group.Go(func() { f.Registries = o.askRegistries(ctx) })
	group.Wait()
	return f
}

// asked asks a driver in time.
func asked[T any](
	ctx context.Context, timeout time.Duration, d driver.Driver, ask func(context.Context, driver.Driver) (T, error),
) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return ask(ctx, d)
}

// machine gathers what this machine tells.
func (o Options) machine(ctx context.Context, dataRoot string) *Machine {
	m := &Machine{ConfigFile: o.ConfigFile, Inodes: freeInodes(dataRoot)}
	m.Config, m.ConfigErr = ReadConfig(o.ConfigFile)
	if m.Name, m.Resolves = os.Hostname(); m.Resolves == nil {
		ctx, cancel := context.WithTimeout(ctx, o.Timeout)
		defer cancel()
		_, m.Resolves = o.Lookup(ctx, m.Name)
	}
	return m
}

// access finds what keeps an endpoint from being used without reaching it, and when the
// certificate of its identity expires.
func access(e driver.Endpoint) (error, time.Time) {
	if err := e.Validate(); err != nil || e.TLS == nil {
		return err, time.Time{}
	}
	ca, caErr := content(e.TLS.CA, e.TLS.CAFile)
	cert, certErr := content(e.TLS.Cert, e.TLS.CertFile)
	key, keyErr := content(e.TLS.Key, e.TLS.KeyFile)
	if err := errors.Join(caErr, certErr, keyErr); err != nil {
		return err, time.Time{}
	}
	if ca != nil && !x509.NewCertPool().AppendCertsFromPEM(ca) {
		return errors.New("the CA holds no certificate in PEM"), time.Time{}
	}
	if cert == nil && key == nil {
		return nil, time.Time{}
	}
	if _, err := tls.X509KeyPair(cert, key); err != nil {
		return fmt.Errorf("the certificate and the key: %w", err), time.Time{}
	}
	leaf, err := parseCertificate(cert)
	if err != nil {
		return err, time.Time{}
	}
	return nil, leaf.NotAfter
}

// content returns the bytes, or else the file's, or else nil.
func content(data []byte, file string) ([]byte, error) {
	if data != nil || file == "" {
		return data, nil
	}
	return os.ReadFile(file)
}

// parseCertificate reads the first certificate in PEM.
func parseCertificate(data []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(data)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("there is no certificate in PEM")
	}
	return x509.ParseCertificate(block.Bytes)
}

// askRegistries asks each registry whether it is one, all at once.
func (o Options) askRegistries(ctx context.Context) map[string]error {
	client := o.HTTP
	if client == nil {
		transport := &http.Transport{Proxy: http.ProxyFromEnvironment}
		defer transport.CloseIdleConnections()
		client = &http.Client{Transport: transport}
	}
	var (
		group sync.WaitGroup
		mu    sync.Mutex
		found = make(map[string]error, len(o.Registries))
	)
	for _, name := range o.Registries {
		group.Go(func() {
			err := o.askRegistry(ctx, client, name)
			mu.Lock()
			defer mu.Unlock()
			found[name] = err
		})
	}
	group.Wait()
	return found
}

// askRegistry asks for the base of the API that registries have: the OCI distribution
// specification's end-1, which answers 200, or 401 to who must log in.
func (o Options) askRegistry(ctx context.Context, client *http.Client, name string) error {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+name+"/v2/", nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if code := response.StatusCode; code != http.StatusOK && code != http.StatusUnauthorized {
		return fmt.Errorf("it answers %s, which no registry does", response.Status)
	}
	return nil
}
