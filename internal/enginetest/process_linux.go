package enginetest

import (
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"
)

// A process is a started program.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended and was reaped
	err  error         // what Wait returned; valid once done is closed
}

// spawn starts cmd on a thread of its own, after join changed that thread. The thread lives as long as the process,
// because a parent-death signal is sent when the thread that forked ends, not the program.
func spawn(cmd *exec.Cmd, join func() error) (*process, error) {
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	onThread(func() {
		defer close(p.done)
		err := join()
		if err == nil {
			err = cmd.Start()
		}
		started <- err
		if err == nil {
			p.err = cmd.Wait()
		}
	})
	return p, <-started
}

// onThread runs f in the background, on a thread that nothing else runs on and that ends with f. So f may move the
// thread into other namespaces.
func onThread(f func()) {
	running := make(chan struct{})
	go func() {
		// Never unlocked below: Go ends the thread of a goroutine that ends so.
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			// The main thread would not end, and it stands for the whole program in /proc. While it is held here, the
			// next goroutine gets another one.
			onThread(f)
			runtime.UnlockOSThread()
			close(running)
			return
		}
		close(running)
		f()
	}()
	<-running
}
