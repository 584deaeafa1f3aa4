package tarfile_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// TestInstallBlobs installs what docker save writes since Docker 25.
func TestInstallBlobs(t *testing.T) {
	b := busybox()
	b.layers = b.layers[:1]
	layer := file{name: "blobs/sha256/" + sumOf([]byte(b.layers[0])), content: b.layers[0]}
	config := file{name: "blobs/sha256/" + sumOf([]byte(b.config())), content: b.config()}
	manifest := file{name: "manifest.json", content: encode([]any{
		map[string]any{"Config": config.name, "RepoTags": b.tags, "Layers": []string{layer.name}},
	})}
	for name, test := range map[string]struct {
		spoil func(*file)
		class error
	}{
		"honest": {},
		"lying": {
			spoil: func(f *file) { f.content += " " },
			class: dockerhv.ErrIntegrity,
		},
	} {
		for _, which := range []*file{&config, &layer} {
			t.Run(name, func(t *testing.T) {
				var into host
				before := *which
				defer func() { *which = before }()
				if test.spoil != nil {
					test.spoil(which)
				}
				got, err := source(tarOf(t, config, layer, manifest)).Install(t.Context(), &into, template.InstallOptions{})
				if test.class == nil {
					wantImage(t, got, b, false)
					return
				}
				wantError(t, err, test.class, which.name)
				into.wantEmpty(t)
			})
		}
	}
}

func TestInstallChoosesImage(t *testing.T) {
	one, two := busybox(), image{tags: []string{"docker.io/library/app:1", "other"}, layers: []string{"app"}}
	nameless := image{layers: []string{"none"}}
	content := archive(t, []image{one, two, nameless})
	for name, test := range map[string]struct {
		choose string
		want   image
		words  []string
	}{
		"none":       {choose: "", words: []string{"busybox:latest", "docker.io/library/app:1", "without a name", "choose"}},
		"first":      {choose: "busybox:latest", want: one},
		"untagged":   {choose: "busybox", want: one},
		"in full":    {choose: "docker.io/library/busybox:latest", want: one},
		"familiar":   {choose: "app:1", want: two},
		"second tag": {choose: "other", want: two},
		"another":    {choose: "app:2", words: []string{"app:2", "busybox:latest"}},
		"no name":    {choose: "NO NAME", words: []string{"busybox:latest"}},
	} {
		t.Run(name, func(t *testing.T) {
			var into host
			s := source(content)
			s.Image = test.choose
			got, err := s.Install(t.Context(), &into, template.InstallOptions{})
			if test.words != nil {
				wantError(t, err, dockerhv.ErrInvalid, test.words...)
				into.wantEmpty(t)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			wantImage(t, got, test.want, false)
		})
	}
}

func TestInstallPlatform(t *testing.T) {
	arm := busybox()
	arm.platform = "arm64"
	var into host
	opts := template.InstallOptions{Platform: template.Platform{OS: "linux", Architecture: "amd64"}}
	_, err := source(archive(t, []image{arm})).Install(t.Context(), &into, opts)
	wantError(t, err, dockerhv.ErrInvalid, "linux/arm64", "linux/amd64")
	into.wantEmpty(t)

	opts.Platform.Architecture = "arm64"
	if _, err := source(archive(t, []image{arm})).Install(t.Context(), &into, opts); err != nil {
		t.Error(err)
	}
	// A config that says nothing is the store's to judge.
	silent := file{name: "config", content: `{"architecture":"amd64","rootfs":{"diff_ids":[]}}`}
	manifest := file{name: "manifest.json", content: `[{"Config":"config","Layers":[]}]`}
	var other host
	_, err = source(tarOf(t, silent, manifest)).Install(t.Context(), &other, opts)
	wantError(t, err, dockerhv.ErrInvalid, "amd64", "linux/arm64")
	if len(other.images) > 0 {
		t.Errorf("left behind: %v", other.images)
	}
}

func TestInstallChecksum(t *testing.T) {
	content := gzipped(t, busyboxArchive(t))
	spoiled := append([]byte(nil), content...)
	spoiled[len(spoiled)/2] ^= 1
	for name, test := range map[string]struct {
		content []byte
		sum     string
	}{
		"another file":   {content, sumOf([]byte("another"))},
		"spoiled":        {spoiled, sumOf(content)},
		"truncated":      {content[:len(content)-1], sumOf(content)},
		"extended":       {append(append([]byte(nil), content...), gzipped(t, []byte("more"))...), sumOf(content)},
		"not an archive": {gzipped(t, []byte(strings.Repeat("text", 1000)))[:30], sumOf(content)},
	} {
		for place, s := range places(t, test.content) {
			t.Run(name+" by "+place, func(t *testing.T) {
				var into host
				s.Checksum = template.Checksum{Hex: test.sum}
				_, err := s.Install(t.Context(), &into, template.InstallOptions{})
				wantError(t, err, dockerhv.ErrIntegrity)
				var sum *template.ChecksumError
				if !errors.As(err, &sum) || sum.Got.Hex != sumOf(test.content) || sum.Want != s.Checksum {
					t.Errorf("error %v is not of the checksum", err)
				}
				into.wantEmpty(t)
			})
		}
	}
}

// TestInstallTruncated cuts an archive everywhere.
func TestInstallTruncated(t *testing.T) {
	plain := busyboxArchive(t)
	for name, content := range map[string][]byte{
		"plain": plain, "gzip": gzipped(t, plain), "zstd": zstdOf(t, plain),
	} {
		t.Run(name, func(t *testing.T) {
			for cut := 1; cut < len(content); cut += 37 {
				for _, at := range []int{cut, max(cut/512*512, 1)} {
					var into host
					_, err := source(content[:at]).Install(t.Context(), &into, template.InstallOptions{})
					wantError(t, err, dockerhv.ErrIntegrity)
					into.wantEmpty(t)
					if t.Failed() {
						t.Fatalf("cut at %d of %d", at, len(content))
					}
				}
			}
		})
	}
}
