package drivertest

import (
	"context"
	"io"
	"strings"
	"sync"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

var consoleRules = group{name: "Console", needs: Consoler, rules: []rule{
	{"passes input on, and output back", about(21, 106), consoleCat, ""},
	{"leaves the command running when its input ends", about(21), consoleDetach, ""},
	{"leaves the command running when it is given up", about(1, 17), consoleGivenUp, ""},
	{"ends with the command", about(17), consoleEnds, ""},
	{"of a terminal has the sizes that it is told", about(21), consoleSize, ""},
	{"of many at once shows all the same", about(126), consoleMany, ""},
	{"of what does not run, or reads no input, is ErrConflict", about(18), consoleRefused, ""},
}}

// session is a console in the background.
type session struct {
	keyboard *io.PipeWriter
	screen   screen
	done     chan waited
}

// screen keeps what is shown.
type screen struct {
	mu   sync.Mutex
	text string
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text += string(p)
	return len(p), nil
}

func (s *screen) has(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Contains(s.text, text)
}

// connect opens a console with an input.
func (t *trial) connect(ctx context.Context, id string, opts driver.ConsoleOptions) *session {
	t.Helper()
	s := &session{done: make(chan waited, 1)}
	opts.Stdin, s.keyboard = io.Pipe()
	opts.Stdout = &s.screen
	t.Cleanup(func() { _ = s.keyboard.Close() })
	go func() { s.done <- waited{err: driver.Console(ctx, t.driver, id, opts)} }()
	return s
}

// types sends a line again and again until a console shows it: what is sent before
// the connection is there is for nobody.
func (t *trial) types(s *session, line string, shown *screen) {
	t.Helper()
	t.eventually("the console shows "+line, func() bool {
		_, err := io.WriteString(s.keyboard, line+"\n")
		t.must(err)
		return shown.has(line)
	})
}

// result waits for what Console returned, but not for ever.
func (s *session) result(t *trial) error {
	t.Helper()
	return result(t, s.done).err
}

// cat is an instance that prints what it reads.
func (t *trial) cat(id string, tty bool) {
	t.Helper()
	spec := t.spec(id, t.config.Workload.Cat)
	spec.Stdin, spec.TTY = true, tty
	t.create(spec)
	t.start(id)
}

func consoleCat(t *trial) {
	for id, tty := range map[string]bool{"plain": false, "terminal": true} {
		t.cat(id, tty)
		s := t.connect(t.Context(), id, driver.ConsoleOptions{})
		t.types(s, "hello", &s.screen)
		t.types(s, "again", &s.screen)
		t.must(s.keyboard.Close())
		t.must(s.result(t))
		t.state(id, driver.Running)
	}
}

func consoleDetach(t *trial) {
	t.cat("i1", true)
	for range 3 {
		s := t.connect(t.Context(), "i1", driver.ConsoleOptions{})
		t.types(s, "hello", &s.screen)
		t.must(s.keyboard.Close())
		t.must(s.result(t))
		t.state("i1", driver.Running)
	}
}

func consoleGivenUp(t *trial) {
	t.cat("i1", false)
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		s := t.connect(ctx, "i1", driver.ConsoleOptions{})
		t.types(s, "hello", &s.screen)
		cancel()
		t.refused(s.result(t), context.Canceled)
		t.state("i1", driver.Running)
	}
}

func consoleEnds(t *trial) {
	t.cat("i1", true)
	s := t.connect(t.Context(), "i1", driver.ConsoleOptions{})
	t.types(s, "hello", &s.screen)
	t.stop("i1", driver.StopOptions{Grace: -1})
	t.must(s.result(t))

	t.create(t.spec("i2", t.config.Workload.Count)) // which reads nothing
	t.start("i2")
	var shown screen
	done := make(chan waited, 1)
	go func() {
		done <- waited{err: driver.Console(t.Context(), t.driver, "i2", driver.ConsoleOptions{Stdout: &shown})}
	}()
	t.eventually("the console shows something", func() bool { return shown.has("\n") })
	t.stop("i2", driver.StopOptions{Grace: -1})
	t.must(result(t, done).err)
}

func consoleSize(t *trial) {
	spec := t.spec("i1", t.config.Workload.Size)
	spec.TTY, spec.Stdin = true, true
	t.create(spec)
	t.start("i1")
	resize := make(chan driver.WindowSize)
	s := t.connect(t.Context(), "i1", driver.ConsoleOptions{Size: driver.WindowSize{Columns: 101, Rows: 42}, Resize: resize})
	t.eventually("the terminal has its first size", func() bool { return s.screen.has("42 101") })
	resize <- driver.WindowSize{Columns: 77, Rows: 33}
	t.eventually("the terminal has its second size", func() bool { return s.screen.has("33 77") })
	t.must(s.keyboard.Close())
	t.must(s.result(t))

	t.cat("plain", false)
	err := driver.Console(t.Context(), t.driver, "plain", driver.ConsoleOptions{Size: driver.WindowSize{Columns: 1, Rows: 1}})
	t.refused(err, dockerhv.ErrInvalid)
}

func consoleMany(t *trial) {
	t.cat("i1", true)
	first, second := t.connect(t.Context(), "i1", driver.ConsoleOptions{}), t.connect(t.Context(), "i1", driver.ConsoleOptions{})
	t.types(first, "from the first", &second.screen)
	t.types(second, "from the second", &first.screen)
	t.must(first.keyboard.Close())
	t.must(first.result(t))
	t.types(second, "the second alone", &second.screen)
}

func consoleRefused(t *trial) {
	t.refused(driver.Console(t.Context(), t.driver, "nobody", driver.ConsoleOptions{}), dockerhv.ErrNotFound)
	t.create(t.server("i1"))
	t.refused(driver.Console(t.Context(), t.driver, "i1", driver.ConsoleOptions{}), dockerhv.ErrConflict)
	t.start("i1")
	err := driver.Console(t.Context(), t.driver, "i1", driver.ConsoleOptions{Stdin: strings.NewReader("x")})
	t.refused(err, dockerhv.ErrConflict)
	t.stop("i1", driver.StopOptions{Grace: -1})
	t.refused(driver.Console(t.Context(), t.driver, "i1", driver.ConsoleOptions{}), dockerhv.ErrConflict)
}
