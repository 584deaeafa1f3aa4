package progress_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/progress"
)

// TestNewTerminal draws on a terminal of the kernel's own.
func TestNewTerminal(t *testing.T) {
	master, slave := openTerminal(t, 40)
	t.Setenv("TERM", "xterm")
	bars := progress.New(slave)
	if _, ok := bars.(*progress.Terminal); !ok {
		t.Fatalf("New returns a %T for a terminal", bars)
	}
	bars.Report(template.Progress{Item: strings.Repeat("long", 20), Phase: template.Resolving})
	bars.Report(template.Progress{Item: "app", Phase: template.Done})
	if err := bars.Close(); err != nil {
		t.Error(err)
	}
	seen := make([]byte, 4096)
	n, err := master.Read(seen)
	if err != nil {
		t.Fatal(err)
	}
	// A line is one column shorter than the terminal, so that none wraps.
	want := "✓ app           done in 0.0s\x1b[K\r\r\n✗ longlonglong… ended while resolving …\x1b[K"
	if !strings.Contains(string(seen[:n]), want) {
		t.Errorf("the terminal shows %q, want %q in it", seen[:n], want)
	}

	t.Setenv("TERM", "dumb")
	if r := progress.New(slave); fmt.Sprintf("%T", r) != "*progress.Plain" {
		t.Errorf("New returns a %T for a dumb terminal", r)
	}
}

// openTerminal makes a pseudo-terminal of some columns.
func openTerminal(t *testing.T, columns uint16) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("there are no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { _ = master.Close() })
	fd := int(master.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: columns, Row: 10})
	}
	if err == nil {
		slave, err = os.OpenFile(fmt.Sprint("/dev/pts/", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = slave.Close() })
	return master, slave
}
