package discovery_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/memory"
)

var (
	chaosSeed  = flag.Uint64("chaos.seed", 0, "the only seed of the random faults; 0 means some that are fixed")
	chaosHours = flag.Int("chaos.hours", 12, "how long the random faults go on, in hours of the test's own time")
)

// TestAgentChaos: whatever happens at random to hosts, instances, the discoverer and the
// manager, no instance that runs is told to be off, and when all is well again the
// manager's view is equal to the hosts'.
func TestAgentChaos(t *testing.T) {
	seeds := []uint64{1, 2, 3, 4}
	if *chaosSeed != 0 {
		seeds = []uint64{*chaosSeed}
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newChaos(t, seed).run() })
		})
	}
}

// chaos is a world to which things happen.
type chaos struct {
	*world
	random *rand.Rand
	names  []string
	made   int
	looked atomic.Int64
	refuse bool // the manager refuses everything; guarded by mu
}

func newChaos(t *testing.T, seed uint64) *chaos {
	c := &chaos{world: newWorld(t, 6), random: rand.New(rand.NewPCG(seed, seed))}
	c.names = slices.Sorted(maps.Keys(c.hosts))
	c.agent.Manager = c
	return c
}

func (c *chaos) run() {
	c.world.run()
	faults := []func(host string){ // each as often as it stands here
		c.act, c.act, c.act, c.act, c.act, c.act, c.act, c.act, c.act, c.act,
		c.away, c.back, c.back, c.back, c.hang, c.fail, c.lose, c.heal, c.heal, c.heal, c.heal, c.heal, c.heal,
		c.withdraw, c.restore, c.restore, c.restore, c.unruly, c.ruly, c.ruly, c.ruly,
	}
	for end := time.Now().Add(time.Duration(*chaosHours) * time.Hour); time.Now().Before(end); {
		time.Sleep(time.Duration(c.random.ExpFloat64() * float64(10*time.Second)))
		faults[c.random.IntN(len(faults))](c.pick(c.names))
	}
	for _, name := range c.names {
		c.heal(name)
		c.back(name)
	}
	c.ruly("")
	c.restore("")
	time.Sleep(5 * time.Minute)
	synctest.Wait()
	for _, name := range c.names {
		c.want(name, discovery.StatusUp, c.truth(name))
	}
	c.t.Logf("%d instances made, %d lies looked for, %d failures", c.made, c.looked.Load(), len(c.failures))
}

func (c *chaos) pick(from []string) string { return from[c.random.IntN(len(from))] }

// truth is the power states that there are on a host.
func (c *chaos) truth(host string) power {
	all, err := c.hosts[host].Open("cloud").List(c.t.Context(), driver.Filter{})
	if err != nil {
		c.t.Fatal(err)
	}
	return discovery.PowerOfAll(all)
}

// act does something to an instance, or makes one. The host may refuse, or hang.
func (c *chaos) act(host string) {
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Second)
	defer cancel()
	d := c.hosts[host].Open("cloud")
	id := fmt.Sprint("i", c.random.IntN(20))
	switch c.random.IntN(6) {
	case 0:
		_ = d.Destroy(ctx, id, driver.DestroyOptions{Force: true})
	case 1:
		_ = d.Stop(ctx, id, driver.StopOptions{Grace: -1})
	case 2:
		c.hosts[host].Exit("cloud", id, 1)
	case 3:
		_ = d.Pause(ctx, id)
	default:
		image, err := d.Images().Image(ctx, "example.org/web:1")
		if err != nil {
			return
		}
		if _, err := d.Create(ctx, driver.Spec{ID: id, Image: image.ID}); err == nil {
			c.made++
		}
		_ = d.Start(ctx, id)
	}
}

func (c *chaos) away(host string) { c.hosts[host].Disconnect() }
func (c *chaos) back(host string) { c.hosts[host].Reconnect() }
func (c *chaos) heal(host string) { c.hosts[host].Fail(nil) }
func (c *chaos) hang(host string) {
	c.hosts[host].Fail(func(ctx context.Context, call memory.Call) error {
		if ctx.Value(observer{}) != nil {
			return nil
		}
		return hang(ctx, call)
	})
}

// fail makes half of the host's calls fail.
func (c *chaos) fail(host string) { c.hosts[host].Fail(c.half(memory.Before)) }

// lose makes half of the answers of a host get lost.
func (c *chaos) lose(host string) { c.hosts[host].Fail(c.half(memory.After)) }

func (c *chaos) half(phase memory.Phase) func(context.Context, memory.Call) error {
	var n atomic.Int64
	return func(ctx context.Context, call memory.Call) error {
		if call.Phase == phase && ctx.Value(observer{}) == nil && n.Add(1)%2 == 0 {
			return &dockerhv.Error{Class: dockerhv.ErrUnavailable, Err: errors.New("connection reset")}
		}
		return nil
	}
}

// withdraw lets the discoverer find one host less than all, or an error in its place.
func (c *chaos) withdraw(host string) {
	var left found
	for _, name := range c.names {
		if name != host {
			left = append(left, candidate{url: name})
		} else if c.random.IntN(2) == 0 {
			left = append(left, candidate{err: errors.New("broken")})
		}
	}
	c.found.set(left)
}

func (c *chaos) restore(string) {
	var all found
	for _, name := range c.names {
		all = append(all, candidate{url: name})
	}
	c.found.set(all)
}

// unruly makes the manager refuse everything.
func (c *chaos) unruly(string) { c.setRefuse(true) }
func (c *chaos) ruly(string)   { c.setRefuse(false) }

func (c *chaos) setRefuse(refuse bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refuse = refuse
}

func (c *chaos) refuses() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuse {
		return errors.New("the manager is busy")
	}
	return nil
}

func (c *chaos) Register(ctx context.Context, r discovery.Registration) error {
	if err := c.refuses(); err != nil {
		return err
	}
	return c.manager.Register(ctx, r)
}

func (c *chaos) Ready(ctx context.Context, endpoint string) error {
	if err := c.refuses(); err != nil {
		return err
	}
	return c.manager.Ready(ctx, endpoint)
}

// observer marks a context whose calls meet no fault.
type observer struct{}

// Ping looks whether what is told to be off is: it may have been started since the host
// was asked, but not long before.
func (c *chaos) Ping(ctx context.Context, p discovery.Ping) error {
	looks := context.WithValue(ctx, observer{}, true)
	for id, told := range p.Power {
		if told == discovery.PowerOn || told == discovery.PowerUnknown {
			continue
		}
		c.looked.Add(1)
		i, err := c.hosts[p.Endpoint].Open("cloud").Inspect(looks, id)
		if err == nil && i.State.Active() && time.Since(i.Started) > 30*time.Second {
			c.t.Errorf("%s on %s has run for %v and is told to be %s", id, p.Endpoint, time.Since(i.Started), told)
		}
	}
	if err := c.refuses(); err != nil {
		return err
	}
	return c.manager.Ping(ctx, p)
}

func (c *chaos) Disconnect(ctx context.Context, endpoint string, cause error) error {
	return errors.Join(c.refuses(), c.manager.Disconnect(ctx, endpoint, cause))
}
