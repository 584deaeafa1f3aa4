package preflight

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/discovery/fleet"
	"github.com/dockerhv/dockerhv/discovery/static"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// want compares some findings' results.
func want(t *testing.T, r Report, results map[string]Result) {
	t.Helper()
	for check, result := range results {
		if got := r.Find(check); got.Result != result {
			t.Errorf("%+v, not %s", got, result)
		}
	}
	if t.Failed() {
		t.Logf("the report is %+v", r)
	}
}

// A good engine fails nothing, and each question is answered: also at a second look by a
// driver that is open.
func TestCheckEngine(t *testing.T) {
	url := enginetest.Endpoint(t)
	o := looking(filepath.Join(t.TempDir(), "daemon.json"))
	for name, r := range map[string]Report{"endpoint": o.Check(t.Context(), at(url)), "driver": checkOpen(t, o, url)} {
		t.Run(name, func(t *testing.T) {
			if err := r.Err(); err != nil {
				t.Error(err)
			}
			want(t, r, map[string]Result{
				"engine": Pass, "api": Pass, "health": Pass, "platform": Pass, "clock": Pass, "cgroup": Pass, "storage": Pass,
				"disk": Pass, "memory": Pass, "forwarding": Pass, "config": Pass, "exposure": Pass, "identity": Pass,
				"live-restore": Warn, "logs": Warn, "addresses": Skip, "pull": Skip,
			})
			if r.ID == "" || r.Name == "" || r.Endpoint != url {
				t.Errorf("the report is of %q, %q at %q", r.ID, r.Name, r.Endpoint)
			}
		})
	}
}

func checkOpen(t *testing.T, o Options, url string) Report {
	t.Helper()
	d, err := o.Open(t.Context(), at(url))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := closeDriver(d); err != nil {
			t.Error(err)
		}
	}()
	host, err := d.Host(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return o.CheckDriver(t.Context(), d, host)
}

// An engine that is set up badly in many ways says so itself.
func TestCheckBadEngine(t *testing.T) {
	e := start(t, enginetest.Options{
		Args: []string{"--storage-driver=vfs", "--ip-forward=false", "-H", "tcp://0.0.0.0:2375"},
		Config: map[string]any{
			"log-driver": "none", "insecure-registries": []string{"registry.example.org:5000"}, "bip": "10.77.0.1/24",
			"default-ulimits": map[string]any{"nofile": map[string]any{"Name": "nofile", "Soft": 64, "Hard": 64}},
		},
	})
	o := looking(e.ConfigFile())
	o.Networks, o.MinMemory, o.MinDisk, o.ID = append(o.Networks, netip.MustParsePrefix("10.77.0.0/16")), 1<<60, 1<<60, "OLD"
	want(t, o.Check(t.Context(), at(e.Endpoint())), map[string]Result{
		"storage": Fail, "forwarding": Fail, "exposure": Fail, "logs": Warn, "registries": Warn, "ulimits": Warn, "live-restore": Warn,
		"addresses": Fail, "memory": Fail, "disk": Fail, "identity": Fail, "engine": Pass,
	})
}

// An engine that is not there, or does not answer, is found out in time, and the report
// says what else could not be looked at.
func TestCheckSilentEngine(t *testing.T) {
	o := looking(filepath.Join(t.TempDir(), "daemon.json"))
	want(t, o.Check(t.Context(), at("unix:///nowhere/docker.sock")), map[string]Result{
		"access": Pass, "engine": Fail, "api": Skip, "cgroup": Skip, "config": Pass,
	})
	want(t, o.Check(t.Context(), at("http://nowhere")), map[string]Result{"access": Fail, "engine": Skip, "config": Skip})

	e := start(t, enginetest.Options{})
	if err := e.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Signal(syscall.SIGCONT) }()
	o.Timeout = time.Second
	want(t, o.Check(t.Context(), at(e.Endpoint())), map[string]Result{"access": Pass, "engine": Fail, "health": Skip})
}

