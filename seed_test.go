package dockerhv_test

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/discovery/local"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/guru"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

// TestSeed: what a cloud hands to an instance is where the instance looks for it.
func TestSeed(t *testing.T) {
	ctx := t.Context()
	host, err := discovery.Open(ctx, local.Discoverer{}, docker.Options{Owner: "seed"}.Open)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = host.Close() })
	facts, err := host.Host(ctx)
	if err != nil {
		t.Fatal(err)
	}
	source, err := tarfile.Opener{AllowLocal: true}.Open(template.Registration{ID: "t", Format: template.Tarfile, URL: archive})
	if err != nil {
		t.Fatal(err)
	}
	image, err := source.Install(ctx, host.Images(), template.InstallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = host.Images().Remove(context.WithoutCancel(ctx), image.Reference) })
	const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB ann"
	spec, err := guru.Docker{}.Implement(ctx, guru.Profile{
		ID: "i-1", Name: "seeded", Image: image, Host: facts,
		UserDataBase64: guru.Secret(base64.StdEncoding.EncodeToString([]byte("#!/bin/sh\necho ran as $(hostname)\n"))),
		Password:       "correct horse", SSHKeys: []string{key},
		Command: []string{"sh", "-c", `cd ` + guru.SeedFolder + ` && sh user-data && grep -h -e hostname -e password meta-data vendor-data &&
			cat /root/.ssh/authorized_keys && stat -c '%n %a' user-data vendor-data /root/.ssh /root/.ssh/authorized_keys`},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := host.Create(ctx, spec); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = host.Destroy(context.WithoutCancel(ctx), spec.ID, driver.DestroyOptions{Force: true}) })
	if err := host.Start(ctx, spec.ID); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line, err := range driver.Logs(ctx, host, spec.ID, driver.LogOptions{Follow: true}) {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, strings.TrimSpace(line.Text))
	}
	want := []string{
		"ran as seeded", `"local-hostname": "seeded",`, `"password": "correct horse",`, key,
		"user-data 600", "vendor-data 600", "/root/.ssh 755", "/root/.ssh/authorized_keys 600",
	}
	if got := strings.Join(lines, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("the instance printed\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}
