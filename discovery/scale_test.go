package discovery_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dockerhv/dockerhv/discovery"
)

// TestThousandHosts: of a thousand hosts every tenth hangs from the beginning, and the
// manager hangs with another tenth; the rest is up at once, and stays so. A host costs no
// more than a few goroutines. 127: a hung call delays no other host.
func TestThousandHosts(t *testing.T) {
	const hosts = 1000
	synctest.Test(t, func(t *testing.T) {
		before := runtime.NumGoroutine()
		w := newWorld(t, hosts)
		w.agent.Manager = hanging{w.manager}
		for n := range hosts {
			name := fmt.Sprintf("h%d", n)
			w.start(name, "i1")
			if n%10 == 0 {
				w.hosts[name].Fail(hang)
			}
		}
		w.run()
		begun := time.Now()
		for range 10 {
			synctest.Wait()
			for n := range hosts {
				if n%10 > 1 {
					w.want(fmt.Sprintf("h%d", n), discovery.StatusUp, power{"i1": on})
				}
			}
			if t.Failed() {
				t.Fatalf("after %v", time.Since(begun))
			}
			time.Sleep(discovery.DefaultPingInterval)
		}
		// One for each instance's command, two for each host.
		if n := runtime.NumGoroutine() - before; n > 3*hosts+20 {
			t.Errorf("%d goroutines for %d hosts", n, hosts)
		}
	})
}

// hanging is a manager that hangs when a host registers whose number ends in 1.
type hanging struct{ discovery.AgentManager }

func (h hanging) Register(ctx context.Context, r discovery.Registration) error {
	if name := r.Endpoint.String(); name[len(name)-1] == '1' {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	return h.AgentManager.Register(ctx, r)
}
