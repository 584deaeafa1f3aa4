package dockerhv_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/dockerhv/dockerhv/internal/enginetest"
)

func TestMain(m *testing.M) {
	if !enginetest.Inside() {
		enginetest.Main(m)
	}
	os.Exit(withArchive(m.Run))
}

// withArchive makes the archive that the example installs, a real image.
func withArchive(run func() int) int {
	dir, err := os.MkdirTemp("", "example-")
	defer os.RemoveAll(dir)
	if err == nil {
		archive = filepath.Join(dir, "busybox.tar")
		err = makeArchive(archive)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return run()
}

func makeArchive(path string) error {
	image, err := enginetest.Busybox()
	if err != nil {
		return err
	}
	tag, err := name.NewTag("busybox:example")
	if err != nil {
		return err
	}
	return tarball.WriteToFile(path, tag, image)
}
