package template_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

func TestDelete(t *testing.T) {
	c := newCatalog()
	register(t, c, "a", "b", "c")
	if err := errors.Join(
		c.Delete(t.Context(), "b", template.DeleteOptions{}), c.Delete(t.Context(), "b", template.DeleteOptions{}),
		c.Delete(t.Context(), "never", template.DeleteOptions{}),
	); err != nil {
		t.Errorf("Delete of what is absent = %v, want success", err)
	}
	if list, _ := c.List(t.Context(), template.Filter{}); list.Count != 2 {
		t.Errorf("%d templates are left, want 2", list.Count)
	}
	r := nginx()
	r.ID, r.URL = "b", "other"
	if _, err := c.Register(t.Context(), r); err != nil {
		t.Errorf("the ID of a deleted template is not free: %v", err)
	}
}

// TestDeleteInUse: what is used is deleted only if it is forced.
func TestDeleteInUse(t *testing.T) {
	for _, tt := range []struct {
		name      string
		installed bool
		users     []string
		want      string
	}{
		{"installed", true, nil, "it is installed on h1"},
		{"used", false, []string{"i-1", "i-2"}, "it is used by i-1, i-2"},
		{"both", true, []string{"1", "2", "3", "4", "5", "6", "7"}, "it is used by 1, 2, 3, 4, 5 and 2 more, and it is installed on h1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			opts := options(nil)
			opts.InUse = func(_ context.Context, id, host string) ([]string, error) {
				if id != "t1" || host != "" {
					t.Errorf("InUse is asked for %q on %q", id, host)
				}
				return tt.users, nil
			}
			c := openCatalog(t, opts)
			register(t, c, "t1")
			if tt.installed {
				mustInstall(t, c, "t1")
			}
			err := c.Delete(t.Context(), "t1", template.DeleteOptions{})
			wantError(t, err, dockerhv.ErrConflict, template.ParamError)
			if want := "delete template t1: " + tt.want + "; uninstall it first, or force it"; err.Error() != want {
				t.Errorf("Delete = %v, want %s", err, want)
			}
			var used *template.InUseError
			if !errors.As(err, &used) || len(used.Users) != len(tt.users) || (len(used.Hosts) > 0) != tt.installed {
				t.Errorf("the error is %+v", used)
			}
			if err := c.Delete(t.Context(), "t1", template.DeleteOptions{Forced: true}); err != nil {
				t.Errorf("Delete by force = %v", err)
			}
			if list, _ := c.List(t.Context(), template.Filter{}); list.Count != 0 {
				t.Error("it is still there")
			}
		})
	}
}

// TestDeleteFailed: an installation that failed keeps nobody.
func TestDeleteFailed(t *testing.T) {
	c := openCatalog(t, options(func(context.Context, template.InstallOptions) (template.Image, error) {
		return template.Image{}, dockerhv.ErrNotFound
	}))
	register(t, c, "t1")
	if _, err := c.Install(t.Context(), "t1", "h1", store{}, template.InstallOptions{}); err == nil {
		t.Fatal("Install succeeds")
	}
	if err := c.Delete(t.Context(), "t1", template.DeleteOptions{}); err != nil {
		t.Errorf("Delete = %v", err)
	}
}

// TestDeleteWhileInstalling: an installation that goes on is a use, and by force is
// given up before Delete returns.
func TestDeleteWhileInstalling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand()
		opts := options(h.install)
		opts.Store = &template.MemoryStore{}
		c := openCatalog(t, opts)
		register(t, c, "t1")
		a := install(t, c, "t1", "h1")
		wantError(t, c.Delete(t.Context(), "t1", template.DeleteOptions{}), dockerhv.ErrConflict, template.ParamError)
		if err := c.Delete(t.Context(), "t1", template.DeleteOptions{Forced: true}); err != nil {
			t.Errorf("Delete by force = %v", err)
		}
		synctest.Wait()
		wantError(t, a.err, dockerhv.ErrNotFound, template.ParamError)
		if records, _ := opts.Store.Load(t.Context()); len(records) != 0 {
			t.Errorf("the store still has %v", records)
		}
		// What was deleted has no say in what is registered under its ID.
		register(t, c, "t1")
		wantInstallation(t, c, "h1", template.NotDownloaded, "Active")
	})
}

// TestDeleteDeaf: an installation that outlives its template's deletion has no say in
// what is registered under its ID.
func TestDeleteDeaf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		heard := make(chan struct{})
		opts := options(func(context.Context, template.InstallOptions) (template.Image, error) {
			<-heard
			return imageOf("nginx:1.27", template.Platform{}), nil
		})
		opts.Store = &template.MemoryStore{}
		c := openCatalog(t, opts)
		register(t, c, "t1")
		a := install(t, c, "t1", "h1")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		wantError(t, c.Delete(ctx, "t1", template.DeleteOptions{Forced: true}), context.DeadlineExceeded, template.InternalError)
		register(t, c, "t1")
		close(heard)
		synctest.Wait()
		wantError(t, a.err, dockerhv.ErrNotFound, template.ParamError)
		wantInstallation(t, c, "h1", template.NotDownloaded, "Active")
		if records, _ := opts.Store.Load(t.Context()); len(records) != 1 {
			t.Errorf("the store has %v", records)
		}
	})
}

// TestDeleteBeforeInstalling: an installation that waits for its host finds out that
// its template was deleted.
func TestDeleteBeforeInstalling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts := options(nil)
		opts.Store = &template.MemoryStore{}
		c := openCatalog(t, opts)
		register(t, c, "t1", "t2")
		mustInstall(t, c, "t1")
		s := slow{go_: make(chan struct{})}
		go func() { _ = c.Uninstall(t.Context(), "t1", "h1", s) }()
		a := install(t, c, "t2", "h1")
		if err := c.Delete(t.Context(), "t2", template.DeleteOptions{}); err != nil || a.over {
			t.Fatalf("Delete = %v, the installation is over: %t", err, a.over)
		}
		close(s.go_)
		synctest.Wait()
		wantError(t, a.err, dockerhv.ErrNotFound, template.ParamError)
		if records, _ := opts.Store.Load(t.Context()); len(records) != 1 {
			t.Errorf("the store has %v", records)
		}
	})
}
