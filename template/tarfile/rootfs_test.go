package tarfile_test

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

// system is a root file system such as LXC templates are.
func system(more ...file) []file {
	return append([]file{
		{name: "./", kind: tar.TypeDir},
		{name: "./bin", kind: tar.TypeSymlink, link: "usr/bin"},
		{name: "./usr/bin/sh", content: "#!"},
		{name: "./etc/passwd", content: "root"},
		{name: "./etc/mtab", kind: tar.TypeSymlink, link: "/proc/mounts"},
		{name: "./dev/null", kind: tar.TypeChar},
	}, more...)
}

// TestRootFS makes one image of the same content, however that is compressed.
func TestRootFS(t *testing.T) {
	plain := tarOf(t, system()...)
	config := tarfile.Config{
		Entrypoint: []string{"/bin/sh", "-c"}, Command: []string{"true"}, User: "nobody:nogroup", WorkDir: "/tmp",
		Env: map[string]string{"B": "2", "A": "1 and a half"}, Labels: map[string]string{"of": "test"},
	}
	ids := make(map[string]bool)
	for name, content := range map[string][]byte{"plain": plain, "gzip": gzipped(t, plain), "zstd": zstdOf(t, plain)} {
		for place, s := range places(t, content) {
			into := host{traits: amd64()}
			s.Config, s.TempDir = config, t.TempDir()
			for _, cached := range []bool{false, true} {
				got, err := s.Install(t.Context(), &into, template.InstallOptions{})
				if err != nil || got.Cached != cached || got.Platform != amd64().Platform {
					t.Fatalf("%s by %s: %+v, %v", name, place, got, err)
				}
				ids[got.ID] = true
			}
			if len(into.loads) != 1 {
				t.Errorf("%d loads, want one", len(into.loads))
			}
			if string(into.loads[0].files[blob(string(plain)).name]) != string(plain) {
				t.Error("the layer is not the archive")
			}
			wantConfig(t, into.loads[0].files)
			wantNoFiles(t, s.TempDir)
		}
	}
	if len(ids) != 1 {
		t.Errorf("the same content gave the images %v", ids)
	}
}

func wantConfig(t *testing.T, files map[string][]byte) {
	t.Helper()
	var manifest []struct{ Config string }
	if err := json.Unmarshal(files["manifest.json"], &manifest); err != nil || len(manifest) != 1 {
		t.Fatalf("manifest.json %s: %v", files["manifest.json"], err)
	}
	got := string(files[manifest[0].Config])
	want := encode(map[string]any{
		"created": "1970-01-01T00:00:00Z", "os": "linux", "architecture": "amd64",
		"config": map[string]any{
			"Entrypoint": []string{"/bin/sh", "-c"}, "Cmd": []string{"true"}, "User": "nobody:nogroup", "WorkingDir": "/tmp",
			"Env": []string{"A=1 and a half", "B=2"}, "Labels": map[string]any{"of": "test"},
		},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + sumOf(tarOf(t, system()...))}},
	})
	if !sameJSON(t, got, want) {
		t.Errorf("config (-want +got):\n%s", cmp.Diff(want, got))
	}
}

