package dockerfile_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/dockerfile"
)

// BenchmarkBuild builds as `docker build` does with BuildKit, in turns with it: all
// steps anew, and then with all of them in the cache.
func BenchmarkBuild(b *testing.B) {
	endpoint := enginetest.Endpoint(b)
	d, err := docker.Open(b.Context(), driver.Endpoint{URL: endpoint}, docker.Options{Owner: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	dir := b.TempDir()
	write(b, dir, map[string]string{"Dockerfile": "FROM " + base(b) + "\nCOPY . /files\nRUN sha256sum /files/* > /sums\nRUN wc -l /sums > /count\n"})
	for i := range 200 {
		write(b, dir, map[string]string{strconv.Itoa(i): string(bytes.Repeat([]byte{byte(i)}, 10_000))})
	}
	command := buildCommand(b, endpoint, dir)
	for name, noCache := range map[string]bool{"uncached": true, "cached": false} {
		b.Run(name, func(b *testing.B) {
			args := []string{"build", "-q", "-t", "localhost/bench:theirs", dir}
			if noCache {
				args = append(args, "--no-cache")
			}
			source := dockerfile.Source{Dir: dir, NoCache: noCache, Tag: "localhost/bench:ours"}
			// Turns in both orders: whoever is second finds a file system that is warm.
			b.StopTimer()
			theirs := func() { command(b, args...) }
			ours := func() {
				if _, err := source.Install(b.Context(), d.Images(), template.InstallOptions{}); err != nil {
					b.Fatal(err)
				}
			}
			theirs()
			ours()
			b.StartTimer()
			var cli, own []time.Duration
			for b.Loop() {
				cli, own = append(cli, timed(theirs)), append(own, timed(ours))
				own, cli = append(own, timed(ours)), append(cli, timed(theirs))
			}
			b.ReportMetric(float64(median(own))/float64(median(cli)), "x/docker-build")
		})
	}
	for _, ref := range []string{"localhost/bench:theirs", "localhost/bench:ours"} {
		if err := d.Images().Remove(context.WithoutCancel(b.Context()), ref); err != nil {
			b.Error(err)
		}
	}
}

// buildCommand finds a docker command that builds with BuildKit: a newer one needs a
// plugin for that, which not every machine has.
func buildCommand(b *testing.B, endpoint, dir string) func(*testing.B, ...string) {
	b.Helper()
	config := b.TempDir()
	run := func(program string, args ...string) ([]byte, error) {
		cmd := exec.CommandContext(b.Context(), program, append([]string{"--config", config, "-H", endpoint}, args...)...)
		cmd.Env = append(os.Environ(), "DOCKER_BUILDKIT=1")
		return cmd.CombinedOutput()
	}
	var said []byte
	for _, folder := range filepath.SplitList(os.Getenv("PATH")) {
		program := filepath.Join(folder, "docker")
		out, err := run(program, "build", "-q", "-t", "localhost/bench:theirs", dir)
		if err != nil {
			said = append(said, out...)
			continue
		}
		return func(b *testing.B, args ...string) {
			if out, err := run(program, args...); err != nil {
				b.Fatalf("docker %v: %v: %s", args, err, out)
			}
		}
	}
	b.Fatalf("no docker command builds with BuildKit; install docker-cli, and docker-buildx if it is newer than 20.10: %s", said)
	return nil
}

func timed(do func()) time.Duration {
	begun := time.Now()
	do()
	return time.Since(begun)
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}
