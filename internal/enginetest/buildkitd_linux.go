package enginetest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Buildkitd runs a buildkitd for one test, in the network of the test's engine, and returns its address. Its mounts are
// its own, and whatever it leaves goes with the test.
func Buildkitd(t testing.TB) string {
	t.Helper()
	Endpoint(t) // without an engine there is nothing to build for
	program, err := BuildkitdPath()
	if err == nil {
		_, err = os.Stat(program)
	}
	if err != nil {
		t.Fatalf("no buildkitd, run first: go run ./internal/enginetest/setup test: %v", err)
	}
	dir, lock, err := newDir()
	if err != nil {
		t.Fatal(err)
	}
	b := &buildkitd{dir: dir}
	t.Cleanup(func() {
		defer lock.Close()
		if err := b.end(); err != nil {
			t.Error(err)
		}
	})
	if err := b.start(t.Context(), program); err != nil {
		t.Fatal(err)
	}
	return b.address()
}

type buildkitd struct {
	dir     string // whose last element is also the name of its control groups
	process *process
}

func (b *buildkitd) address() string { return "unix://" + filepath.Join(b.dir, "s") }

func (b *buildkitd) start(ctx context.Context, program string) error {
	runc, err := FindProgram("runc")
	if err != nil {
		return err
	}
	path := func(name string) string { return filepath.Join(b.dir, name) }
	config := fmt.Sprintf("[worker.oci]\n  defaultCgroupParent = %q\n", "/"+filepath.Base(b.dir))
	if err := os.WriteFile(path("config"), []byte(config), 0o600); err != nil {
		return err
	}
	log, err := os.Create(path("log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.CommandContext(context.WithoutCancel(ctx), program, "--config="+path("config"), "--root="+path("root"), "--addr="+b.address(),
		"--containerd-worker=false", "--oci-worker-binary="+runc, "--oci-worker-net=host")
	cmd.Env = environment(b.dir)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	if b.process, err = spawn(cmd, func() error { return nil }); err != nil {
		return err
	}
	return b.await(ctx)
}

func (b *buildkitd) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startBound)
	defer cancel()
	for {
		if _, err := os.Stat(filepath.Join(b.dir, "s")); err == nil {
			return nil
		}
		select {
		case <-b.process.done:
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
			continue
		}
		text, err := os.ReadFile(filepath.Join(b.dir, "log"))
		return fmt.Errorf("buildkitd does not answer: %s", oneLine(string(text), err))
	}
}

func (b *buildkitd) end() error {
	if b.process != nil && b.process.cmd.Process != nil {
		_ = b.process.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		select {
		case <-b.process.done:
		case <-time.After(closeBound):
			_ = b.process.cmd.Process.Kill()
			<-b.process.done
		}
	}
	return remove(b.dir, closeBound)
}
