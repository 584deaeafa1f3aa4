package docker_test

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// person is somebody at a console.
type person struct {
	keyboard *io.PipeWriter
	screen   *bufio.Reader
	done     chan error
}

func sit(t *testing.T, d driver.Driver, id string, opts driver.ConsoleOptions) person {
	t.Helper()
	p := person{done: make(chan error, 1)}
	opts.Stdin, p.keyboard = io.Pipe()
	screen, out := io.Pipe()
	opts.Stdout, p.screen = out, bufio.NewReader(screen)
	go func() {
		err := driver.Console(t.Context(), d, id, opts)
		_ = out.Close()
		p.done <- err
	}()
	t.Cleanup(func() {
		_ = p.keyboard.Close()
		_ = screen.Close()
	})
	return p
}

func (p person) types(t *testing.T, keys string) {
	t.Helper()
	if _, err := io.WriteString(p.keyboard, keys); err != nil {
		t.Fatal(err)
	}
}

// leaves ends the person's input, and returns when the console has ended.
func (p person) leaves(t *testing.T) {
	t.Helper()
	_ = p.keyboard.Close()
	go func() { _, _ = io.Copy(io.Discard, p.screen) }()
	select {
	case err := <-p.done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the console goes on without its input")
	}
}

// login is an instance that runs a shell on its own terminal.
func login(t *testing.T, d driver.Driver, spec driver.Spec) {
	t.Helper()
	spec.Command, spec.TTY, spec.Stdin, spec.Env = []string{"sh"}, true, true, map[string]string{"PS1": "> "}
	create(t, d, spec)
	start(t, d, spec.ID)
}

// converse uses a shell as a person does, leaves it, and finds it as it was.
func converse(t *testing.T, d driver.Driver, id string) {
	t.Helper()
	p := sit(t, d, id, driver.ConsoleOptions{Size: driver.WindowSize{Columns: 123, Rows: 45}})
	p.types(t, "tty >/dev/null && echo is$((40 + 2)) && X=kept\n")
	expect(t, p.screen, "is42\r\n")
	p.types(t, "stty size\n")
	expect(t, p.screen, "\n45 123\r\n")
	p.types(t, "sleep 1000\n")
	time.Sleep(200 * time.Millisecond) // until the shell has begun it
	p.types(t, "\x03echo code$?\n")
	expect(t, p.screen, "code130\r\n")
	p.types(t, "\x10\x11echo still$((1 + 1))\n") // the engine's own keys to leave
	expect(t, p.screen, "still2\r\n")
	p.leaves(t)

	p = sit(t, d, id, driver.ConsoleOptions{})
	p.types(t, "echo $X\n")
	expect(t, p.screen, "\nkept\r\n")
	p.leaves(t)
}

// A shell on an instance's own terminal: its size, the interrupt key, leaving it and
// coming back, and its end.
func TestConsole(t *testing.T) {
	d := open(t, "console")
	login(t, d, sleeper("login", busybox(t, d)))
	before := goroutines()
	converse(t, d, "login")
	p := sit(t, d, "login", driver.ConsoleOptions{})
	p.types(t, "exit 7\n")
	go func() { _, _ = io.Copy(io.Discard, p.screen) }()
	if err := <-p.done; err != nil {
		t.Error(err)
	}
	_ = p.keyboard.Close()
	if exit, err := d.Wait(t.Context(), "login"); err != nil || exit.Code != 7 || exit.Cause != driver.ExitNormal {
		t.Errorf("%+v, %v", exit, err)
	}
	noMoreGoroutines(t, before)
}

// The same over mutual TLS.
func TestConsoleOverTLS(t *testing.T) {
	const childVar = "DOCKERHV_TEST_CONSOLE_PKI"
	enginetest.Endpoint(t)
	if dir := os.Getenv(childVar); dir != "" {
		d := secure(t, dir)
		login(t, d, sleeper("login", archived(t, d)))
		converse(t, d, "login")
		return
	}
	inSecureNetwork(t, childVar)
}

// What fails on the caller's side is the caller's error, and leaves the instance alone.
func TestConsoleEndsWithItsStreams(t *testing.T) {
	d := open(t, "consoleio")
	login(t, d, sleeper("login", busybox(t, d)))
	broken := errors.New("broken")
	in, input := io.Pipe()
	_ = input.CloseWithError(broken)
	wantError(t, driver.Console(t.Context(), d, "login", driver.ConsoleOptions{Stdin: in}), broken)
	out, full := io.Pipe()
	_ = out.CloseWithError(broken)
	err := driver.Console(t.Context(), d, "login", driver.ConsoleOptions{Stdin: blocking{t}, Stdout: full})
	wantError(t, err, broken)
	if errors.Is(err, dockerhv.ErrUnavailable) || errors.Is(err, dockerhv.ErrFailed) {
		t.Errorf("the host is blamed: %v", err)
	}
	if i := inspect(t, d, "login"); i.State != driver.Running {
		t.Errorf("the instance is %s", i.State)
	}
}

// blocking types something, and then nothing until the test ends.
type blocking struct{ t *testing.T }

func (b blocking) Read(p []byte) (int, error) {
	select {
	case <-time.After(100 * time.Millisecond):
		return strings.NewReader("echo\n").Read(p)
	case <-b.t.Context().Done():
		return 0, io.EOF
	}
}
