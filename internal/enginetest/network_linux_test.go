package enginetest

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestPublishedPort(t *testing.T) {
	e := start(t, Options{})
	runInstance(t, e, "first") // brings the image
	request(t, e, http.MethodPost, "/containers/create?name=web", `{"Image":"busybox:1",
		"Cmd":["httpd","-f","-p","80","-h","/etc"],"ExposedPorts":{"80/tcp":{}},
		"HostConfig":{"PortBindings":{"80/tcp":[{"HostIp":"127.0.0.1","HostPort":"8080"}]}}}`, nil)
	request(t, e, http.MethodPost, "/containers/web/start", "", nil)
	// The engine's proxy takes connections before the server does.
	text := ""
	for begin := time.Now(); !strings.HasPrefix(text, "HTTP/1.") && time.Since(begin) < 10*time.Second; time.Sleep(50 * time.Millisecond) {
		conn, err := e.Dial(t.Context(), "tcp", "127.0.0.1:8080")
		if err != nil {
			continue
		}
		text = fetch(conn)
	}
	if !strings.Contains(text, "nobody") {
		t.Errorf("the published port says %q", text)
	}
}

// fetch asks a web server for its passwd file.
func fetch(conn net.Conn) string {
	defer conn.Close()
	fmt.Fprint(conn, "GET /passwd HTTP/1.0\r\n\r\n")
	text, _ := io.ReadAll(conn) // reset while the server is not there yet
	return string(text)
}

func TestBuildRuns(t *testing.T) {
	e := start(t, Options{})
	runInstance(t, e, "first") // brings the image
	dockerfile := "FROM busybox:1\nRUN ip address show eth0 | grep -q 'inet 172'\n"
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	if err := w.WriteHeader(&tar.Header{Name: "Dockerfile", Mode: 0o600, Size: int64(len(dockerfile))}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, dockerfile); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := do(t.Context(), e.path("s"), http.MethodPost, "/build?t=built:1", &archive, nil); err != nil {
		t.Fatal(err)
	}
	request(t, e, http.MethodGet, "/images/built:1/json", "", nil)
}
