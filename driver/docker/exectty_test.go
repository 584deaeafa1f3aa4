package docker_test

import (
	"bufio"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

// expect reads a terminal's output until a text has come.
func expect(t *testing.T, terminal *bufio.Reader, want string) {
	t.Helper()
	read := make(chan string, 1)
	go func() {
		var got strings.Builder
		for !strings.Contains(got.String(), want) {
			b, err := terminal.ReadByte()
			if err != nil {
				break
			}
			got.WriteByte(b)
		}
		read <- got.String()
	}()
	select {
	case got := <-read:
		if !strings.Contains(got, want) {
			t.Fatalf("the terminal ended with %q; want %q", got, want)
		}
	case <-time.After(10 * time.Second):
		t.Fatalf("no %q came", want)
	}
}

// 21: a shell as a person uses it: a first size, lines, the interrupt key, new
// sizes, and the end of input.
func TestExecTerminal(t *testing.T) {
	d := open(t, "tty")
	spec := running(t, d, "tty")
	before := goroutines()
	in, keyboard := io.Pipe()
	screen, out := io.Pipe()
	sizes := make(chan driver.WindowSize)
	type result struct {
		code int
		err  error
	}
	ended := make(chan result, 1)
	go func() {
		code, err := d.Exec(t.Context(), spec.ID, driver.Command{
			Args: []string{"sh"}, TTY: true, Size: driver.WindowSize{Columns: 123, Rows: 45}, Resize: sizes,
			Stdin: in, Stdout: out, Env: map[string]string{"PS1": "> "},
		})
		_ = out.Close()
		ended <- result{code, err}
	}()
	terminal := bufio.NewReader(screen)
	send := func(keys string) {
		if _, err := io.WriteString(keyboard, keys); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, terminal, "> ")
	send("tty >/dev/null && echo is$((40 + 2))\n")
	expect(t, terminal, "is42\r\n")
	send("stty size\n")
	expect(t, terminal, "\n45 123\r\n")
	sizes <- driver.WindowSize{Columns: 80, Rows: 24}
	for deadline := time.Now().Add(5 * time.Second); !strings.Contains(sizeOf(t, terminal, send), "24 80"); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the terminal has not got its new size")
		}
	}
	send("\x10\x11echo still$((1 + 1))\n") // the engine's own keys to leave a command
	expect(t, terminal, "still2\r\n")
	send("sleep 1000\n")
	time.Sleep(200 * time.Millisecond)
	send("\x03")
	send("echo code$?\n")
	expect(t, terminal, "code130\r\n")
	send("(exit 4)\n")
	_ = keyboard.Close() // Ctrl-D
	go func() { _, _ = io.Copy(io.Discard, terminal) }()
	select {
	case r := <-ended:
		if r.err != nil || r.code != 4 {
			t.Errorf("code %d, %v", r.code, r.err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the shell goes on after the end of its input")
	}
	noMoreGoroutines(t, before)
}

func sizeOf(t *testing.T, terminal *bufio.Reader, send func(string)) string {
	t.Helper()
	send("echo size $(stty size) end$((0))\n")
	var got strings.Builder
	for !strings.Contains(got.String(), "end0") {
		b, err := terminal.ReadByte()
		if err != nil {
			t.Fatal(err)
		}
		got.WriteByte(b)
	}
	return got.String()
}

// The end of a terminal's input ends what reads it, programs within programs too.
func TestExecTerminalInputEnds(t *testing.T) {
	d := open(t, "ttyend")
	spec := running(t, d, "ttyend")
	for _, input := range []string{"", "\n", "cat\n", "sh\nsh\ncat\nand a rest", "sleep 0.3\n"} {
		begun := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := d.Exec(ctx, spec.ID, driver.Command{Args: []string{"sh"}, TTY: true, Stdin: strings.NewReader(input)})
		if took := time.Since(begun); err != nil || took > 5*time.Second {
			t.Errorf("%q: %v after %v", input, err, took)
		}
	}
}
