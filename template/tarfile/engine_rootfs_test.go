package tarfile_test

import (
	"context"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

// TestEngineRootFS runs a root file system as its template says, with nothing said
// by the instance.
func TestEngineRootFS(t *testing.T) {
	d := engine(t)
	s := source(gzipped(t, rootFS(t)))
	s.Layout = tarfile.RootFS
	s.Config = tarfile.Config{
		Entrypoint: []string{"/bin/sh", "-c"}, Command: []string{`echo "$GREETING from $(id -un) in $PWD"`},
		User: "nobody", WorkDir: "/tmp", Env: map[string]string{"GREETING": "hello, world", "PATH": "/bin"},
	}
	got := mustInstall(t, d, s)
	ctx := t.Context()
	t.Cleanup(func() {
		if err := d.Destroy(context.WithoutCancel(ctx), "box", driver.DestroyOptions{Force: true}); err != nil {
			t.Error(err)
		}
	})
	if _, err := d.Create(ctx, driver.Spec{ID: "box", Image: got.ID}); err != nil {
		t.Fatal(err)
	}
	if err := d.Start(ctx, "box"); err != nil {
		t.Fatal(err)
	}
	if exit, err := driver.Wait(ctx, d, "box"); err != nil || exit.Code != 0 {
		t.Errorf("ended with %+v, %v", exit, err)
	}
	var said strings.Builder
	for line, err := range driver.Logs(ctx, d, "box", driver.LogOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		said.WriteString(line.Text)
	}
	if strings.TrimSpace(said.String()) != "hello, world from nobody in /tmp" {
		t.Errorf("it said %q", said.String())
	}
}

// TestEngineTraits knows what the engine says of itself elsewhere.
func TestEngineTraits(t *testing.T) {
	d := engine(t)
	host, err := d.Host(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, err := template.TraitsOf(t.Context(), d.Images())
	old := strings.HasPrefix(host.Version, "20.") || strings.HasPrefix(host.Version, "22.")
	if err != nil || got.Platform != host.Platform || got.Zstd == old {
		t.Errorf("traits %+v of Engine %s on %v; %v", got, host.Version, host.Platform, err)
	}
}
