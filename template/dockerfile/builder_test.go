package dockerfile_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/dockerfile"
)

// TestBuilder builds with a buildkitd, whose images go to the engine.
func TestBuilder(t *testing.T) {
	d := open(t)
	builder := enginetest.Buildkitd(t)
	from := "FROM " + base(t) + "\n"
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"Dockerfile": from + "COPY a.txt /\nRUN <<EOF\necho from a heredoc > /b.txt\nEOF\nCMD [\"cat\", \"/a.txt\", \"/b.txt\"]\n", "a.txt": "copied\n",
	})
	var seen []template.Progress
	opts := template.InstallOptions{Progress: func(p template.Progress) { seen = append(seen, p) }}
	source := dockerfile.Source{Dir: dir, Builder: builder}
	image := install(t, d, source, opts)
	if diff := cmp.Diff([]string{"copied", "from a heredoc"}, run(t, d, image)); diff != "" {
		t.Errorf("the instance printed (-want +got):\n%s", diff)
	}
	checkProgress(t, seen)
	again, err := source.Install(t.Context(), d.Images(), template.InstallOptions{})
	if err != nil || again.ID != image.ID || !again.Cached {
		t.Errorf("installed again: %+v, %v; want the same image", again, err)
	}
	t.Run("tag", func(t *testing.T) {
		tagged := source
		tagged.Tag = "localhost/mine:2"
		if image := install(t, d, tagged, template.InstallOptions{}); image.Reference != tagged.Tag {
			t.Errorf("reference %q", image.Reference)
		}
	})
	t.Run("caches", func(t *testing.T) { builderCaches(t, d, builder, from) })
	t.Run("failures", func(t *testing.T) { builderFails(t, d, builder, from) })
}

// builderCaches keeps results in a folder and in a registry, which a buildkitd can
// always do.
func builderCaches(t *testing.T, d interface{ Images() template.ImageStore }, builder, from string) {
	dir := filepath.Join(t.TempDir(), "cache")
	registry := enginetest.Registry(t) + "/cache:1"
	source := dockerfile.Source{
		Text: from + "RUN cat /proc/sys/kernel/random/uuid > /id\n", Builder: builder, NoCache: true,
		CacheTo: []dockerfile.Cache{{Dir: dir, All: true}, {Registry: registry}},
	}
	image, err := source.Install(t.Context(), d.Images(), template.InstallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Images().Remove(context.WithoutCancel(t.Context()), image.Reference) }()
	other := enginetest.Buildkitd(t) // that has built nothing yet
	source.NoCache, source.CacheTo, source.Builder = false, nil, other
	for _, from := range []dockerfile.Cache{{Dir: dir}, {Registry: registry}} {
		source.CacheFrom = []dockerfile.Cache{from}
		again, err := source.Install(t.Context(), d.Images(), template.InstallOptions{})
		if err != nil || again.ID != image.ID {
			t.Errorf("from %+v: %+v, %v; want the image %s", from, again, err, image.ID)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "index.json")); err != nil {
		t.Error(err)
	}
}

func builderFails(t *testing.T, d interface{ Images() template.ImageStore }, builder, from string) {
	for name, tc := range map[string]struct {
		source dockerfile.Source
		want   template.BuildError
	}{
		"a step":       {dockerfile.Source{Text: from + "RUN echo out; exit 5\n"}, template.BuildError{Class: dockerhv.ErrFailed, File: "Dockerfile", Line: 2, Source: "RUN echo out; exit 5", ExitCode: 5, Output: []string{"out"}}},
		"a file":       {dockerfile.Source{Text: from + "COPY none /\n"}, template.BuildError{Class: dockerhv.ErrNotFound, File: "Dockerfile", Line: 2, Source: "COPY none /"}},
		"a base image": {dockerfile.Source{Text: "FROM 127.0.0.1:1/none\n"}, template.BuildError{Class: dockerhv.ErrUnavailable, File: "Dockerfile", Line: 1, Source: "FROM 127.0.0.1:1/none"}},
		"the network":  {dockerfile.Source{Text: from + "RUN --network=host true\n"}, template.BuildError{Class: dockerhv.ErrDenied, File: "Dockerfile"}},
	} {
		t.Run(name, func(t *testing.T) {
			tc.source.Builder = builder
			_, err := tc.source.Install(t.Context(), d.Images(), template.InstallOptions{})
			wantError(t, err, tc.want.Class)
			got, ok := errors.AsType[*template.BuildError](err)
			if !ok {
				t.Fatalf("%v is no BuildError", err)
			}
			if got.Reason = ""; tc.want.Line == 0 {
				got.Line, got.Source = 0, ""
			}
			if diff := cmp.Diff(tc.want, *got, cmp.Comparer(func(a, b error) bool { return a == b })); diff != "" {
				t.Errorf("BuildError (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("no builder", func(t *testing.T) {
		for _, at := range []string{"unix:///nowhere", "tcp://127.0.0.1:1"} {
			_, err := dockerfile.Source{Text: from, Builder: at}.Install(t.Context(), d.Images(), template.InstallOptions{})
			wantError(t, err, dockerhv.ErrUnavailable)
		}
	})
	t.Run("a store that refuses", func(t *testing.T) {
		_, err := dockerfile.Source{Text: from + "WORKDIR /x\n", Builder: builder}.Install(t.Context(), full{d.Images()}, template.InstallOptions{})
		if !errors.Is(err, errFull) {
			t.Errorf("got %v; want what the store said", err)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		_, err := dockerfile.Source{Text: from + "RUN sleep 300\n", Builder: builder}.Install(ctx, d.Images(), template.InstallOptions{
			Progress: func(p template.Progress) {
				if strings.Contains(p.Detail, "sleep 300") {
					cancel()
				}
			},
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

// TestBuilderBehindTLS reaches a buildkitd over TCP, as it is done from afar.
func TestBuilderBehindTLS(t *testing.T) {
	d := open(t)
	certified := httptest.NewUnstartedServer(nil)
	certified.StartTLS()
	certified.Close() // only its certificate is of use
	_, socket, _ := strings.Cut(enginetest.Buildkitd(t), "://")
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: certified.TLS.Certificates, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go forward(t.Context(), listener, socket)
	trusted := x509.NewCertPool()
	trusted.AddCert(certified.Certificate())
	source := dockerfile.Source{
		Text: "FROM " + base(t) + "\nWORKDIR /far\n", Builder: "tcp://" + listener.Addr().String(),
		BuilderTLS: &tls.Config{RootCAs: trusted, ServerName: "example.com"},
	}
	install(t, d, source, template.InstallOptions{})
	source.BuilderTLS = &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "example.com"}
	_, err = source.Install(t.Context(), d.Images(), template.InstallOptions{})
	wantError(t, err, dockerhv.ErrDenied)
}

// forward passes on what comes to a socket.
func forward(ctx context.Context, listener net.Listener, socket string) {
	for {
		in, err := listener.Accept()
		if err != nil {
			return
		}
		out, err := new(net.Dialer).DialContext(ctx, "unix", socket)
		if err != nil {
			_ = in.Close()
			return
		}
		for _, way := range [][2]net.Conn{{in, out}, {out, in}} {
			go func() {
				_, _ = io.Copy(way[0], way[1])
				_ = way[0].Close()
			}()
		}
	}
}

// full is a store that takes no image any more.
type full struct{ template.ImageStore }

var errFull = errors.New("no room")

func (f full) Unwrap() template.ImageStore { return f.ImageStore }

func (full) Load(_ context.Context, archive io.Reader) error {
	_, _ = io.CopyN(io.Discard, archive, 1000)
	return errFull
}
