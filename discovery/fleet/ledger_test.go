package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery/fleet"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/memory"
)

const gib = 1 << 30

// facts is a host with 4 CPUs and 8 GiB.
var facts = driver.Host{CPUs: 4, Memory: 8 * gib}

func size(cpus float64, memory int64) driver.Resources {
	return driver.Resources{CPUs: cpus, Memory: memory}
}

func wantFree(t *testing.T, l *fleet.Ledger, cpus float64, memory int64) {
	t.Helper()
	if got, want := l.Free(), (fleet.Room{CPUs: cpus, Memory: memory}); got != want {
		t.Errorf("free is %+v, want %+v", got, want)
	}
}

func wantClass(t *testing.T, err, class error) {
	t.Helper()
	if !errors.Is(err, class) {
		t.Errorf("%v, want a %q", err, class)
	}
}

func TestLedger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := fleet.NewLedger(facts, fleet.LedgerOptions{})
		must(t, l.Claim("a", size(1.5, 3*gib)), l.Claim("a", size(1.5, 3*gib)))
		wantFree(t, l, 2.5, 5*gib)
		wantClass(t, l.Claim("a", size(1, gib)), dockerhv.ErrExists)
		wantClass(t, l.Claim("b", size(2.6, gib)), fleet.ErrFull)
		wantClass(t, l.Claim("b", size(1, 5*gib+1)), fleet.ErrFull)
		must(t, l.Confirm("a"), l.Confirm("a"), l.Claim("a", size(1.5, 3*gib)), l.Claim("b", size(2.5, 5*gib)))
		wantFree(t, l, 0, 0)
		must(t, l.Claim("nothing", size(0, 0)))
		wantClass(t, l.Claim("a little", size(1e-9, 0)), fleet.ErrFull)

		time.Sleep(fleet.DefaultExpiry - time.Second)
		must(t, l.Claim("b", size(2.5, 5*gib))) // once more
		if n, until := l.Pending(); n != 2 || !until.Equal(time.Now().Add(fleet.DefaultExpiry)) {
			t.Errorf("%d pending until %v", n, until)
		}
		time.Sleep(fleet.DefaultExpiry - time.Second)
		wantFree(t, l, 0, 0)
		time.Sleep(time.Second)
		wantFree(t, l, 2.5, 5*gib)
		wantClass(t, l.Confirm("b"), dockerhv.ErrNotFound)
		wantClass(t, l.Resize("b", size(1, 1)), dockerhv.ErrNotFound)

		must(t, l.Resize("a", size(4, 8*gib)))
		wantFree(t, l, 0, 0)
		wantClass(t, l.Resize("a", size(4.1, 8*gib)), fleet.ErrFull)
		must(t, l.Resize("a", size(1, gib)))
		wantFree(t, l, 3, 7*gib)
		l.Release("a")
		l.Release("a")
		wantFree(t, l, 4, 8*gib)
		for _, bad := range []driver.Resources{size(-1, 0), size(math.NaN(), 0), size(math.Inf(1), 0), size(0, -1)} {
			wantClass(t, l.Claim("bad", bad), dockerhv.ErrInvalid)
		}
	})
}

// TestLedgerOvercommit: what is sold is what is there, less what the host needs, so many
// times; a host that shrinks takes nothing back.
func TestLedgerOvercommit(t *testing.T) {
	l := fleet.NewLedger(facts, fleet.LedgerOptions{CPUOvercommit: 4, MemoryOvercommit: 1.5, CPUReserved: 0.5, MemoryReserved: gib})
	wantFree(t, l, 14, 7*gib*3/2)
	must(t, l.Claim("a", size(14, 10*gib)), l.Confirm("a"))
	wantClass(t, l.Claim("b", size(0.1, 0)), fleet.ErrFull)
	l.SetCapacity(driver.Host{CPUs: 2, Memory: 2 * gib})
	wantFree(t, l, -8, gib*3/2-10*gib)
	must(t, l.Confirm("a"), l.Resize("a", size(10, 5*gib)))
	wantClass(t, l.Claim("b", size(0, 1)), fleet.ErrFull)
}

// TestLedgerNeverOversells: whoever claims, confirms, resizes and releases at once, there is
// never more sold than there is, and what is sold is what was granted.
func TestLedgerNeverOversells(t *testing.T) {
	for seed := range uint64(8) {
		l := fleet.NewLedger(facts, fleet.LedgerOptions{CPUOvercommit: 2})
		var group sync.WaitGroup
		granted := make([]map[string]driver.Resources, 16)
		for worker := range granted {
			mine := make(map[string]driver.Resources)
			granted[worker] = mine
			group.Go(func() { clerk(t, l, rand.New(rand.NewPCG(seed, uint64(worker))), worker, mine) })
		}
		group.Wait()
		left := fleet.Room{CPUs: 8, Memory: 8 * gib}
		for _, mine := range granted {
			for _, r := range mine {
				left.CPUs -= r.CPUs // quarters, which add up exactly
				left.Memory -= r.Memory
			}
		}
		if got := l.Free(); got != left || left.CPUs < 0 || left.Memory < 0 {
			t.Errorf("seed %d: free is %+v, and by what was granted %+v", seed, got, left)
		}
	}
}

