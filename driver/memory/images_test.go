package memory_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/memory"
	"github.com/dockerhv/dockerhv/template"
)

func role[T any](t *testing.T, store template.ImageStore) T {
	t.Helper()
	r, err := template.Role[T](store)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPullAndTag(t *testing.T) {
	images := memory.New(memory.Options{}).Open("test").Images()
	var told []template.Progress
	pull := func() template.Image {
		image, err := role[template.Puller](t, images).Pull(t.Context(), "example.org/web:1", template.PullOptions{
			Progress: func(p template.Progress) { told = append(told, p) },
		})
		if err != nil {
			t.Fatal(err)
		}
		return image
	}
	first, second := pull(), pull()
	if first.Cached || !second.Cached || first.ID != second.ID || first.Reference != "example.org/web:1" || len(told) != 2 {
		t.Errorf("pulled %+v and %+v, told %+v", first, second, told)
	}
	if err := role[template.Tagger](t, images).Tag(t.Context(), first.ID, "mine"); err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{"example.org/web:1", "example.org/web:1", "mine"} {
		if image, err := images.Image(t.Context(), "mine"); err != nil || image.ID != first.ID || image.Reference != "mine" {
			t.Errorf("Image = %+v, %v", image, err)
		}
		if err := images.Remove(t.Context(), ref); err != nil {
			t.Error(err)
		}
	}
	if _, err := images.Image(t.Context(), first.ID); !errors.Is(err, dockerhv.ErrNotFound) {
		t.Errorf("Image after the last reference is gone = %v", err)
	}
	if err := role[template.Tagger](t, images).Tag(t.Context(), first.ID, "again"); !errors.Is(err, dockerhv.ErrNotFound) {
		t.Errorf("Tag of what is absent = %v", err)
	}
}

// archive is a docker-archive of one image that serves.
func archive(t *testing.T) []byte {
	t.Helper()
	var data bytes.Buffer
	w := tar.NewWriter(&data)
	for _, file := range [][2]string{
		{"config.json", `{"config": {"Cmd": ["serve", "SIGINT", "4"], "StopSignal": "SIGINT", "Labels": {"from": "image"}}}`},
		{"manifest.json", `[{"Config": "config.json", "RepoTags": ["example.org/loaded:1"], "Layers": []}]`},
	} {
		if err := w.WriteHeader(&tar.Header{Name: file[0], Mode: 0o644, Size: int64(len(file[1]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(file[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return data.Bytes()
}

func TestLoad(t *testing.T) {
	d := memory.New(memory.Options{}).Open("test")
	loader := role[template.Loader](t, d.Images())
	for name, bad := range map[string]string{"cut short": string(archive(t)[:700]), "no archive": strings.Repeat("x", 1024), "empty": ""} {
		if err := loader.Load(t.Context(), strings.NewReader(bad)); !errors.Is(err, dockerhv.ErrIntegrity) {
			t.Errorf("%s: Load = %v", name, err)
		}
	}
	if err := loader.Load(t.Context(), bytes.NewReader(archive(t))); err != nil {
		t.Fatal(err)
	}
	image, err := d.Images().Image(t.Context(), "example.org/loaded:1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Create(t.Context(), driver.Spec{ID: "i1", Image: image.ID}); err != nil {
		t.Fatal(err)
	}
	if err := d.Start(t.Context(), "i1"); err != nil {
		t.Fatal(err)
	}
	for line, err := range d.Logs(t.Context(), "i1", driver.LogOptions{Follow: true}) {
		if err != nil || line.Text != "ready" {
			t.Fatal(line, err)
		}
		break
	}
	if err := d.Stop(t.Context(), "i1", driver.StopOptions{}); err != nil {
		t.Fatal(err)
	}
	if i, err := d.Inspect(t.Context(), "i1"); err != nil || i.Exit == nil || i.Exit.Code != 4 || i.Labels["from"] != "image" {
		t.Errorf("Inspect = %+v, %v, want what the image says", i, err)
	}
}

// TestTraits has the platform that the images have, and shares installations.
func TestTraits(t *testing.T) {
	platform := template.Platform{OS: "linux", Architecture: "arm64"}
	host := memory.New(memory.Options{Host: driver.Host{Platform: platform}})
	put := host.Put("app:1", memory.Image{})
	store := host.Open("test").Images()
	traits, err := template.TraitsOf(t.Context(), store)
	if err != nil || traits.Platform != platform || put.Platform != platform {
		t.Errorf("traits %+v, %v; an image is for %v", traits, err, put.Platform)
	}
	got, err := template.Share(t.Context(), store, "key", template.InstallOptions{}, func(context.Context, template.InstallOptions) (template.Image, error) {
		return put, nil
	})
	if err != nil || got != put {
		t.Errorf("shared: %+v, %v", got, err)
	}
}

// TestPullAdmits: what the caller does not admit is not there, and admitting may ask the host.
func TestPullAdmits(t *testing.T) {
	host, _ := newHost(memory.Options{})
	d := host.Open("owner")
	puller := role[template.Puller](t, d.Images())
	no := errors.New("it is not signed")
	_, err := puller.Pull(t.Context(), "nginx:1", template.PullOptions{Admit: func(ctx context.Context, c template.Candidate) error {
		if _, err := d.Images().Image(ctx, c.Repository); !errors.Is(err, dockerhv.ErrNotFound) {
			t.Errorf("%s is there: %v", c.Repository, err)
		}
		return no
	}})
	if why, ok := errors.AsType[*template.PullError](err); !ok || why.Reason != template.PullDenied || !errors.Is(err, no) || !errors.Is(err, dockerhv.ErrDenied) {
		t.Errorf("the error is %v", err)
	}
	if _, err := d.Images().Image(t.Context(), "nginx:1"); !errors.Is(err, dockerhv.ErrNotFound) {
		t.Errorf("it is there: %v", err)
	}
}
