package tarfile_test

import (
	"context"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

// BenchmarkLoad installs 500 MB as `docker load` does, in turns with it, and then
// once more, which sends nothing: as docker save writes it, and with its layers
// compressed, which docker load does not look into.
func BenchmarkLoad(b *testing.B) {
	packed := filepath.Join(b.TempDir(), "packed.tar")
	enginetest.SaveBusybox(b, packed, "large:1", enginetest.WithPayload(500e6))
	plain := filepath.Join(b.TempDir(), "plain.tar")
	for _, args := range [][]string{{"load", "-q", "-i", packed}, {"save", "-o", plain, "large:1"}, {"rmi", "large:1"}} {
		cli(b, args...)
	}
	b.Run("plain", func(b *testing.B) { benchmarkLoad(b, plain) })
	b.Run("packed", func(b *testing.B) { benchmarkLoad(b, packed) })
}

func cli(b *testing.B, args ...string) {
	b.Helper()
	args = append([]string{"-H", enginetest.Endpoint(b)}, args...)
	if out, err := exec.CommandContext(b.Context(), "docker", args...).CombinedOutput(); err != nil {
		b.Fatalf("docker %v: %v: %s", args, err, out)
	}
}

func benchmarkLoad(b *testing.B, path string) {
	endpoint := enginetest.Endpoint(b)
	d, err := docker.Open(b.Context(), driver.Endpoint{URL: endpoint}, docker.Options{Owner: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	var load, first, again []time.Duration
	turn := func(times *[]time.Duration, do func() (ref string, err error)) string {
		begun := time.Now()
		ref, err := do()
		*times = append(*times, time.Since(begun))
		if err != nil {
			b.Fatal(err)
		}
		return ref
	}
	remove := func(ref string) {
		if err := d.Images().Remove(context.WithoutCancel(b.Context()), ref); err != nil {
			b.Fatal(err)
		}
	}
	install := func() (string, error) {
		image, err := tarfile.Source{Path: path}.Install(b.Context(), d.Images(), template.InstallOptions{})
		return image.Reference, err
	}
	for b.Loop() {
		remove(turn(&load, func() (string, error) {
			cli(b, "load", "-q", "-i", path)
			return "large:1", nil
		}))
		turn(&first, install)
		remove(turn(&again, install))
	}
	b.ReportMetric(float64(middle(first))/float64(middle(load)), "x/load")
	b.ReportMetric(float64(middle(first))/float64(middle(again)), "first/again")
}

func middle(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}
