package main

import (
	_ "embed"
	"flag"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// freshRoot is another root than the machine's own: one that debootstrap has made, for
// example, with docker.io in it or not.
var freshRoot = flag.String("root", "/", "the Debian root to set up a copy of")

//go:embed testdata/fresh.sh
var freshScript string

// On a Debian root with an engine that nobody has configured, apply makes check pass, the
// second time changes nothing, one that fails leaves all files as they were, and the host
// can be registered. The engine is started by the distribution's own script; nothing of
// it is seen outside of its namespaces, and all ends with the first process.
func TestFreshDebian(t *testing.T) {
	enginetest.Endpoint(t)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	base, err := os.MkdirTemp("", "setup-agent-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(base); err != nil {
			t.Error(err)
		}
	})
	// A process is told of the death of the thread that made it, not of the program's.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	command := exec.CommandContext(t.Context(), "sh", "-c", freshScript, "fresh.sh", base, *freshRoot, program)
	command.Env = append(os.Environ(), mainVar+"=1", "DOCKER_HOST=")
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWPID,
		Pdeathsig:  syscall.SIGKILL,
	}
	command.WaitDelay = 10 * time.Second // the engine's script keeps the output open
	out, err := command.CombinedOutput()
	if err != nil || !strings.HasSuffix(string(out), "== all is well\n") {
		t.Errorf("%v\n%s", err, out)
	}
}
