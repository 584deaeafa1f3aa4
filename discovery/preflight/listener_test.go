package preflight

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv"
)

// listening is a set-up of a machine without an engine that is to listen.
func listening(t *testing.T) (Setup, Facts) {
	t.Helper()
	s := Setup{Listen: netip.MustParseAddrPort("10.0.0.5:2376"), Names: []string{"h1.example.org"}, TLSDir: t.TempDir(), root: t.TempDir()}
	return s.complete(), Facts{Machine: &Machine{Name: "h1"}}
}

// certificates plans them, and writes what is planned.
func certificates(t *testing.T, s Setup, f Facts) (written []string) {
	t.Helper()
	var p Plan
	if err := s.planCertificates(f, &p); err != nil {
		t.Fatal(err)
	}
	for _, c := range p.Changes {
		if err := replaceFile(c.Path, c.After, c.Mode); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(c.Path, "key.pem") != (c.Mode == 0o600) || !c.Secret {
			t.Errorf("%s has the mode %o", c.Path, c.Mode)
		}
		written = append(written, filepath.Base(c.Path))
	}
	return written
}

// What is made is good for mutual TLS by each name, and for nobody else.
func TestCertificates(t *testing.T) {
	s, f := listening(t)
	same(t, "the files", []string{caFile, caKeyFile, serverCertFile, serverKeyFile, clientCertFile, clientKeyFile}, certificates(t, s, f))
	pair := func(cert, key string) tls.Certificate {
		p, err := tls.LoadX509KeyPair(filepath.Join(s.TLSDir, cert), filepath.Join(s.TLSDir, key))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(read(t, filepath.Join(s.TLSDir, caFile)))
	server := &tls.Config{Certificates: []tls.Certificate{pair(serverCertFile, serverKeyFile)}, ClientCAs: roots, ClientAuth: tls.RequireAndVerifyClientCert}
	shake := func(client *tls.Config) error {
		a, b := net.Pipe()
		defer a.Close()
		defer b.Close()
		done := make(chan error, 1)
		go func() { done <- tls.Server(a, server).HandshakeContext(t.Context()); a.Close() }()
		err := tls.Client(b, client).HandshakeContext(t.Context())
		b.Close()
		return errors.Join(err, <-done)
	}
	for _, name := range []string{"h1", "h1.example.org", "10.0.0.5", "localhost", "127.0.0.1"} {
		if err := shake(&tls.Config{RootCAs: roots, ServerName: name, Certificates: []tls.Certificate{pair(clientCertFile, clientKeyFile)}}); err != nil {
			t.Errorf("as %s: %v", name, err)
		}
	}
	if err := shake(&tls.Config{RootCAs: roots, ServerName: "other", Certificates: []tls.Certificate{pair(clientCertFile, clientKeyFile)}}); err == nil {
		t.Error("it is good for another host")
	}
	if err := shake(&tls.Config{RootCAs: roots, ServerName: "h1", Certificates: []tls.Certificate{pair(serverCertFile, serverKeyFile)}}); err == nil {
		t.Error("the host's certificate is good for a client")
	}
}

// What is good is kept, and what is not is made anew by the same CA, as far as its key is
// there.
func TestCertificatesAreKept(t *testing.T) {
	s, f := listening(t)
	certificates(t, s, f)
	in := func(name string) string { return filepath.Join(s.TLSDir, name) }
	if again := certificates(t, s, f); again != nil {
		t.Errorf("made again are %v", again)
	}
	s.Names = append(s.Names, "h2.example.org")
	same(t, "another name", []string{serverCertFile, serverKeyFile}, certificates(t, s, f))

	ca, err := parseAuthority(read(t, in(caFile)), read(t, in(caKeyFile)))
	if err != nil {
		t.Fatal(err)
	}
	old, oldKey, err := ca.sign(leaf{name: "orchestrator"}, time.Now().Add(expiresSoon-leafLife))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(in(clientCertFile), old, 0o644), os.WriteFile(in(clientKeyFile), oldKey, 0o600)); err != nil {
		t.Fatal(err)
	}
	same(t, "one that is about to expire", []string{clientCertFile, clientKeyFile}, certificates(t, s, f))

	// The CA's key is somewhere else.
	if err := errors.Join(os.Remove(in(caKeyFile)), os.Remove(in(clientCertFile))); err != nil {
		t.Fatal(err)
	}
	if again := certificates(t, s, f); again != nil {
		t.Errorf("without the CA's key made are %v", again)
	}
	s.Names = append(s.Names, "h3.example.org")
	if err := s.planCertificates(f, &Plan{}); !errors.Is(err, dockerhv.ErrConflict) || !strings.Contains(err.Error(), "h3.example.org") {
		t.Errorf("the error is %v", err)
	}
	if err := os.WriteFile(in(caFile), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.planCertificates(f, &Plan{}); !errors.Is(err, dockerhv.ErrInvalid) {
		t.Errorf("the error is %v", err)
	}
}

// Under systemd the listeners move from the unit to the configuration, once.
func TestUnit(t *testing.T) {
	s, _ := listening(t)
	write := func(path, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(s.at(path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(s.at(path), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	plan := func() []Change {
		t.Helper()
		var p Plan
		if err := s.planUnit(&p); err != nil {
			t.Fatal(err)
		}
		return p.Changes
	}
	if changes := plan(); changes != nil {
		t.Errorf("without systemd: %+v", changes)
	}
	write("/run/systemd/system/x", "")
	if err := s.planUnit(&Plan{}); !errors.Is(err, dockerhv.ErrNotFound) {
		t.Errorf("without a unit the error is %v", err)
	}
	if p := (Plan{Install: [][]string{{"apt-get"}}}); s.planUnit(&p) != nil || p.Changes != nil || len(p.Notes) != 1 {
		t.Errorf("before an install the plan is %+v", p)
	}
	write("/lib/systemd/system/docker.service", "[Service]\nExecStart=/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock $DOCKER_OPTS\n")
	changes := plan()
	if len(changes) != 1 || changes[0].Path != s.at(dropIn) ||
		string(changes[0].After) != "[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd --containerd=/run/containerd/containerd.sock $DOCKER_OPTS\n" {
		t.Fatalf("the changes are %+v", changes)
	}
	same(t, "the listeners", []string{"fd://", "tcp://10.0.0.5:2376"}, s.listeners(nil))
	same(t, "the commands", [][]string{{"systemctl", "daemon-reload"}, {"systemctl", "restart", "docker"}}, s.restartCommands())
	write(dropIn, string(changes[0].After))
	if changes := plan(); changes != nil {
		t.Errorf("the second time: %+v", changes)
	}
	if got := withoutHosts(execStart("", []byte("ExecStart=dockerd -H fd:// \\\n  --iptables=false\n"))); got != "dockerd --iptables=false" {
		t.Errorf("of a command in two lines is left %q", got)
	}
	if got := withoutHosts("dockerd --host=tcp://:1 -Hfd:// --host unix:///x -l info"); got != "dockerd -l info" {
		t.Errorf("without hosts it is %q", got)
	}
}

// A machine that can't be set up is refused before anything is planned.
func TestSetupRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil func(*Setup, string)
		class error
	}{
		"a file that is no JSON": {func(_ *Setup, file string) { _ = os.WriteFile(file, []byte("{"), 0o600) }, dockerhv.ErrInvalid},
		"hosts that are no list": {func(_ *Setup, file string) { _ = os.WriteFile(file, []byte(`{"hosts": 7}`), 0o600) }, dockerhv.ErrInvalid},
		"another machine":        {func(s *Setup, _ string) { s.Endpoint = at("tcp://127.0.0.1:1") }, dockerhv.ErrConflict},
	} {
		file := filepath.Join(t.TempDir(), "daemon.json")
		s := Setup{Checks: looking(file), Endpoint: at("unix:///nowhere/docker.sock"), Listen: netip.MustParseAddrPort("127.0.0.1:1"), root: t.TempDir()}
		tc.spoil(&s, file)
		if _, err := s.Plan(t.Context()); !errors.Is(err, tc.class) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A machine that can't resolve its own name gets the line that Debian's installer writes.
func TestPlanName(t *testing.T) {
	s, f := listening(t)
	f.Machine.Resolves = errors.New("no such host")
	if err := os.MkdirAll(s.at("/etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.at("/etc/hosts"), []byte("127.0.0.1 localhost"), 0o600); err != nil {
		t.Fatal(err)
	}
	var p Plan
	if err := s.planName(f, &p); err != nil || len(p.Changes) != 1 || string(p.Changes[0].After) != "127.0.0.1 localhost\n127.0.1.1\th1\n" || p.restarts() {
		t.Errorf("%v: %+v", err, p)
	}
}

func TestConfig(t *testing.T) {
	c := config(`{"b": [1, 2], "a": {"x": 1.50}, "c": null}`)
	for _, step := range []struct {
		name  string
		value any
		want  string
	}{
		{"b", []int{1, 2}, `{"b":[1, 2],"a":{"x": 1.50},"c":null}`}, // as it was written
		{"a", true, `{"b":[1, 2],"a":true,"c":null}`},
		{"d", "e", `{"b":[1, 2],"a":true,"c":null,"d":"e"}`},
	} {
		before, _ := c.MarshalJSON()
		changed, err := c.with(step.name, step.value)
		if err != nil {
			t.Fatal(err)
		}
		after, _ := changed.MarshalJSON()
		same(t, step.name, step.want, string(after))
		if again, _ := c.MarshalJSON(); !slices.Equal(again, before) || changed.equal(c) != (string(before) == step.want) {
			t.Errorf("%s has changed what it was made of", step.name)
		}
		c = changed
	}
	for _, bad := range []string{"[]", "7", "{", `{"a": }`, `{"a": 1, "a": 2}`, `{} {}`, `{"a": 1`, "nothing"} {
		if _, err := parseConfig([]byte(bad)); err == nil {
			t.Errorf("%s is read", bad)
		}
	}
	if c, err := parseConfig([]byte(" \n")); err != nil || len(c.names) != 0 {
		t.Errorf("an empty file: %v", err)
	}
}

func TestRunCommand(t *testing.T) {
	if err := runCommand(t.Context(), []string{"sh", "-c", "echo one; echo two; exit 3"}); err == nil || !strings.Contains(err.Error(), "exit status 3: one; two") {
		t.Errorf("the error is %v", err)
	}
	// What a command starts in the background may keep its output open.
	if err := runCommand(t.Context(), []string{"sh", "-c", "sleep 3 &"}); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := runCommand(ctx, []string{"sleep", "30"}); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}