// TestRootFSTold has archives that are root file systems only because that is said.
func TestRootFSTold(t *testing.T) {
	for name, files := range map[string][]file{
		"one program": {{name: "app", content: "#!"}},
		"no etc":      {{name: "bin/sh", content: "#!"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := source(tarOf(t, files...))
			refused(t, s, dockerhv.ErrInvalid)
			s.Layout = tarfile.RootFS
			s.Config.Platform = template.Platform{OS: "linux", Architecture: "riscv64"}
			var into host
			got, err := s.Install(t.Context(), &into, template.InstallOptions{})
			if err != nil || got.Platform != s.Config.Platform {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestRootFSRefuses(t *testing.T) {
	said := tarfile.Source{Layout: tarfile.RootFS}
	asked := template.Platform{OS: "linux", Architecture: "arm64"}
	for name, test := range map[string]struct {
		files  []file
		source tarfile.Source
		class  error
		words  []string
	}{
		"above":            {system(file{name: "./etc/../../x"}), tarfile.Source{}, dockerhv.ErrInvalid, []string{`"./etc/../../x"`, ".."}},
		"absolute":         {system(file{name: "/etc/shadow"}), tarfile.Source{}, dockerhv.ErrInvalid, []string{`"/etc/shadow"`, "absolute"}},
		"all absolute":     {[]file{{name: "/etc/passwd"}}, said, dockerhv.ErrInvalid, []string{`"/etc/passwd"`}},
		"hard link above":  {system(file{name: "l", kind: tar.TypeLink, link: "../x"}), tarfile.Source{}, dockerhv.ErrInvalid, []string{`"l"`}},
		"too many":         {system(), tarfile.Source{Limits: tarfile.Limits{Entries: 3}}, dockerhv.ErrInvalid, []string{"3 that are allowed"}},
		"too large":        {system(), tarfile.Source{Limits: tarfile.Limits{Bytes: 2000}}, dockerhv.ErrInvalid, []string{"2000 bytes"}},
		"image inside":     {system(file{name: "manifest.json", content: "[]"}), tarfile.Source{}, dockerhv.ErrInvalid, []string{"looks like"}},
		"image chosen":     {system(), tarfile.Source{Image: "app"}, dockerhv.ErrInvalid, []string{"image:"}},
		"another platform": {system(), tarfile.Source{Config: tarfile.Config{Platform: asked}}, dockerhv.ErrInvalid, []string{"arm64", "amd64"}},
		"no tar":           {nil, said, dockerhv.ErrInvalid, nil},
	} {
		t.Run(name, func(t *testing.T) {
			content := []byte("text that is no archive, and so on, until it is as long as a header" + string(make([]byte, 1024)))
			if test.files != nil {
				content = tarOf(t, test.files...)
			}
			s := test.source
			s.Reader, s.TempDir = source(content).Reader, t.TempDir()
			into := host{traits: amd64()}
			_, err := s.Install(t.Context(), &into, template.InstallOptions{})
			wantError(t, err, test.class, test.words...)
			into.wantEmpty(t)
			wantNoFiles(t, s.TempDir)
		})
	}
	t.Run("unknown platform", func(t *testing.T) {
		refused(t, source(tarOf(t, system()...)), dockerhv.ErrInvalid, "platform")
	})
	t.Run("config of an image", func(t *testing.T) {
		for _, s := range places(t, busyboxArchive(t)) {
			s.Config.User = "nobody"
			refused(t, s, dockerhv.ErrInvalid, "config:")
		}
	})
	t.Run("truncated", func(t *testing.T) {
		content := tarOf(t, system()...)
		for cut := 513; cut < len(content); cut += 512 {
			refused(t, source(content[:cut]), dockerhv.ErrIntegrity, "truncated")
		}
	})
	t.Run("wrong checksum", func(t *testing.T) {
		s := source(tarOf(t, system()...))
		s.Checksum.Hex = sumOf(nil)
		refused(t, s, dockerhv.ErrIntegrity, "checksum")
	})
}

func TestConfigRefused(t *testing.T) {
	for name, config := range map[string]tarfile.Config{
		"env without a name": {Env: map[string]string{"": "x"}},
		"env with =":         {Env: map[string]string{"A=B": "x"}},
		"env with NUL":       {Env: map[string]string{"A": "\x00"}},
		"label":              {Labels: map[string]string{"": "x"}},
		"workdir":            {WorkDir: "tmp"},
		"user":               {User: "a\nb"},
		"platform":           {Platform: template.Platform{OS: "linux"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := source(tarOf(t, system()...))
			s.Config = config
			refused(t, s, dockerhv.ErrInvalid, "config.")
		})
	}
	s := source(busyboxArchive(t))
	s.Layout = "zip"
	refused(t, s, dockerhv.ErrInvalid, "layout")
}

// TestOpenDetails reads what a registration says of a root file system.
func TestOpenDetails(t *testing.T) {
	got, err := tarfile.Open(template.Registration{URL: "https://host/a.tar", Details: map[string]string{
		"layout": "RootFS", "platform": "linux/arm/v7", "entrypoint": `["/bin/sh","-c"]`, "command": "echo hi",
		"user": "nobody", "workdir": "/tmp", "env.A": "1", "env.B.C": "2", "label.of": "test",
	}})
	want := tarfile.Source{URL: "https://host/a.tar", Layout: tarfile.RootFS, Config: tarfile.Config{
		Platform:   template.Platform{OS: "linux", Architecture: "arm", Variant: "v7"},
		Entrypoint: []string{"/bin/sh", "-c"}, Command: []string{"/bin/sh", "-c", "echo hi"}, User: "nobody", WorkDir: "/tmp",
		Env: map[string]string{"A": "1", "B.C": "2"}, Labels: map[string]string{"of": "test"},
	}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v; source (-want +got):\n%s", err, diff)
	}
	for name, value := range map[string]string{
		"command": `["unfinished"`, "entrypoint": "[]", "platform": "amd64", "layout": "iso", "env.": "x", "user": "\n", "workdir": "x",
	} {
		_, err := tarfile.Open(template.Registration{URL: "https://host/a.tar", Details: map[string]string{name: value}})
		if !errors.Is(err, dockerhv.ErrInvalid) {
			t.Errorf("%s = %q: %v, want it to be invalid", name, value, err)
		}
	}
}
