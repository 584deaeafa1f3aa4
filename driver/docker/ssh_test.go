package docker_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// 122: the test's engine is opened through a real sshd, at whose end the docker
// command passes the stream on.
func TestSSH(t *testing.T) {
	address, known := sshd(t, enginetest.Endpoint(t))
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: "ssh://root@" + address}, docker.Options{Owner: "ssh"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	spec := sleeper("far", busybox(t, open(t, "ssh")))
	create(t, d, spec)
	start(t, d, spec.ID)
	waitForLine(t, d, spec.ID, "ready")
	if i := inspect(t, d, spec.ID); i.State != driver.Running {
		t.Errorf("state %s", i.State)
	}
	_, err = docker.Open(t.Context(), driver.Endpoint{URL: "ssh://nobody@" + address}, docker.Options{})
	wantError(t, err, dockerhv.ErrDenied)
	_, err = docker.Open(t.Context(), driver.Endpoint{URL: "ssh://root@127.0.0.1:1"}, docker.Options{})
	wantError(t, err, dockerhv.ErrUnavailable)

	// 122: a host whose key is unknown is refused, and nobody is asked about it.
	if err := os.Truncate(known, 0); err != nil {
		t.Fatal(err)
	}
	_, err = docker.Open(t.Context(), driver.Endpoint{URL: "ssh://root@" + address}, docker.Options{})
	wantError(t, err, dockerhv.ErrDenied)
}

// sshd starts an SSH server on loopback that lets root in with a key of the test's,
// and makes the ssh command use that key. It returns the address, and the file of the
// hosts' keys that the command knows.
func sshd(t *testing.T, endpoint string) (address, knownHosts string) {
	t.Helper()
	dir := t.TempDir()
	for _, key := range []string{"host", "user"} {
		runTool(t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, key))
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = listener.Addr().String()
	knownHosts = filepath.Join(dir, "known")
	host, port, _ := net.SplitHostPort(address)
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	public, err := os.ReadFile(filepath.Join(dir, "host.pub"))
	if err != nil {
		t.Fatal(err)
	}
	known := fmt.Sprintf("[%s]:%s %s", host, port, public)
	config := fmt.Sprintf(`ListenAddress %s
HostKey %s/host
AuthorizedKeysFile %s/user.pub
PidFile %s/pid
StrictModes no
UsePAM no
PasswordAuthentication no
SetEnv DOCKER_HOST=%s
`, address, dir, dir, dir, endpoint)
	client := fmt.Sprintf("#!/bin/sh\nexec /usr/bin/ssh -F none -i %s/user -o UserKnownHostsFile=%s/known \"$@\"\n", dir, dir)
	bin := filepath.Join(dir, "bin")
	if err := errors.Join(
		os.MkdirAll("/run/sshd", 0o755), // sshd's own, which it wants to be there
		os.Mkdir(bin, 0o755),
		os.WriteFile(filepath.Join(dir, "config"), []byte(config), 0o600),
		os.WriteFile(filepath.Join(dir, "known"), []byte(known), 0o600),
		os.WriteFile(filepath.Join(bin, "ssh"), []byte(client), 0o755),
	); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH")+":/usr/sbin")
	t.Setenv("DOCKER_HOST", "") // the far end has its own
	server := exec.CommandContext(cleanup(t), "/usr/sbin/sshd", "-D", "-e", "-f", filepath.Join(dir, "config"))
	var log strings.Builder
	server.Stderr = &log
	if err := server.Start(); err != nil {
		t.Fatalf("%v; install openssh-server", err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err == nil {
			_ = conn.Close()
			return address, knownHosts
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

func runTool(t *testing.T, name string, args ...string) {
	t.Helper()
	if output, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, output)
	}
}
