package template_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/dockerhv/dockerhv/template"
)

// watch collects, as short texts, what a catalog's watcher is told.
type watch struct {
	told   []string
	err    error
	over   bool
	cancel context.CancelFunc
}

// look returns what was told since the last look.
func (w *watch) look() string {
	synctest.Wait()
	text := strings.Join(w.told, ", ")
	w.told = nil
	return text
}

// startWatch watches; each change waits for a value of pace, if that is not nil.
func startWatch(t *testing.T, c *template.Catalog, pace chan struct{}) *watch {
	ctx, cancel := context.WithCancel(t.Context())
	w := &watch{cancel: cancel}
	go func() {
		for change, err := range c.Watch(ctx) {
			if err != nil {
				w.err = err
				continue
			}
			w.told = append(w.told, short(change))
			if pace != nil {
				<-pace
			}
		}
		w.over = true
	}()
	return w
}

func short(c template.Change) string {
	switch {
	case c.Gone:
		return fmt.Sprintf("%s@%s gone", c.ID, c.Host)
	case c.Host != "":
		return fmt.Sprintf("%s@%s %s", c.ID, c.Host, c.Installation.Status())
	}
	return fmt.Sprintf("%s %s", c.ID, c.Template.Name)
}

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand()
		c := openCatalog(t, options(h.install))
		register(t, c, "t1")
		w := startWatch(t, c, nil)
		expect := func(want string) {
			t.Helper()
			if got := w.look(); got != want {
				t.Errorf("told %q, want %q", got, want)
			}
		}
		expect("t1 web")
		if _, err := c.Update(t.Context(), "t1", template.Update{Name: new("web2")}); err != nil {
			t.Fatal(err)
		}
		expect("t1 web2")
		install(t, c, "t1", "h1")
		expect("t1@h1 0% Downloaded")
		h.progress <- template.Progress{Phase: template.Downloading, Current: 1, Total: 2}
		expect("t1@h1 50% Downloaded")
		h.progress <- template.Progress{Phase: template.Downloading, Current: 1, Total: 2}
		expect("") // nothing has changed
		h.end <- nil
		expect("t1@h1 Download Complete")
		if _, err := c.Register(t.Context(), nginx()); err == nil {
			t.Error("another registration is taken")
		}
		expect("")
		register(t, c, "t2")
		expect("t2 web")
		if err := c.Uninstall(t.Context(), "t1", "h1", removing{}); err != nil {
			t.Fatal(err)
		}
		expect("t1@h1 gone")
		if err := c.Delete(t.Context(), "t1", template.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		expect("t1@ gone")
		w.cancel()
		synctest.Wait()
		if !w.over || !errors.Is(w.err, context.Canceled) {
			t.Errorf("the end of the context is %v", w.err)
		}
	})
}

// 49. A slow reader misses what something went through, never what it is at last.
func TestWatchSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand()
		c := openCatalog(t, options(h.install))
		register(t, c, "t1", "t2")
		pace := make(chan struct{})
		w := startWatch(t, c, pace)
		if got := w.look(); got != "t1 web" {
			t.Fatalf("told %q first", got)
		}
		install(t, c, "t1", "h1")
		for n := range 100 {
			h.progress <- template.Progress{Phase: template.Downloading, Current: int64(n), Total: 100}
		}
		h.end <- nil
		synctest.Wait()
		if err := c.Delete(t.Context(), "t2", template.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		close(pace)
		if got, want := w.look(), "t2 web, t1@h1 Download Complete, t2@ gone"; got != want {
			t.Errorf("told %q, want %q", got, want)
		}
		w.cancel()
	})
}

// TestWatchBroken: who breaks the loop off leaves nothing.
func TestWatchBroken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCatalog()
		register(t, c, "t1")
		for change, err := range c.Watch(t.Context()) {
			if change.ID != "t1" || err != nil {
				t.Errorf("told of %+v, %v", change, err)
			}
			break
		}
	})
}
