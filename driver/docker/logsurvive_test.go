package docker_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// followerVar makes this test program follow a log until it is killed. It holds what it
// needs to know, as JSON.
const followerVar = "DOCKERHV_TEST_FOLLOWER"

type follower struct{ Endpoint, Owner, ID, After string }

// TestFollower is no test of its own: it is what TestLogsSurvive kills.
func TestFollower(t *testing.T) {
	var f follower
	if os.Getenv(followerVar) == "" {
		return
	}
	if err := json.Unmarshal([]byte(os.Getenv(followerVar)), &f); err != nil {
		t.Fatal(err)
	}
	d := openAt(t, driver.Endpoint{URL: f.Endpoint}, docker.Options{Owner: f.Owner})
	for l, err := range driver.Logs(t.Context(), d, f.ID, driver.LogOptions{Follow: true, After: f.After}) {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("%s\t%s\n", l.Cursor, l.Text)
	}
	fmt.Println("the end")
}

// numbered checks that numbers come one after the other, each once.
type numbered struct {
	last   int
	cursor string
}

// follow lets another process follow from the cursor on, until a line was read for which
// enough holds, and kills it. What it has printed by then counts.
func (n *numbered) follow(t *testing.T, f follower, enough func(line int) bool) {
	t.Helper()
	f.After = n.cursor
	told, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFollower$", "-test.timeout=2m")
	cmd.Env = append(os.Environ(), followerVar+"="+string(told))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	killed := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		cursor, text, ok := strings.Cut(lines.Text(), "\t")
		if !ok {
			break // the end, or what a test says that fails
		}
		number, err := strconv.Atoi(text)
		if err != nil || number != n.last+1 {
			t.Fatalf("after line %d comes %q", n.last, text)
		}
		n.last, n.cursor = number, cursor
		if enough != nil && !killed && enough(number) {
			killed = true
			_ = cmd.Process.Kill()
		}
	}
	_ = cmd.Wait()
	if enough != nil && !killed {
		t.Fatalf("the follower ended at line %d", n.last)
	}
}

// 43, 104, 105, and pitfall 42: numbered lines are followed across five kills of the
// reading process and two restarts of the engine, one of them while somebody reads and
// one while nobody does. Each line comes once, in order.
func TestLogsSurvive(t *testing.T) {
	e, d, image := private(t, map[string]any{"live-restore": true})
	spec := sleeper("count", image)
	spec.Command = []string{"sh", "-c", "trap 'exit 0' TERM; i=0; while :; do i=$((i+1)); echo $i; sleep 0.02; done"}
	create(t, d, spec)
	start(t, d, spec.ID)
	f := follower{Endpoint: e.Endpoint(), Owner: "private", ID: spec.ID}
	var n numbered
	at := func(more int) func(int) bool {
		from := n.last
		return func(line int) bool { return line >= from+more }
	}
	n.follow(t, f, at(20))  // 1
	time.Sleep(time.Second) // lines are printed while nobody reads
	n.follow(t, f, at(60))  // 2
	restarted := make(chan struct{})
	n.follow(t, f, func(line int) bool { // 3: the engine is killed while it reads
		select {
		case <-restarted:
			return true
		default:
		}
		if line%20 == 0 {
			e.Kill()
			if err := e.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			close(restarted)
		}
		return false
	})
	n.follow(t, f, at(20)) // 4
	gracefully(t, e)
	n.follow(t, f, at(40)) // 5
	if err := d.Stop(t.Context(), spec.ID, driver.StopOptions{}); err != nil {
		t.Fatal(err)
	}
	n.follow(t, f, nil) // to the end
	var all int
	for l, err := range driver.Logs(t.Context(), d, spec.ID, driver.LogOptions{}) {
		if all++; err != nil || l.Text != fmt.Sprint(all) {
			t.Fatalf("line %d is %q, %v", all, l.Text, err)
		}
	}
	if n.last != all {
		t.Errorf("the last line that was followed is %d of %d", n.last, all)
	}
	t.Logf("%d lines", all)
}

// gracefully restarts an engine in good order.
func gracefully(t *testing.T, e *enginetest.Engine) {
	t.Helper()
	if err := e.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); e.Signal(syscall.Signal(0)) == nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the engine does not end")
		}
	}
	if err := e.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// 104: one who follows in this process goes on when the engine was restarted in good
// order or hung, and ends with the instance.
func TestFollowingSurvivesTheEngine(t *testing.T) {
	e, d, image := private(t, map[string]any{"live-restore": true})
	docker.SetSilence(d, time.Second)
	spec := sleeper("count", image)
	spec.Command = []string{"sh", "-c", "trap 'exit 0' TERM; i=0; while :; do i=$((i+1)); echo $i; sleep 0.02; done"}
	create(t, d, spec)
	start(t, d, spec.ID)
	next := 1
	for l, err := range driver.Logs(t.Context(), d, spec.ID, driver.LogOptions{Follow: true}) {
		if err != nil || l.Text != fmt.Sprint(next) {
			t.Fatalf("line %d is %q, %v", next, l.Text, err)
		}
		switch next {
		case 10:
			gracefully(t, e)
		case 60:
			if err := e.Signal(syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			time.AfterFunc(8*time.Second, func() { _ = e.Signal(syscall.SIGCONT) }) // after the watchdog has bitten
		case 120:
			if err := d.Stop(t.Context(), spec.ID, driver.StopOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		next++
	}
	if next <= 120 {
		t.Errorf("the log ended at line %d", next)
	}
}
