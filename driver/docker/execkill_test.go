package docker_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// distant opens the test's engine by TCP, as one of another machine.
func distant(t *testing.T, owner string) *docker.Driver {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	socket := strings.TrimPrefix(enginetest.Endpoint(t), "unix://")
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("unix", socket)
			if err != nil {
				_ = near.Close()
				continue
			}
			go relay(near, far)
			go relay(far, near)
		}
	}()
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: "tcp://" + l.Addr().String()}, docker.Options{Owner: owner})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// relay passes one direction on, and its end.
func relay(to, from net.Conn) {
	_, err := io.Copy(to, from)
	if half, ok := to.(interface{ CloseWrite() error }); ok && err == nil {
		_ = half.CloseWrite()
		return
	}
	_ = to.Close()
	_ = from.Close()
}

// tree starts a stubborn tree: in the background, deaf to signals, orphaned, and
// without the environment.
const tree = `
(trap '' TERM HUP INT; sleep 1001; sleep 1001) &
sh -c '(sleep 1001 &) ; true' &
env -i sleep 1001 &
sh -c 'env -i /bin/sh -c "sleep 1001; true"; true' &
echo up
while :; do sleep 1001; done`

// 20: nothing of a command is left when its context has ended, nothing else is
// touched, and it takes less than two seconds.
func TestExecKillsWhatItStarted(t *testing.T) {
	for name, d := range map[string]*docker.Driver{"near": open(t, "execkill"), "distant": distant(t, "execkill")} {
		t.Run(name, func(t *testing.T) {
			spec := running(t, d, "execkill")
			output(t, d, spec.ID, "sleep 1002 >/dev/null 2>&1 &")
			before := goroutines()
			for _, c := range []driver.Command{{}, {TTY: true}, {User: "nobody", WorkDir: "/tmp"}} {
				c.Args = []string{"sh", "-c", tree}
				killTree(t, d, spec.ID, c)
			}
			if ps := output(t, d, spec.ID, "ps -o args"); !strings.Contains(ps, "1002\n") || strings.Contains(ps, "1001") {
				t.Errorf("left, where 1002 alone is a stranger's:\n%s", ps)
			}
			if i := inspect(t, d, spec.ID); i.State != driver.Running {
				t.Errorf("the instance is %s", i.State)
			}
			noMoreGoroutines(t, before)
		})
	}
}

// killTree runs a tree until it is up, and cancels it.
func killTree(t *testing.T, d driver.Driver, id string, c driver.Command) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var cancelled time.Time
	c.Stdout = writer(func(p []byte) (int, error) {
		if strings.Contains(string(p), "up") {
			time.Sleep(300 * time.Millisecond)
			cancelled = time.Now()
			cancel()
		}
		return len(p), nil
	})
	_, err := driver.Exec(ctx, d, id, c)
	wantError(t, err, context.Canceled)
	if strings.Contains(err.Error(), "may go on") {
		t.Error(err)
	}
	if took := time.Since(cancelled); took > 2*time.Second {
		t.Errorf("it took %v to return", took)
	} else {
		t.Logf("returned %v after the context's end", took)
	}
}

type writer func(p []byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// A command is killed however short after its start the context ends.
func TestExecKilledWhileItStarts(t *testing.T) {
	d := open(t, "execsoon")
	spec := running(t, d, "execsoon")
	for after := time.Duration(0); after < 120*time.Millisecond; after += 8 * time.Millisecond {
		ctx, cancel := context.WithTimeout(t.Context(), after)
		_, err := d.Exec(ctx, spec.ID, driver.Command{Args: []string{"sleep", "1001"}})
		wantError(t, err, context.DeadlineExceeded)
		cancel()
		if ps := output(t, d, spec.ID, "ps -o args"); strings.Contains(ps, "1001\n") {
			t.Fatalf("left after %v:\n%s", after, ps)
		}
	}
}

// Where the instance has no shell, a host that is this machine is looked at, and
// of another the truth is told.
func TestExecKillWithoutShell(t *testing.T) {
	near, far := open(t, "execbare"), distant(t, "execbare")
	spec := running(t, near, "execbare")
	output(t, near, spec.ID, "rm /bin/sh /bin/ash")
	kill := func(d driver.Driver) error {
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		_, err := driver.Exec(ctx, d, spec.ID, driver.Command{Args: []string{"sleep", "1001"}})
		wantError(t, err, context.DeadlineExceeded)
		return err
	}
	if err := kill(near); strings.Contains(err.Error(), "may go on") {
		t.Error(err)
	}
	var ps strings.Builder
	if _, err := near.Exec(t.Context(), spec.ID, driver.Command{Args: []string{"ps", "-o", "args"}, Stdout: &ps}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(ps.String(), "1001\n") {
		t.Errorf("left:\n%s", ps.String())
	}
	if err := kill(far); !strings.Contains(err.Error(), "may go on") {
		t.Errorf("%v; want a warning", err)
	} else {
		t.Log(err)
	}
}

// A writer that blocks holds up neither the end of the context nor the killing.
func TestExecBlockedOutput(t *testing.T) {
	d := open(t, "execstuck")
	spec := running(t, d, "execstuck")
	output(t, d, spec.ID, "true")
	before := goroutines()
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	_, out := io.Pipe()
	begun := time.Now()
	_, err := d.Exec(ctx, spec.ID, driver.Command{Args: []string{"yes", "1001"}, Stdout: out})
	wantError(t, err, context.DeadlineExceeded)
	if took := time.Since(begun); took > 7*time.Second {
		t.Errorf("it took %v", took)
	}
	if ps := output(t, d, spec.ID, "ps -o args"); strings.Contains(ps, "1001\n") {
		t.Errorf("left:\n%s", ps)
	}
	_ = out.CloseWithError(errors.New("unblocked"))
	noMoreGoroutines(t, before)
}

// 22: with many commands cancelled and refused the engine keeps its course.
func TestExecManyAtOnce(t *testing.T) {
	d := open(t, "execmany")
	spec := running(t, d, "execmany")
	before := goroutines()
	ended := make(chan error)
	const many = 16
	for n := range many {
		go func() {
			if n%2 == 0 {
				_, err := d.Exec(t.Context(), spec.ID, driver.Command{Args: []string{"sh", "-c", "sleep 1; exit 0"}})
				ended <- err
				return
			}
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			if _, err := d.Exec(ctx, spec.ID, driver.Command{Args: []string{"sleep", "1001"}}); !errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "may") {
				ended <- err
				return
			}
			ended <- nil
		}()
	}
	for range many {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if ps := output(t, d, spec.ID, "ps -o args"); strings.Contains(ps, "1001\n") {
		t.Errorf("left:\n%s", ps)
	}
	noMoreGoroutines(t, before)
}
