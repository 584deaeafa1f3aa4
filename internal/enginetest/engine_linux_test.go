package enginetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCloseLeavesNothing(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(*testing.T, *Engine)
	}{
		{"idle", func(*testing.T, *Engine) {}},
		{"running", func(t *testing.T, e *Engine) { runInstance(t, e, "one") }},
		{"paused", func(t *testing.T, e *Engine) {
			runInstance(t, e, "one")
			request(t, e, http.MethodPost, "/containers/one/pause", "", nil)
		}},
		{"killed", func(t *testing.T, e *Engine) {
			runInstance(t, e, "one")
			runInstance(t, e, "two")
			e.Kill()
		}},
		{"hung", func(t *testing.T, e *Engine) {
			runInstance(t, e, "one")
			if err := e.Signal(syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
		}},
		{"with a program inside", func(t *testing.T, e *Engine) {
			// The program has left its parent behind, so that nobody else ends it.
			if err := e.Command(t.Context(), "sh", "-c", "sleep 600 >/dev/null 2>&1 &").Run(); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := start(t, Options{})
			network := hold(t, e.pid1.cmd.Process.Pid)
			if traces(t, e.dir, network) == nil {
				t.Fatal("a running engine has no traces: the search for them is wrong")
			}
			test.end(t, e)
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			if left := traces(t, e.dir, network); left != nil {
				t.Errorf("left behind: %s", left)
			}
			if err := e.Close(); err != nil {
				t.Errorf("second Close: %v", err)
			}
		})
	}
}

func TestRestartAfterKill(t *testing.T) {
	e := start(t, Options{Config: map[string]any{"live-restore": true}})
	runInstance(t, e, "survivor")
	before := stateOf(t, e, "survivor")
	e.Kill()
	if err := ping(t.Context(), e.path("s")); err == nil {
		t.Error("a killed engine answers")
	}
	if err := e.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, stateOf(t, e, "survivor")); diff != "" {
		t.Errorf("the instance did not run on (-before +after):\n%s", diff)
	}
}

