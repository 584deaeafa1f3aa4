package inventory_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/discovery/inventory"
)

// watched is a watch that goes on, and what it told.
type watched struct {
	mu   sync.Mutex
	told []string
	last error
}

func (w *watched) watch(ctx context.Context, d inventory.Discoverer) {
	for change, err := range discovery.Watch(ctx, d, 0) {
		w.mu.Lock()
		if w.last = err; err != nil {
			w.told = append(w.told, "error")
		} else {
			w.told = append(w.told, fmt.Sprintf("%s %s", change.Type, change.Endpoint))
		}
		w.mu.Unlock()
	}
}

func (w *watched) take() []string {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	told := w.told
	w.told = nil
	return told
}

// TestWatch: good edits are told when they have settled, broken ones change nothing.
func TestWatch(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "hosts.yaml")
	write(t, filepath.Join(folder, "ca.pem"), "PEM")
	put := func(content string) func() { return func() { write(t, path, content) } }
	const a, b, wrong = "- {name: a, url: ssh://a}\n", "- {name: b, url: ssh://b}\n", "- {url: x}\n"
	secure := "- {name: a, url: tcp://a:2376, tls: {ca: ca.pem}}\n"
	steps := []struct {
		name string
		edit func()
		want []string
	}{
		{"at first, with an error", put("hosts:\n" + a + wrong), []string{"error", "added a"}},
		{"nothing", func() {}, nil},
		{"mended", put("hosts:\n" + a + b), []string{"added b"}},
		{"another order and a comment", put("# hosts\nhosts:\n" + b + a), nil},
		{"emptied", put(""), []string{"error"}},
		{"still empty", func() {}, nil},
		{"half written", put("hosts:\n" + a + "- {name: b"), []string{"error"}},
		{"one wrong", put("hosts:\n" + a + wrong), []string{"error"}},
		{"replaced by a rename", func() {
			write(t, path+"~", "hosts:\n- {name: a, url: ssh://a2}\n")
			if err := os.Rename(path+"~", path); err != nil {
				t.Fatal(err)
			}
		}, []string{"changed a", "gone b"}},
		{"removed", func() { _ = os.Remove(path) }, []string{"error"}},
		{"with TLS", put("hosts:\n" + secure), []string{"changed a"}},
		{"its authority is gone", func() { _ = os.Remove(filepath.Join(folder, "ca.pem")) }, []string{"error"}},
		{"and back", func() { write(t, filepath.Join(folder, "ca.pem"), "PEM") }, nil},
		{"of no hosts", put("hosts: []"), []string{"gone a"}},
		{"linked", func() {
			write(t, filepath.Join(folder, "other.yaml"), "hosts:\n"+b)
			_ = os.Remove(path)
			if err := os.Symlink("other.yaml", path); err != nil {
				t.Fatal(err)
			}
		}, []string{"added b"}},
	}
	steps[0].edit()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var w watched
		var group sync.WaitGroup
		group.Go(func() { w.watch(ctx, inventory.Discoverer{Path: path}) })
		for n, step := range steps {
			if n > 0 {
				step.edit()
				time.Sleep(inventory.DefaultInterval + time.Millisecond)
				if told := w.take(); told != nil {
					t.Errorf("%s: told before it has settled: %v", step.name, told)
				}
				time.Sleep(inventory.DefaultInterval)
			}
			if diff := cmp.Diff(step.want, w.take()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", step.name, diff)
			}
		}
		cancel()
		group.Wait()
		if !errors.Is(w.last, context.Canceled) {
			t.Errorf("the last error is %v", w.last)
		}
	})
}

// TestWatchBrokenOff: whoever breaks the loop off is asked no more.
func TestWatchBrokenOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hosts.yaml")
	for _, content := range []string{"hosts: [{url: ssh://a}, {url: ssh://b}]", "", "hosts: [{}, {}]"} {
		write(t, path, content)
		told := 0
		inventory.Discoverer{Path: path}.Watch(t.Context())(func(discovery.Change, error) bool {
			told++
			return false
		})
		if told != 1 {
			t.Errorf("%q: told %d times", content, told)
		}
	}
}
