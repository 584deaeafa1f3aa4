package enginetest

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// namespaces are the ones that an engine has for itself.
const namespaces = unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWNS | unix.CLONE_NEWUTS

//go:embed init.sh
var initScript []byte

// startInit creates the engine's namespaces with their PID 1, which outlives ctx.
func (e *Engine) startInit(ctx context.Context) error {
	script := e.path("init.sh")
	if err := os.WriteFile(script, initScript, 0o600); err != nil {
		return err
	}
	output, input, err := os.Pipe()
	if err != nil {
		return err
	}
	defer output.Close()
	arguments := []string{script, e.dir, e.name(), e.options.Root, os.TempDir(), baseDir()}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), "/bin/sh", arguments...)
	cmd.Env = environment(e.dir)
	cmd.Stdout, cmd.Stderr = input, input
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: namespaces, Pdeathsig: syscall.SIGKILL, Setsid: true}
	e.pid1, err = spawn(cmd, func() error { return nil })
	input.Close()
	if errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("%w: this root may not create namespaces; run where CAP_SYS_ADMIN is granted", ErrNoEngine)
	}
	if err != nil {
		return fmt.Errorf("create the engine's namespaces: %w", err)
	}
	if err := ready(output); err != nil {
		return err
	}
	e.network, err = os.Stat(e.networkPath())
	return err
}

// ready waits until PID 1 has said "ready", and nothing else, and closed its output.
func ready(output *os.File) error {
	if err := output.SetReadDeadline(time.Now().Add(startBound)); err != nil {
		return err
	}
	said, err := io.ReadAll(output)
	if err != nil || string(said) != "ready\n" {
		return fmt.Errorf("set up the engine's namespaces: %s", oneLine(string(said), err))
	}
	return nil
}

// enter moves the calling thread into namespaces of the engine. There is no way back.
func (e *Engine) enter(flags int) error {
	pid1, err := unix.PidfdOpen(e.pid1.cmd.Process.Pid, 0)
	if err != nil {
		return fmt.Errorf("the engine is closed: %w", err)
	}
	defer unix.Close(pid1)
	if flags&unix.CLONE_NEWNS != 0 {
		// A thread that shares its working directory with others may not change its mounts.
		if err := unix.Unshare(unix.CLONE_FS); err != nil {
			return err
		}
	}
	return unix.Setns(pid1, flags)
}

// inNetwork runs f on a thread inside the engine's network, which ends with it.
func (e *Engine) inNetwork(f func() error) error {
	done := make(chan error)
	onThread(func() {
		err := e.enter(unix.CLONE_NEWNET)
		if err == nil {
			err = f()
		}
		done <- err
	})
	return <-done
}

// Dial connects to an address inside the engine's network, such as a published port. The host must be an IP address.
func (e *Engine) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	var conn net.Conn
	err := e.inNetwork(func() (err error) {
		conn, err = new(net.Dialer).DialContext(ctx, network, address)
		return err
	})
	return conn, err
}

// Command is like [exec.CommandContext], for a program inside the engine's network. Its environment has DOCKER_HOST
// set to the engine. Close ends it if it still runs.
func (e *Engine) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "nsenter", append([]string{"--net=" + e.networkPath(), "--", name}, args...)...)
	cmd.Env = append(os.Environ(), "DOCKER_HOST="+e.Endpoint())
	return cmd
}

func (e *Engine) networkPath() string { return networkOf(e.pid1.cmd.Process.Pid) }

func networkOf(pid int) string { return fmt.Sprintf("/proc/%d/ns/net", pid) }

// loopbackUp switches the loopback device on, which a new network has switched off.
func (e *Engine) loopbackUp() error {
	err := e.inNetwork(func() error {
		socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(socket)
		loopback, err := unix.NewIfreq("lo")
		if err != nil {
			return err
		}
		loopback.SetUint16(unix.IFF_UP)
		return unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, loopback)
	})
	if err != nil {
		return fmt.Errorf("switch the engine's loopback device on: %w", err)
	}
	return nil
}

// environment is all that an engine inherits: no proxy, no configuration of the user's.
func environment(dir string) []string {
	return []string{"PATH=" + strings.Join(programDirs(), ":"), "HOME=" + dir, "TMPDIR=" + dir}
}
