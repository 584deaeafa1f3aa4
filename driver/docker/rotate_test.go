package docker_test

import (
	"context"
	"io"
	"net"
	"os"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// TestTLSRotation: a real engine gets another CA and another certificate, and so do we, in
// the same files; the driver that is open goes on without being opened again. 122: TLS with
// client certificates works.
func TestTLSRotation(t *testing.T) {
	enginetest.Endpoint(t)
	dir := t.TempDir()
	renew := func() {
		t.Helper()
		makePKI(t, dir)
		writeFile(t, dir+"/trust.pem", readFile(t, dir+"/ca.pem"))
	}
	renew()
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
	d, err := docker.Open(t.Context(), driver.Endpoint{Name: "secure", URL: "tcp://" + passage(t, e), TLS: &driver.TLS{
		CAFile: dir + "/trust.pem", CertFile: dir + "/client.pem", KeyFile: dir + "/client-key.pem",
	}}, docker.Options{Owner: "rotation"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	restart := func() {
		t.Helper()
		if err := e.Restart(t.Context()); err != nil { // dockerd reads its certificates once
			t.Fatal(err)
		}
	}

	renew()
	restart()
	if _, err := d.Host(t.Context()); err != nil {
		t.Errorf("after the rotation: %v", err)
	}

	// In the midst of a rotation the key does not fit the certificate yet.
	before := readFile(t, dir+"/client.pem")
	writeFile(t, dir+"/client.pem", readFile(t, dir+"/stranger.pem"))
	restart()
	if _, err := d.Host(t.Context()); err != nil {
		t.Errorf("in the midst of a rotation: %v", err)
	}
	writeFile(t, dir+"/client.pem", before)

	// A CA that is not the host's is not trusted, however long the host was.
	writeFile(t, dir+"/trust.pem", readFile(t, dir+"/stranger.pem"))
	restart()
	_, err = d.Host(t.Context())
	wantError(t, err, dockerhv.ErrDenied)
	writeFile(t, dir+"/trust.pem", readFile(t, dir+"/ca.pem"))
	if _, err := d.Host(t.Context()); err != nil {
		t.Errorf("with the host's CA: %v", err)
	}
}

// passage is an address of the test's that leads to an engine's port.
func passage(t *testing.T, e *enginetest.Engine) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	ctx := cleanup(t)
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			go carry(ctx, e, near)
		}
	}()
	return listener.Addr().String()
}

// carry passes a connection's bytes on in both directions until either side ends.
func carry(ctx context.Context, e *enginetest.Engine, near net.Conn) {
	defer near.Close()
	far, err := e.Dial(ctx, "tcp", "127.0.0.1:2376")
	if err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(far, near)
		_ = far.Close()
	}()
	_, _ = io.Copy(near, far)
}

func readFile(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func writeFile(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
