package docker_test

import (
	"context"
	"errors"
	"net/http"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dockerhv/dockerhv/driver"
)

// deed is what a contender does to one instance: it starts it and learns its address,
// or takes it away.
type deed func(name string) error

func (x *bench) startRaw(name string) error {
	if err := x.call(http.MethodPost, "/containers/create?name="+name, `{"Image":"`+x.image.ID+`","Cmd":["sleep","1000"]}`, nil); err != nil {
		return err
	}
	if err := x.call(http.MethodPost, "/containers/"+name+"/start", "", nil); err != nil {
		return err
	}
	var inspected map[string]any
	return x.call(http.MethodGet, "/containers/"+name+"/json", "", &inspected)
}

func (x *bench) removeRaw(name string) error {
	return x.call(http.MethodDelete, "/containers/"+name+"?force=1&v=1", "", nil)
}

func (x *bench) startOurs(id string) error {
	spec := x.spec()
	spec.ID = id
	if _, err := x.d.Create(x.b.Context(), spec); err != nil {
		return err
	}
	if err := x.d.Start(x.b.Context(), id); err != nil {
		return err
	}
	_, err := x.d.Inspect(x.b.Context(), id)
	return err
}

func (x *bench) removeOurs(id string) error {
	return x.d.Destroy(context.WithoutCancel(x.b.Context()), id, driver.DestroyOptions{Force: true})
}

func (x *bench) startCLI(name string) error {
	return x.docker("run", "-d", "--name", name, x.image.ID, "sleep", "1000")
}

func (x *bench) removeCLI(name string) error { return x.docker("rm", "-f", "-v", name) }

// docker runs the Docker CLI, whose engine is the benchmark's.
func (x *bench) docker(args ...string) error {
	return exec.CommandContext(context.WithoutCancel(x.b.Context()), "docker", args...).Run()
}

// atOnce does something to many names at the same time.
func atOnce(names []string, do deed) error {
	var group errgroup.Group
	for _, name := range names {
		group.Go(func() error { return do(name) })
	}
	return group.Wait()
}

// starting is a turn that times the start of some instances; removing one that times
// their end.
func (x *bench) starting(many int, start, remove deed) func() (time.Duration, error) {
	return func() (time.Duration, error) {
		names := x.names(many)
		begun := time.Now()
		err := atOnce(names, start)
		took := time.Since(begun)
		return took, errors.Join(err, atOnce(names, remove))
	}
}

func (x *bench) removing(many int, start, remove deed) func() (time.Duration, error) {
	return func() (time.Duration, error) {
		names := x.names(many)
		if err := atOnce(names, start); err != nil {
			return 0, errors.Join(err, atOnce(names, remove))
		}
		begun := time.Now()
		err := atOnce(names, remove)
		return time.Since(begun), err
	}
}

func (x *bench) names(many int) []string {
	names := make([]string, many)
	for i := range names {
		names[i] = x.next()
	}
	return names
}

// BenchmarkStart runs an instance and learns its address; BenchmarkStart50 does so
// with 50 at once. BenchmarkDestroy and BenchmarkDestroy50 take them away as they run.
func BenchmarkStart(b *testing.B)     { lives(b, 1, (*bench).starting) }
func BenchmarkStart50(b *testing.B)   { lives(b, 50, (*bench).starting) }
func BenchmarkDestroy(b *testing.B)   { lives(b, 1, (*bench).removing) }
func BenchmarkDestroy50(b *testing.B) { lives(b, 50, (*bench).removing) }

func lives(b *testing.B, many int, turn func(x *bench, many int, start, remove deed) func() (time.Duration, error)) {
	x := newBench(b)
	race(b,
		contender{"raw", turn(x, many, x.startRaw, x.removeRaw)},
		contender{"ours", turn(x, many, x.startOurs, x.removeOurs)},
		contender{"cli", turn(x, many, x.startCLI, x.removeCLI)},
	)
}