// clerk does something to its own claims, many times.
func clerk(t *testing.T, l *fleet.Ledger, random *rand.Rand, worker int, mine map[string]driver.Resources) {
	for range 500 {
		id := fmt.Sprintf("i-%d-%d", worker, random.IntN(4))
		r := size(float64(random.IntN(9))/4, int64(random.IntN(5))*gib/2)
		_, have := mine[id]
		switch random.IntN(4) {
		case 0:
			l.Release(id)
			delete(mine, id)
		case 1:
			if err := l.Confirm(id); (err == nil) != have {
				t.Errorf("Confirm = %v of a claim that there is: %t", err, have)
			}
		case 2:
			if l.Resize(id, r) == nil {
				mine[id] = r
			}
		default:
			if l.Claim(id, r) == nil {
				mine[id] = r
			}
		}
		if free := l.Free(); free.CPUs < 0 || free.Memory < 0 {
			t.Errorf("oversold: %+v", free)
			return
		}
	}
}

// TestLedgerRebuild: after a restart the ledger knows from the host what is sold.
func TestLedgerRebuild(t *testing.T) {
	h, d := newHost(t, "a", "b") // of 1 CPU and 1 GiB each
	h.Exit("cloud", "b", 0)      // which may be started again
	l := fleet.NewLedger(facts, fleet.LedgerOptions{})
	must(t, l.Rebuild(t.Context(), d), l.Confirm("a"))
	wantFree(t, l, 2, 6*gib)
	must(t, l.Claim("pending", size(1, gib)), d.Destroy(t.Context(), "b", driver.DestroyOptions{}), l.Rebuild(t.Context(), d))
	wantFree(t, l, 2, 6*gib)
	if n, _ := l.Pending(); n != 1 {
		t.Errorf("%d claims are pending, want 1", n)
	}
	h.Fail(func(_ context.Context, c memory.Call) error {
		if c.Op == "list instances" {
			return dockerhv.ErrUnavailable
		}
		return nil
	})
	wantClass(t, l.Rebuild(t.Context(), d), dockerhv.ErrUnavailable)
	wantFree(t, l, 2, 6*gib)
}

// TestLedgerSizeOf: who knows the sizes by heart spares the host the questions.
func TestLedgerSizeOf(t *testing.T) {
	h, d := newHost(t, "known", "unknown")
	l := fleet.NewLedger(facts, fleet.LedgerOptions{SizeOf: func(i driver.Instance) (driver.Resources, bool) {
		return size(2, 4*gib), i.ID == "known"
	}})
	h.Fail(func(_ context.Context, c memory.Call) error {
		if c.ID == "known" {
			t.Errorf("%s of an instance that is known", c.Op)
		}
		return nil
	})
	must(t, l.Rebuild(t.Context(), d))
	wantFree(t, l, 1, 3*gib)
}

// TestLedgerRebuildMeanwhile: what is claimed, confirmed and released while the host is
// asked is not undone by what it said.
func TestLedgerRebuildMeanwhile(t *testing.T) {
	h, d := newHost(t, "old", "gone", "anew")
	l := fleet.NewLedger(facts, fleet.LedgerOptions{})
	must(t, l.Claim("gone", size(1, gib)), l.Confirm("gone"))
	meanwhile := sync.OnceFunc(func() {
		l.Release("gone")
		l.Release("old")
		l.Release("anew")
		must(t, l.Claim("anew", size(1, gib)))
		must(t, l.Claim("new", size(0.5, gib)), l.Confirm("new"))
	})
	h.Fail(func(_ context.Context, c memory.Call) error {
		if c.Op == "list instances" && c.Phase == memory.After {
			meanwhile()
		}
		return nil
	})
	must(t, l.Rebuild(t.Context(), d))
	wantFree(t, l, 2.5, 6*gib)
	if n, _ := l.Pending(); n != 1 {
		t.Errorf("%d claims are pending, want that which was claimed anew", n)
	}
}

// TestClaim: a host that is up and enabled takes claims through its manager, which knows
// after a restart what is sold.
func TestClaim(t *testing.T) {
	m, _, d := up(t, fleet.Options{}, "a")
	must(t, m.Claim("h", "b", size(3, gib)), m.Confirm("h", "b"))
	wantClass(t, m.Claim("h", "c", size(0.1, 0)), fleet.ErrFull)
	must(t, m.Resize("h", "b", size(1, gib)), m.Claim("h", "c", size(0.5, 0)), m.Release("h", "c"))
	if room, err := m.Free("h"); err != nil || room != (fleet.Room{CPUs: 2, Memory: 6 * gib}) {
		t.Errorf("Free = %+v, %v", room, err)
	}
	wantClass(t, m.Claim("none", "c", size(1, 0)), dockerhv.ErrNotFound)
	var named *dockerhv.Error
	if err := m.Claim("h", "c", size(9, 0)); !errors.As(err, &named) || named.Host != "h" || named.ID != "c" {
		t.Errorf("%v names no host", err)
	}
	again := fleet.New(fleet.Options{})
	register(t, again, "h", d)
	wantClass(t, again.Claim("h", "c", size(1, 0)), dockerhv.ErrConflict) // not ready yet
	must(t, again.Ready(t.Context(), "h"))
	if room, err := again.Free("h"); err != nil || room != (fleet.Room{CPUs: 3, Memory: 7 * gib}) {
		t.Errorf("after a restart: Free = %+v, %v", room, err)
	}
}