// Access is refused for what is wrong with the files of a TLS identity, before anybody is
// asked.
func TestCheckIdentity(t *testing.T) {
	now := time.Now()
	ca, err := newAuthority(now)
	if err != nil {
		t.Fatal(err)
	}
	cert, key, err := ca.sign(leaf{name: "client"}, now)
	if err != nil {
		t.Fatal(err)
	}
	_, otherKey, err := ca.sign(leaf{name: "other"}, now)
	if err != nil {
		t.Fatal(err)
	}
	old, oldKey, err := ca.sign(leaf{name: "old"}, now.Add(-leafLife-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "key.pem"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	o := Options{}
	for name, tc := range map[string]struct {
		identity driver.TLS
		detail   string
	}{
		"no file":     {driver.TLS{CAFile: filepath.Join(dir, "ca.pem")}, "no such file"},
		"no PEM":      {driver.TLS{CA: []byte("x")}, "no certificate in PEM"},
		"another key": {driver.TLS{Cert: cert, Key: otherKey}, "does not match"},
		"no key":      {driver.TLS{Cert: cert}, "certificate and the key"},
		"expired":     {driver.TLS{Cert: old, Key: oldKey}, "expired at"},
		"good":        {driver.TLS{CA: ca.certPEM, Cert: cert, KeyFile: filepath.Join(dir, "key.pem")}, "with a certificate that expires"},
	} {
		r := o.Check(t.Context(), driver.Endpoint{URL: "tcp://127.0.0.1:1", TLS: &tc.identity})
		if got := r.Find("access"); (got.Result == Pass) != (name == "good") || !strings.Contains(got.Detail, tc.detail) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A registry is one that answers as one: also to who must log in.
func TestCheckRegistries(t *testing.T) {
	answers := func(code int) *httptest.Server {
		s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }))
		t.Cleanup(s.Close)
		return s
	}
	good, login, other := answers(http.StatusOK), answers(http.StatusUnauthorized), answers(http.StatusNotFound)
	roots := x509.NewCertPool()
	roots.AddCert(good.Certificate())
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	t.Cleanup(transport.CloseIdleConnections)
	o := looking(filepath.Join(t.TempDir(), "daemon.json"))
	o.HTTP = &http.Client{Transport: transport}
	name := func(s *httptest.Server) string { return s.Listener.Addr().String() }

	o.Registries = []string{name(good), name(login)}
	want(t, o.Check(t.Context(), at(enginetest.Endpoint(t))), map[string]Result{"pull": Pass})
	o.Registries = []string{name(good), name(other)}
	r := o.Check(t.Context(), at(enginetest.Endpoint(t)))
	want(t, r, map[string]Result{"pull": Fail})
	if got := r.Find("pull").Detail; !strings.Contains(got, "404") {
		t.Errorf("it says %s", got)
	}
}

// An agent registers no host that fails, says why, and takes it as soon as it passes.
func TestAdmit(t *testing.T) {
	o := looking(filepath.Join(t.TempDir(), "daemon.json"))
	refusals := 0
	strict := o
	strict.MinMemory = 1 << 60
	failed := make(chan error, 8)
	hosts := fleet.New(fleet.Options{})
	agent := discovery.Agent{
		Discoverer: static.Discoverer{at(enginetest.Endpoint(t))}, Open: o.Open, Manager: hosts,
		Backoff: discovery.Backoff{First: time.Millisecond, Last: time.Millisecond},
		Preflight: func(ctx context.Context, d driver.Driver, h driver.Host) error {
			if refusals++; refusals == 1 {
				return strict.Admit(ctx, d, h)
			}
			return o.Admit(ctx, d, h)
		},
		Failed: func(_ driver.Endpoint, err error) { failed <- err },
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- agent.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}()
	for change, err := range hosts.Changes(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if change.Status == discovery.StatusUp {
			break
		}
	}
	if err := <-failed; !strings.Contains(err.Error(), "memory") {
		t.Errorf("it was refused for %v", err)
	}
	if all := hosts.Hosts(); len(all) != 1 || all[0].Status != discovery.StatusUp {
		t.Errorf("the hosts are %+v", all)
	}
}
