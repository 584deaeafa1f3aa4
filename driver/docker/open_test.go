package docker_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

func TestNoEngine(t *testing.T) {
	for name, url := range map[string]string{
		"no socket":    "unix://" + filepath.Join(t.TempDir(), "none.sock"),
		"nobody there": "tcp://127.0.0.1:1",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := docker.Open(t.Context(), driver.Endpoint{URL: url}, docker.Options{})
			wantError(t, err, dockerhv.ErrUnavailable)
			if !strings.Contains(err.Error(), "check that the Docker Engine runs") {
				t.Errorf("%v does not say what to do", err)
			}
		})
	}
}

// TestTooOld needs a fake: no engine that is that old can be had.
func TestTooOld(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Api-Version", "1.40")
	}))
	t.Cleanup(server.Close)
	_, err := docker.Open(t.Context(), driver.Endpoint{URL: "tcp://" + server.Listener.Addr().String()}, docker.Options{})
	wantError(t, err, errors.ErrUnsupported)
}

// 122: plain text beyond this machine is refused before anything is dialled.
func TestPlaintextNeedsConsent(t *testing.T) {
	_, err := docker.Open(t.Context(), driver.Endpoint{URL: "tcp://192.0.2.1:2375"}, docker.Options{})
	wantError(t, err, dockerhv.ErrDenied)
}

func TestSocketPermission(t *testing.T) {
	const childVar = "DOCKERHV_TEST_AS_NOBODY"
	endpoint := driver.Endpoint{URL: enginetest.Endpoint(t)}
	if os.Getenv(childVar) == "" {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSocketPermission$", "-test.v")
		child.Env = append(os.Environ(), childVar+"=1")
		child.Dir = "/"
		child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		// The test program may stand where nobody may look: run it from an open file.
		runAsNobody(t, child)
		return
	}
	_, err := docker.Open(t.Context(), endpoint, docker.Options{})
	wantError(t, err, dockerhv.ErrDenied)
	if !strings.Contains(err.Error(), "docker group") {
		t.Errorf("%v does not say what to do", err)
	}
}

// runAsNobody copies the program to where every user may run it.
func runAsNobody(t *testing.T, child *exec.Cmd) {
	t.Helper()
	program, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "nobody") // not t.TempDir, whose parent is root's alone
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	child.Path = filepath.Join(dir, "test")
	if err := errors.Join(os.Chmod(dir, 0o755), os.WriteFile(child.Path, program, 0o755)); err != nil {
		t.Fatal(err)
	}
	output, err := child.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "--- PASS") {
		t.Errorf("as nobody: %v\n%s", err, output)
	}
}

// 122: a real engine wants mutual TLS, from inside its network.
func TestTLS(t *testing.T) {
	const childVar = "DOCKERHV_TEST_PKI"
	enginetest.Endpoint(t)
	if dir := os.Getenv(childVar); dir != "" {
		testTLSClient(t, dir)
		return
	}
	inSecureNetwork(t, childVar)
}

// inSecureNetwork runs the test once more, inside the network of an engine that wants
// mutual TLS, with a variable that names the folder of the keys.
func inSecureNetwork(t *testing.T, childVar string) {
	t.Helper()
	dir := t.TempDir()
	makePKI(t, dir)
	e, err := enginetest.Start(t.Context(), enginetest.Options{
		Args: []string{"-H", "tcp://127.0.0.1:2376"},
		Config: map[string]any{
			"tlsverify": true, "tlscacert": dir + "/ca.pem", "tlscert": dir + "/server.pem", "tlskey": dir + "/server-key.pem",
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	child := e.Command(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	child.Env = append(os.Environ(), childVar+"="+dir)
	output, err := child.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "--- PASS") {
		t.Errorf("%v\n%s", err, output)
	}
}

// secure opens that engine.
func secure(t *testing.T, dir string) *docker.Driver {
	t.Helper()
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: "tcp://127.0.0.1:2376", TLS: &driver.TLS{
		CAFile: dir + "/ca.pem", CertFile: dir + "/client.pem", KeyFile: dir + "/client-key.pem",
	}}, docker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// TestNamedPipe: a named pipe is an endpoint, but not one that this machine can reach.
func TestNamedPipe(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("named pipes are Windows' own")
	}
	_, err := docker.Open(t.Context(), driver.Endpoint{URL: "npipe:////./pipe/docker_engine"}, docker.Options{})
	wantError(t, err, errors.ErrUnsupported)
}

func testTLSClient(t *testing.T, dir string) {
	identity := func(cert string) *driver.TLS {
		return &driver.TLS{CAFile: dir + "/ca.pem", CertFile: dir + "/" + cert + ".pem", KeyFile: dir + "/" + cert + "-key.pem"}
	}
	inMemory := identity("client")
	for _, part := range []struct {
		file string
		data *[]byte
	}{{inMemory.CAFile, &inMemory.CA}, {inMemory.CertFile, &inMemory.Cert}, {inMemory.KeyFile, &inMemory.Key}} {
		data, err := os.ReadFile(part.file)
		if err != nil {
			t.Fatal(err)
		}
		*part.data = data
	}
	inMemory.CAFile, inMemory.CertFile, inMemory.KeyFile = "", "", ""
	for name, tc := range map[string]struct {
		tls  *driver.TLS
		want error
	}{
		"files":                    {identity("client"), nil},
		"bytes":                    {inMemory, nil},
		"no client certificate":    {&driver.TLS{CAFile: dir + "/ca.pem"}, dockerhv.ErrDenied},
		"a stranger's certificate": {identity("stranger"), dockerhv.ErrDenied},
		"a host that we don't know": {
			&driver.TLS{CAFile: dir + "/stranger.pem", CertFile: dir + "/client.pem", KeyFile: dir + "/client-key.pem"}, dockerhv.ErrDenied,
		},
		"a file that is not there": {&driver.TLS{CAFile: dir + "/none.pem"}, dockerhv.ErrDenied},
		"plain text":               {nil, dockerhv.ErrDenied},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := docker.Open(t.Context(), driver.Endpoint{Name: "secure", URL: "tcp://127.0.0.1:2376", TLS: tc.tls}, docker.Options{})
			if tc.want != nil {
				wantError(t, err, tc.want)
				t.Log(err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if host, err := d.Host(t.Context()); err != nil || host.Endpoint != "secure" {
				t.Errorf("host %+v, %v", host, err)
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// makePKI writes a CA, a server's and a client's certificate, and a stranger's.
func makePKI(t *testing.T, dir string) {
	t.Helper()
	ca, caKey := certify(t, dir, "ca", nil, nil)
	certify(t, dir, "server", ca, caKey)
	certify(t, dir, "client", ca, caKey)
	certify(t, dir, "stranger", nil, nil)
}

// certify writes a certificate that the parent signed, or that signed itself.
func certify(t *testing.T, dir, name string, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: parent == nil, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	if parent == nil {
		parent, parentKey = cert, key
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, parent, &key.PublicKey, parentKey)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{
		name + ".pem": {Type: "CERTIFICATE", Bytes: der}, name + "-key.pem": {Type: "EC PRIVATE KEY", Bytes: keyDER},
	} {
		if err := os.WriteFile(filepath.Join(dir, file), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}
