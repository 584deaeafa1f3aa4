//go:build unix

package filestore_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template/filestore"
)

// The environment of a child process: the folder, how many changes were acknowledged
// before, how many it makes, and before which step it kills itself.
const (
	childDir  = "DOCKERHV_TEST_FILESTORE_DIR"
	childFrom = "DOCKERHV_TEST_FILESTORE_FROM"
	childTo   = "DOCKERHV_TEST_FILESTORE_TO"
	childKill = "DOCKERHV_TEST_FILESTORE_KILL"
)

// TestMain becomes the child if it is one.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		child(dir, number(childFrom), number(childTo), number(childKill))
		return
	}
	os.Exit(m.Run())
}

func number(name string) int {
	n, err := strconv.Atoi(os.Getenv(name))
	if err != nil {
		panic(err)
	}
	return n
}

// child makes changes, and says which are acknowledged. Before the step of a number it
// kills itself, in the middle of it if it is a write.
func child(dir string, from, to, kill int) {
	steps := 0
	s, err := filestore.OpenStepping(dir, func(step string, f *os.File, data []byte) {
		if steps++; steps != kill {
			return
		}
		if step == "write" {
			_, _ = f.Write(data[:len(data)/2])
		}
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	})
	if err != nil {
		fmt.Println("open", err)
		os.Exit(1)
	}
	fmt.Println("opened")
	for n := from + 1; n <= to; n++ {
		if err := s.Save(context.Background(), counted(n)); err != nil {
			fmt.Println("save", err)
			os.Exit(1)
		}
		fmt.Println("acked", n)
	}
	// It ends without Close, as a program that crashes does.
}

// start starts a child.
func start(t *testing.T, dir string, from, to, kill int) (*exec.Cmd, io.ReadCloser) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(),
		"GORACE=atexit_sleep_ms=0", // of a second for each child
		childDir+"="+dir, childFrom+"="+strconv.Itoa(from), childTo+"="+strconv.Itoa(to), childKill+"="+strconv.Itoa(kill))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, out
}

// run runs a child to its end, and returns the last change that it acknowledged and
// whether it was killed.
func run(t *testing.T, dir string, from, to, kill int) (acked int, killed bool) {
	t.Helper()
	cmd, out := start(t, dir, from, to, kill)
	acked = from
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		line := scanner.Text()
		if n, ok := strings.CutPrefix(line, "acked "); ok {
			acked, _ = strconv.Atoi(n)
		} else if line != "opened" {
			t.Fatalf("the child says %q", line)
		}
	}
	err := cmd.Wait()
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	killed = ok && status.Signaled() && status.Signal() == syscall.SIGKILL
	if err != nil && !killed {
		t.Fatalf("the child ended with %v", err)
	}
	return acked, killed
}

// TestKill kills a process before, and in the middle of, each step that it takes: to
// make the folder, to append, and to replace the journal. What it acknowledged is
// there, and the next process goes on.
func TestKill(t *testing.T) {
	for name, before := range map[string]int{"in a new folder": 0, "where the journal is replaced": filestore.Slack + 22} {
		t.Run(name, func(t *testing.T) {
			seen, filled := 0, t.TempDir()
			fill(t, filled, before)
			for kill := 1; ; kill++ {
				dir := t.TempDir() + "/folder"
				if before > 0 {
					if err := os.CopyFS(dir, os.DirFS(filled)); err != nil {
						t.Fatal(err)
					}
				}
				acked, killed := run(t, dir, before, before+4, kill)
				wantSurvivors(t, dir, acked)
				if !killed {
					if acked != before+4 {
						t.Errorf("the child ended with %d of %d", acked, before+4)
					}
					break
				}
				seen++
				if next, _ := run(t, dir, acked, acked+3, -1); next != acked+3 {
					t.Errorf("after step %d, the next process acknowledged %d of %d", kill, next, acked+3)
				}
				wantSurvivors(t, dir, acked+3)
			}
			if seen < 10 {
				t.Errorf("only %d steps were tried", seen)
			}
		})
	}
}

// TestLock: a folder is one process's, and is free when that ends, however it does.
func TestLock(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	save(t, s, counted(1))
	if second, err := filestore.Open(dir); !errors.Is(err, dockerhv.ErrConflict) || second != nil {
		t.Errorf("Open in the same process = %v, %v", second, err)
	}
	cmd, out := start(t, dir, 1, 2, -1)
	line, _ := bufio.NewReader(out).ReadString('\n')
	if err := cmd.Wait(); err == nil || !strings.Contains(line, "another process or store has it") {
		t.Errorf("another process says %q and ends with %v", line, err)
	}
	_ = s.Close()
	if acked, _ := run(t, dir, 1, 2, -1); acked != 2 {
		t.Errorf("when it is free, another process acknowledges %d", acked)
	}
	wantSurvivors(t, dir, 2)
}

func inode(info os.FileInfo) uint64 {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		panic("a file has no inode")
	}
	return stat.Ino
}
