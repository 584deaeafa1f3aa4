package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/dockerhv/dockerhv/template"
)

// payloadSource is the program in the templates.
//
//go:embed payload/main.go
var payloadSource []byte

// supply is the demo's templates and the servers that they come from: a real
// registry and a real HTTP server, on loopback.
type supply struct {
	registrations []template.Registration
	dir           string
	registry      *http.Server
	files         *http.Server
}

// newSupply makes the templates and begins to serve them.
func newSupply(ctx context.Context) (s *supply, err error) {
	s = &supply{}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.dir, err = os.MkdirTemp("", "quickstart-"); err != nil {
		return nil, err
	}
	payload, err := buildPayload(ctx, s.dir)
	if err != nil {
		return nil, err
	}
	busybox, err := readBusybox()
	if err != nil {
		return nil, err
	}
	var registryAddr, filesAddr string
	silent := slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	if s.registry, registryAddr, err = serve(ctx, registry.New(registry.Logger(silent))); err != nil {
		return nil, err
	}
	if s.files, filesAddr, err = serve(ctx, http.FileServer(http.Dir(s.dir))); err != nil {
		return nil, err
	}
	return s, s.make(ctx, payload, busybox, registryAddr, filesAddr)
}

// make makes the three templates: an image in the registry, a Dockerfile and an
// archive behind the HTTP server.
func (s *supply) make(ctx context.Context, payload, busybox []byte, registryAddr, filesAddr string) error {
	hello, base := registryAddr+"/quickstart/hello:1", registryAddr+"/quickstart/busybox:1"
	helloImage, err := payloadImage(payload, template.Repository)
	if err != nil {
		return err
	}
	baseImage, err := busyboxImage(busybox)
	if err != nil {
		return err
	}
	archiveImage, err := payloadImage(payload, template.Tarfile)
	if err != nil {
		return err
	}
	checksum, err := saveArchive(filepath.Join(s.dir, "hello.tar"), archiveImage)
	if err != nil {
		return err
	}
	dockerfile := fmt.Appendf(nil, dockerfileText, base, hello)
	if err := errors.Join(
		push(ctx, hello, helloImage),
		push(ctx, base, baseImage),
		os.WriteFile(filepath.Join(s.dir, "Dockerfile"), dockerfile, 0o600),
	); err != nil {
		return err
	}
	s.registrations = []template.Registration{
		{ID: "repository", Format: template.Repository, URL: hello},
		{
			ID: "dockerfile", Format: template.Dockerfile, URL: "http://" + filesAddr + "/Dockerfile",
			Details: map[string]string{"buildarg.GREETING": "with a build argument"},
		},
		{ID: "tarfile", Format: template.Tarfile, URL: "http://" + filesAddr + "/hello.tar", Checksum: checksum},
	}
	return nil
}

// dockerfileText is the Dockerfile, whose images come from the demo's registry.
const dockerfileText = `FROM %s
ARG GREETING
RUN mkdir -p /srv && echo "built $GREETING" > /srv/built
COPY --from=%s /payload /payload
EXPOSE 8080
ENTRYPOINT ["/payload"]
`

// close ends the servers and removes the files.
func (s *supply) close() {
	for _, server := range []*http.Server{s.registry, s.files} {
		if server != nil {
			_ = server.Close()
		}
	}
	if s.dir != "" {
		_ = os.RemoveAll(s.dir)
	}
}

// serve serves on a free port of loopback.
func serve(ctx context.Context, handler http.Handler) (server *http.Server, addr string, err error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	server = &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // ends with Close
	return server, listener.Addr().String(), nil
}

// buildPayload compiles the program, static, with the Go that runs this.
func buildPayload(ctx context.Context, dir string) ([]byte, error) {
	src := filepath.Join(dir, "payload")
	program := filepath.Join(src, "payload.bin")
	if err := errors.Join(
		os.Mkdir(src, 0o700),
		os.WriteFile(filepath.Join(src, "main.go"), payloadSource, 0o600),
		os.WriteFile(filepath.Join(src, "go.mod"), []byte("module payload\n\ngo 1.21\n"), 0o600),
	); err != nil {
		return nil, err
	}
	build := exec.CommandContext(ctx, "go", "build", "-ldflags=-s -w", "-trimpath", "-o", program, ".") //nolint:gosec // a path of our own
	build.Dir = src
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOWORK=off", "GOFLAGS=", "GOTOOLCHAIN=local")
	if output, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("compile the templates' program: %w: %s; install Go, and run this where it is", err, bytes.TrimSpace(output))
	}
	defer os.RemoveAll(src)
	return os.ReadFile(program)
}

// readBusybox returns a static busybox: what RUN needs as a shell.
func readBusybox() ([]byte, error) {
	for _, path := range []string{"/bin/busybox", "/usr/bin/busybox"} {
		if data, err := os.ReadFile(path); err == nil {
			return data, nil
		}
	}
	return nil, errors.New("there is no busybox here, which the demo's Dockerfile needs; install it (Debian, Ubuntu: apt-get install busybox-static)")
}