func TestStartSaysWhyNot(t *testing.T) {
	need(t)
	_, err := Start(t.Context(), Options{Args: []string{"--no-such-flag"}})
	if err == nil || !strings.Contains(err.Error(), "no-such-flag") || strings.Contains(err.Error(), "\n") {
		t.Errorf("Start with a wrong argument: %v, want one line with what dockerd said", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err = Start(ctx, Options{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Start without time: %v, want %v", err, context.DeadlineExceeded)
	}
}

func TestEnginesAreStrangers(t *testing.T) {
	one, two := start(t, Options{}), start(t, Options{Args: []string{"-H", "tcp://127.0.0.1:2375"}})
	if first, second := infoOf(t, one), infoOf(t, two); first.ID == second.ID || first.Name == second.Name {
		t.Errorf("two engines have one identity: %+v, %+v", first, second)
	}
	conn, err := two.Dial(t.Context(), "tcp", "127.0.0.1:2375")
	if err != nil {
		t.Fatalf("listener inside the engine's network: %v", err)
	}
	conn.Close()
	if _, err := one.Dial(t.Context(), "tcp", "127.0.0.1:2375"); err == nil {
		t.Error("one engine's listener is reached in the other's network")
	}
}

func TestNamesResolveToNothingAtOnce(t *testing.T) {
	e := start(t, Options{})
	begin := time.Now()
	err := do(t.Context(), e.path("s"), http.MethodPost, "/images/create?fromImage=registry.example/app&tag=1", nil, nil)
	if err == nil {
		t.Error("pull from nowhere succeeds")
	}
	if took := time.Since(begin); took > 3*time.Second {
		t.Errorf("pull from nowhere fails after %v", took)
	}
}

func TestSweep(t *testing.T) {
	e := start(t, Options{})
	runInstance(t, e, "one")
	request(t, e, http.MethodPost, "/containers/one/pause", "", nil)
	network := hold(t, e.pid1.cmd.Process.Pid)
	// What a SIGKILL of the engine's program does: the lock is given up and PID 1 dies.
	e.lock.Close()
	if err := e.pid1.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	sweep()
	if _, err := os.Stat(e.dir); err != nil {
		t.Fatal("a young engine was swept, which may be about to lock its directory")
	}
	past := time.Now().Add(-time.Hour)
	if err := os.Chtimes(e.dir, past, past); err != nil {
		t.Fatal(err)
	}
	sweep()
	<-e.pid1.done
	if left := traces(t, e.dir, network); left != nil {
		t.Errorf("left behind: %s", left)
	}
}

// need skips the test where no engine can be had, as Endpoint does.
func need(t *testing.T) {
	t.Helper()
	Endpoint(t)
}

func start(t *testing.T, options Options) *Engine {
	t.Helper()
	need(t)
	e, err := Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// request sends a request to the engine.
func request(t *testing.T, e *Engine, method, path, body string, result any) {
	t.Helper()
	if err := do(t.Context(), e.path("s"), method, path, strings.NewReader(body), result); err != nil {
		t.Fatal(err)
	}
}

// runInstance runs busybox under a name, with memory and an address of its own.
func runInstance(t *testing.T, e *Engine, name string) {
	t.Helper()
	archive := filepath.Join(t.TempDir(), "busybox.tar")
	SaveBusybox(t, archive, "busybox:1")
	content, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	if err := do(t.Context(), e.path("s"), http.MethodPost, "/images/load", bytes.NewReader(content), nil); err != nil {
		t.Fatal(err)
	}
	request(t, e, http.MethodPost, "/containers/create?name="+url.QueryEscape(name),
		`{"Image":"busybox:1","Cmd":["sleep","600"],"HostConfig":{"Memory":33554432}}`, nil)
	request(t, e, http.MethodPost, "/containers/"+name+"/start", "", nil)
}

type state struct {
	Running   bool
	Pid       int
	StartedAt string
}

func stateOf(t *testing.T, e *Engine, name string) state {
	t.Helper()
	var result struct{ State state }
	request(t, e, http.MethodGet, "/containers/"+name+"/json", "", &result)
	return result.State
}

type info struct{ ID, Name string }

func infoOf(t *testing.T, e *Engine) (result info) {
	t.Helper()
	request(t, e, http.MethodGet, "/info", "", &result)
	return result
}

// hold returns the network of a process, or nil if it has ended. While it is held no other network gets its number.
func hold(t *testing.T, pid int) os.FileInfo {
	t.Helper()
	network, err := os.Open(networkOf(pid))
	if err != nil {
		return nil
	}
	t.Cleanup(func() { network.Close() })
	info, err := network.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// traces lists what there is of an engine on this machine: processes by their network and arguments, mounts and files
// by its directory, control groups by its name.
func traces(t *testing.T, dir string, network os.FileInfo) []string {
	t.Helper()
	found := processesOf(t, dir, network)
	mounts, err := os.ReadFile("/proc/mounts")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(mounts, []byte(dir)) {
		found = append(found, "a mount")
	}
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		found = append(found, dir)
	}
	return append(found, cgroups(filepath.Base(dir))...)
}

// processesOf lists the processes that are inside a network, unless it is nil, or name a directory.
func processesOf(t *testing.T, dir string, network os.FileInfo) (found []string) {
	t.Helper()
	processes, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, process := range processes {
		arguments, _ := os.ReadFile(filepath.Join(process, "cmdline")) // empty once it has ended
		info, err := os.Stat(filepath.Join(process, "ns/net"))
		if err == nil && network != nil && os.SameFile(info, network) || bytes.Contains(arguments, []byte(dir)) {
			found = append(found, fmt.Sprintf("process %s %q", process, arguments))
		}
	}
	return found
}
