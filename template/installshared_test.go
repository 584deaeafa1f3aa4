package template_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/dockerhv/dockerhv/template"
)

// 55. and 56. for whole templates: all who install one on a host share one
// installation, and one who gives up leaves it to the others.
func TestInstallShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand()
		c := openCatalog(t, options(h.install))
		register(t, c, "t1")
		first, second, third := install(t, c, "t1", "h1"), install(t, c, "t1", "h1"), install(t, c, "t1", "h1")
		h.progress <- template.Progress{Phase: template.Downloading, Current: 1, Total: 2}
		synctest.Wait()
		first.cancel() // the one whose context it began under
		synctest.Wait()
		wantError(t, first.err, context.Canceled, template.InternalError)
		h.progress <- template.Progress{Phase: template.Downloading, Current: 2, Total: 2}
		h.end <- nil
		synctest.Wait()
		for _, a := range []*call{second, third} {
			if a.err != nil || a.image.ID == "" || len(a.records) != 2 {
				t.Errorf("Install = %v, %v, with %d records", a.image, a.err, len(a.records))
			}
		}
		if h.begun != 1 || len(first.records) != 1 {
			t.Errorf("the source was asked %d times, and who gave up got %d records", h.begun, len(first.records))
		}
		wantInstallation(t, c, "h1", template.Downloaded, "Download Complete")
	})
}

// 56. The installation stops when the last waiter leaves, who returns after it has.
func TestInstallAbandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand()
		c := openCatalog(t, options(h.install))
		register(t, c, "t1")
		first, second := install(t, c, "t1", "h1"), install(t, c, "t1", "h1")
		first.cancel()
		synctest.Wait()
		wantInstallation(t, c, "h1", template.InProgress, "0% Downloaded")
		second.cancel()
		synctest.Wait()
		wantError(t, second.err, context.Canceled, template.InternalError)
		wantInstallation(t, c, "h1", template.Abandoned, "abandoned: all who installed it gave up")

		third := install(t, c, "t1", "h1")
		h.end <- nil
		synctest.Wait()
		if third.err != nil || h.begun != 2 {
			t.Errorf("Install after that = %v, the source was asked %d times", third.err, h.begun)
		}
	})
}

// TestInstallWhileGivingUp: who comes while an installation ends does not join it.
func TestInstallWhileGivingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cleaned := make(chan struct{})
		begun := 0
		c := openCatalog(t, options(func(ctx context.Context, _ template.InstallOptions) (template.Image, error) {
			if begun++; begun > 1 {
				return imageOf("nginx:1.27", template.Platform{}), nil
			}
			<-ctx.Done()
			<-cleaned
			return template.Image{}, ctx.Err()
		}))
		register(t, c, "t1")
		first := install(t, c, "t1", "h1")
		first.cancel()
		second, third := install(t, c, "t1", "h1"), install(t, c, "t1", "h1")
		third.cancel() // who only waits can go at once
		synctest.Wait()
		if first.over || second.over || !third.over || begun != 1 {
			t.Errorf("before it was cleaned up: %t, %t, %t, %d", first.over, second.over, third.over, begun)
		}
		close(cleaned)
		synctest.Wait()
		if second.err != nil || second.image.ID == "" || !errors.Is(first.err, context.Canceled) {
			t.Errorf("the first ended with %v, the second with %v, %v", first.err, second.image, second.err)
		}
	})
}

// TestInstallElsewhere: hosts and templates do not wait for each other.
func TestInstallElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand()
		c := openCatalog(t, options(h.install))
		register(t, c, "t1", "t2")
		install(t, c, "t1", "h1")
		install(t, c, "t1", "h2")
		install(t, c, "t2", "h1")
		if h.begun != 3 {
			t.Errorf("%d installations go on, want 3", h.begun)
		}
		all, err := c.Installations(t.Context(), "t1")
		if err != nil || len(all) != 2 || all[0].Host != "h1" || all[1].Host != "h2" {
			t.Errorf("Installations = %+v, %v", all, err)
		}
		for range 3 {
			h.end <- nil
		}
	})
}

// TestInstallLeftInSilence: who has left hears nothing more, not even of a record that
// was on its way while another caller kept it.
func TestInstallLeftInSilence(t *testing.T) {
	for range 20 { // whose turn is first is chance
		synctest.Test(t, func(t *testing.T) {
			h := newHand()
			c := openCatalog(t, options(h.install))
			register(t, c, "t1")
			leaver := install(t, c, "t1", "h1")
			keep := make(chan struct{})
			go func() {
				_, _ = c.Install(t.Context(), "t1", "h1", store{}, template.InstallOptions{Progress: func(template.Progress) { <-keep }})
			}()
			synctest.Wait()
			h.progress <- template.Progress{Phase: template.Resolving}
			synctest.Wait()
			leaver.cancel()
			synctest.Wait()
			heard := len(leaver.records)
			close(keep)
			synctest.Wait()
			if !leaver.over || len(leaver.records) != heard {
				t.Errorf("it is over: %t, and then heard %d records", leaver.over, len(leaver.records)-heard)
			}
			h.end <- nil
		})
	}
}
