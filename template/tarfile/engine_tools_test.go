package tarfile_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/dockerhv/dockerhv/template/tarfile"
)

// TestEngineTools installs and runs what other programs write.
func TestEngineTools(t *testing.T) {
	for name, test := range map[string]struct {
		write func(t *testing.T, path string)
		image string
	}{
		"skopeo docker-archive": {skopeo("docker-archive:", "docker.io/library/app:9"), "app:9"},
		"skopeo oci-archive":    {skopeo("oci-archive:", "v1"), "v1"},
		"skopeo nameless":       {skopeo("oci-archive:", ""), ""},
		"skopeo zstd":           {skopeo("oci-archive:", "v1", "--dest-compress-format=zstd"), "v1"},
		"umoci":                 {umoci, "latest"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "image.tar")
			test.write(t, path)
			for chosen, image := range map[string]string{"the only one": "", "by name": test.image} {
				t.Run(chosen, func(t *testing.T) {
					d := engine(t)
					run(t, d, mustInstall(t, d, tarfile.Source{Path: path, Image: image}))
				})
			}
		})
	}
}

// skopeo writes busybox to an archive of some kind, under a name.
func skopeo(to, as string, options ...string) func(t *testing.T, path string) {
	return func(t *testing.T, path string) {
		t.Helper()
		saved, _ := save(t, "app:1")
		target := to + path
		if as != "" {
			target += ":" + as
		}
		args := append([]string{"--insecure-policy", "--tmpdir=" + t.TempDir(), "copy", "--quiet"}, options...)
		tool(t, "skopeo", append(args, "docker-archive:"+saved, target)...)
	}
}

// umoci makes an image of a file, and leaves it as a directory, to be archived.
func umoci(t *testing.T, path string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "layout")
	tool(t, "umoci", "init", "--layout", dir)
	tool(t, "umoci", "new", "--image", dir+":latest")
	for _, at := range []string{"/bin/busybox", "/bin/true"} {
		tool(t, "umoci", "insert", "--rootless", "--image", dir+":latest", "/bin/busybox", at)
	}
	tool(t, "umoci", "config", "--image", dir+":latest", "--config.cmd", "true")
	tool(t, "umoci", "gc", "--layout", dir)
	tool(t, "tar", "-C", dir, "-cf", path, ".")
}

func tool(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), program(t, name), args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", name, err, out)
	}
}
