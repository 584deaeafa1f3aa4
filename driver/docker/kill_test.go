package docker_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
)

// victimVar makes this test program live instances' lives until it is killed. It
// holds what it needs to know, as JSON.
const victimVar = "DOCKERHV_TEST_VICTIM"

type victim struct {
	Endpoint, Owner string
	Spec            driver.Spec
	From            int // the step of the life that follows on the first, 1 or more; 0 is 1
}

// TestVictim is no test of its own: it is what TestKilledAtEveryStep kills.
func TestVictim(t *testing.T) {
	var v victim
	if os.Getenv(victimVar) == "" {
		return
	}
	if err := json.Unmarshal([]byte(os.Getenv(victimVar)), &v); err != nil {
		t.Fatal(err)
	}
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: v.Endpoint}, docker.Options{Owner: v.Owner})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("living")
	for steps := slices.Concat(life[:1], life[max(1, v.From):]); ; steps = life {
		for _, s := range steps {
			if err := s.do(t, d, v.Spec); err != nil {
				fmt.Println("died of", err)
				return
			}
		}
	}
}

// run starts a victim and returns what kills it, and waits until it lives.
func (v victim) run(t *testing.T) (kill func()) {
	t.Helper()
	told, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestVictim$", "-test.timeout=2m")
	cmd.Env = append(os.Environ(), victimVar+"="+string(told))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "living\n" {
		t.Fatalf("the victim says %q, %v", line, err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}

// 38: the process is killed before and after each call of the engine. Another one
// finds what is there, brings the instance through its life, and nothing is left.
func TestKilledAtEveryStep(t *testing.T) {
	proxy, d, image := faulty(t, "killed")
	v := victim{Endpoint: proxy.Endpoint(), Owner: "killed", Spec: sleeper("killed", image)}
	for _, s := range life {
		for _, call := range s.calls {
			for name, hit := range map[string]func(func()) enginetest.Fault{
				"in place of": enginetest.Instead, "before": enginetest.Before, "after": enginetest.After,
			} {
				t.Run(name+" "+call, func(t *testing.T) {
					kill := v.run(t)
					killed := make(chan struct{})
					proxy.On(call, 0, hit(func() {
						kill()
						close(killed)
					}))
					select {
					case <-killed:
					case <-time.After(30 * time.Second):
						t.Fatal("the victim never came to it")
					}
					converge(t, d, v.Spec)
				})
			}
		}
	}
}

// 38, and the 200 random kills: at any moment of several lives at once, each
// of an owner of its own.
func TestKilledAtRandom(t *testing.T) {
	const lanes = 5
	kills := 200 / lanes
	if testing.Short() {
		kills = 4
	}
	image := busybox(t, open(t, "random"))
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	var group sync.WaitGroup
	for lane := range lanes {
		group.Go(func() { // more at once than parallel tests would be: a victim mostly waits for the engine
			t.Run(fmt.Sprint(lane), func(t *testing.T) {
				killedAtRandom(t, fmt.Sprint("random-", lane), image, kills, rand.New(rand.NewPCG(seed, uint64(lane))))
			})
		})
	}
	group.Wait()
}

func killedAtRandom(t *testing.T, owner string, image template.Image, kills int, random *rand.Rand) {
	v := victim{Endpoint: enginetest.Endpoint(t), Owner: owner, Spec: sleeper("random", image)}
	found := make(map[driver.State]int)
	for range kills {
		v.From = random.IntN(len(life))
		kill := v.run(t)
		time.Sleep(time.Duration(random.IntN(400)) * time.Millisecond)
		kill()
		r, err := driver.Recover(t.Context(), open(t, owner)) // as the process that comes after it
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Instances) > 1 || len(claimants(t, owner)) > 1 {
			t.Fatalf("several instances of one ID: %+v", r)
		}
		for _, i := range r.Instances {
			found[i.State]++
		}
		// The next victim converges by living its life; only now and then all is looked at.
		if random.IntN(20) == 0 {
			converge(t, open(t, owner), v.Spec)
		}
	}
	converge(t, open(t, owner), v.Spec)
	if left := claimants(t, owner); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
	t.Logf("%d kills left the instance: %v", kills, found)
}

// converge brings an instance that is in any state through its life.
func converge(t *testing.T, d *docker.Driver, spec driver.Spec) {
	t.Helper()
	for _, s := range life {
		err := s.do(t, d, spec)
		for deadline := time.Now().Add(10 * time.Second); err != nil && time.Now().Before(deadline); err = s.do(t, d, spec) {
			time.Sleep(50 * time.Millisecond) // the engine may still do what the victim asked for
		}
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
	}
	wantState(t, d, spec, "")
	if err := errors.Join(d.Destroy(t.Context(), spec.ID, driver.DestroyOptions{Force: true})); err != nil {
		t.Error(err)
	}
}
