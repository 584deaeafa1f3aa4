package template_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// hand is a source's work that a test leads by hand: what is sent to progress is
// reported, and what is sent to end is the result.
type hand struct {
	progress chan template.Progress
	end      chan error
	begun    int
	platform template.Platform
}

func newHand() *hand { return &hand{progress: make(chan template.Progress), end: make(chan error)} }

func (h *hand) install(ctx context.Context, opts template.InstallOptions) (template.Image, error) {
	h.begun++
	h.platform = opts.Platform
	for {
		select {
		case p := <-h.progress:
			opts.Progress(p)
		case err := <-h.end:
			return imageOf("nginx:1.27", opts.Platform), err
		case <-ctx.Done():
			return template.Image{}, errors.New("the source was interrupted")
		}
	}
}

// call is an Install in the background.
type call struct {
	cancel  context.CancelFunc
	records []template.Progress
	image   template.Image
	err     error
	over    bool
}

// install begins one when all else has come to rest.
func install(t *testing.T, c *template.Catalog, id, host string) *call {
	synctest.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	a := &call{cancel: cancel}
	go func() {
		opts := template.InstallOptions{Progress: func(p template.Progress) { a.records = append(a.records, p) }}
		a.image, a.err = c.Install(ctx, id, host, store{}, opts)
		a.over = true
	}()
	synctest.Wait()
	return a
}

// wantInstallation checks how far t1 is on a host.
func wantInstallation(t *testing.T, c *template.Catalog, host string, state template.DownloadState, status string) template.Installation {
	t.Helper()
	got, err := c.Installation(t.Context(), "t1", host)
	if err != nil || got.State != state || got.Status() != status {
		t.Errorf("on %s it is %s, %q, %v; want %s, %q", host, got.State, got.Status(), err, state, status)
	}
	if got.Ready() != (state == template.Downloaded) {
		t.Errorf("in the state %s it is ready: %t", state, got.Ready())
	}
	return got
}

// TestInstallation leads one installation through its states, with the cloud's words.
func TestInstallation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand()
		c := openCatalog(t, options(h.install))
		register(t, c, "t1")
		wantInstallation(t, c, "h1", template.NotDownloaded, "Active")
		a := install(t, c, "t1", "h1")
		for _, step := range []struct {
			report template.Progress
			status string
		}{
			{template.Progress{Phase: template.Resolving}, "0% Downloaded"},
			{template.Progress{Phase: template.Downloading, Current: 5}, "0% Downloaded"},
			{template.Progress{Phase: template.Downloading, Current: 12, Total: 100}, "12% Downloaded"},
			{template.Progress{Phase: template.Downloading, Current: 20, Total: 1000}, "12% Downloaded"},
			{template.Progress{Phase: template.Downloading, Current: 999, Total: 1000}, "99% Downloaded"},
			{template.Progress{Phase: template.Downloading, Current: 1000, Total: 1000}, "Installing Template"},
			{template.Progress{Phase: template.Extracting}, "Installing Template"},
			{template.Progress{Phase: template.Done}, "Installing Template"},
		} {
			h.progress <- step.report
			synctest.Wait()
			wantInstallation(t, c, "h1", template.InProgress, step.status)
		}
		h.end <- nil
		synctest.Wait()
		got := wantInstallation(t, c, "h1", template.Downloaded, "Download Complete")
		image := imageOf("nginx:1.27", template.Platform{})
		want := template.Installation{
			Template: "t1", Host: "h1", State: template.Downloaded, Percent: 100, Image: image, Brought: []template.Image{image},
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(want, "Updated")); diff != "" || got.Updated.IsZero() {
			t.Errorf("the installation (-want +got):\n%s", diff)
		}
		if a.err != nil || a.image != image || len(a.records) != 8 || a.records[2].Item != "web" || a.records[2].Current != 12 {
			t.Errorf("Install = %v, %v, with the progress %v", a.image, a.err, a.records)
		}
	})
}

func TestInstallFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand()
		c := openCatalog(t, options(h.install))
		register(t, c, "t1")
		a := install(t, c, "t1", "h1")
		h.progress <- template.Progress{Phase: template.Building, Current: 1, Total: 4}
		h.end <- &dockerhv.Error{Op: "pull", ID: "nginx", Class: dockerhv.ErrDenied, Err: errors.New("no such\nuser")}
		synctest.Wait()
		got := wantInstallation(t, c, "h1", template.DownloadError, "pull nginx: no such; user")
		if got.Percent != 25 || got.Image != (template.Image{}) || got.Brought != nil {
			t.Errorf("what failed left %+v", got)
		}
		wantError(t, a.err, dockerhv.ErrDenied, template.AccountError)
		if a.err.Error() != "install template t1 on h1: pull nginx: no such; user" || a.image != (template.Image{}) {
			t.Errorf("Install = %v, %v", a.image, a.err)
		}
		// It can be tried again.
		install(t, c, "t1", "h1")
		wantInstallation(t, c, "h1", template.InProgress, "0% Downloaded")
		h.end <- nil
		synctest.Wait()
		wantInstallation(t, c, "h1", template.Downloaded, "Download Complete")
	})
}

// TestInstallErrorIsBounded: a build's output is no reason for an endless record.
func TestInstallErrorIsBounded(t *testing.T) {
	c := openCatalog(t, options(func(context.Context, template.InstallOptions) (template.Image, error) {
		return template.Image{}, errors.New("\x1b[2J\xff" + strings.Repeat("x", 1<<20))
	}))
	register(t, c, "t1")
	if _, err := c.Install(t.Context(), "t1", "h1", store{}, template.InstallOptions{}); err == nil {
		t.Fatal("Install succeeds")
	}
	if got, _ := c.Installation(t.Context(), "t1", "h1"); len(got.Error) != 1024 || !strings.HasPrefix(got.Error, "[2J\ufffdx") {
		t.Errorf("the error has %d bytes and begins with %q", len(got.Error), got.Error[:10])
	}
}

// TestInstallAgain: what is Downloaded stays so while it is looked for, and no longer
// when there is work to do.
func TestInstallAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand()
		c := openCatalog(t, options(h.install))
		register(t, c, "t1")
		install(t, c, "t1", "h1")
		h.end <- nil
		again := install(t, c, "t1", "h1")
		h.progress <- template.Progress{Phase: template.Resolving}
		wantInstallation(t, c, "h1", template.Downloaded, "Download Complete")
		again.cancel()
		synctest.Wait()
		wantInstallation(t, c, "h1", template.Downloaded, "Download Complete")

		again = install(t, c, "t1", "h1")
		h.progress <- template.Progress{Phase: template.Downloading, Current: 1, Total: 2}
		synctest.Wait()
		wantInstallation(t, c, "h1", template.InProgress, "50% Downloaded")
		h.end <- nil
		synctest.Wait()
		if got := wantInstallation(t, c, "h1", template.Downloaded, "Download Complete"); len(got.Brought) != 1 || again.err != nil {
			t.Errorf("Install again = %v, it brought %v", again.err, got.Brought)
		}
	})
}

func TestInstallPlatform(t *testing.T) {
	arm64 := template.Platform{OS: "linux", Architecture: "arm64"}
	v8 := template.Platform{OS: "linux", Architecture: "arm64", Variant: "v8"}
	for _, tt := range []struct {
		name, arch  string
		asked, want template.Platform
		refused     bool
	}{
		{name: "the host's own"},
		{name: "what is asked", asked: arm64, want: arm64},
		{name: "the template's", arch: "aarch64", want: arm64},
		{name: "a variant of the template's", arch: "aarch64", asked: v8, want: v8},
		{name: "another than the template's", arch: "x86_64", asked: arm64, refused: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCatalog()
			r := nginx()
			r.Arch = tt.arch
			if _, err := c.Register(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			got, err := c.Install(t.Context(), "t1", "h", store{}, template.InstallOptions{Platform: tt.asked})
			if tt.refused {
				checkField(t, err, "platform", "linux/arm64 is asked for, and the template is for linux/amd64")
				return
			}
			if err != nil || got.Platform != tt.want {
				t.Errorf("Install = %v, %v, want the platform %v", got, err, tt.want)
			}
			if i, _ := c.Installation(t.Context(), "t1", "h"); i.Platform != tt.want {
				t.Errorf("the installation is for %v", i.Platform)
			}
		})
	}
}

// TestInstallOtherPlatform: two platforms at once on one host are not shared.
func TestInstallOtherPlatform(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand()
		c := openCatalog(t, options(h.install))
		register(t, c, "t1")
		install(t, c, "t1", "h1")
		_, err := c.Install(t.Context(), "t1", "h1", store{}, template.InstallOptions{Platform: template.Platform{OS: "linux"}})
		wantError(t, err, dockerhv.ErrConflict, template.ResourceInUse)
		h.end <- nil
	})
}

func TestInstallRefuses(t *testing.T) {
	opts := options(nil)
	opts.ZoneOf = func(host string) string { return map[string]string{"h1": "z1", "h2": "z2"}[host] }
	c := openCatalog(t, opts)
	r := nginx()
	r.Zones = []string{"z1"}
	if _, err := c.Register(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	for host, field := range map[string]string{"": "host", "a\nb": "host", "h2": "zoneids", "h3": "zoneids"} {
		_, err := c.Install(t.Context(), "t1", host, store{}, template.InstallOptions{})
		checkField(t, err, field, "")
	}
	if _, err := c.Install(t.Context(), "t1", "h1", store{}, template.InstallOptions{}); err != nil {
		t.Errorf("Install in its zone = %v", err)
	}
	_, err := c.Install(t.Context(), "t2", "h1", store{}, template.InstallOptions{})
	wantError(t, err, dockerhv.ErrNotFound, template.ParamError)
	_, err = c.Installation(t.Context(), "t2", "h1")
	wantError(t, err, dockerhv.ErrNotFound, template.ParamError)
	_, err = c.Installations(t.Context(), "t2")
	wantError(t, err, dockerhv.ErrNotFound, template.ParamError)
}

// TestInstallUnrecorded: what the store does not keep is not done.
func TestInstallUnrecorded(t *testing.T) {
	var broken breakable
	opts := options(nil)
	opts.Store = &broken
	c := openCatalog(t, opts)
	register(t, c, "t1")
	broken.after = 1
	_, err := c.Install(t.Context(), "t1", "h1", store{}, template.InstallOptions{})
	wantError(t, err, errFull, template.InternalError)
	wantInstallation(t, c, "h1", template.DownloadError, errFull.Error())
	_, err = c.Install(t.Context(), "t1", "h1", store{}, template.InstallOptions{})
	wantError(t, err, errFull, template.InternalError)
	broken.after = 100
	if _, err := c.Install(t.Context(), "t1", "h1", store{}, template.InstallOptions{}); err != nil {
		t.Errorf("Install with a store that works again = %v", err)
	}
	wantInstallation(t, c, "h1", template.Downloaded, "Download Complete")
}

// TestInstallAgainUnrecorded: work that can't be recorded is given up at once.
func TestInstallAgainUnrecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var broken breakable
		h := newHand()
		opts := options(h.install)
		opts.Store = &broken
		c := openCatalog(t, opts)
		register(t, c, "t1")
		install(t, c, "t1", "h1")
		h.end <- nil
		again := install(t, c, "t1", "h1")
		broken.after = -1
		h.progress <- template.Progress{Phase: template.Loading}
		synctest.Wait()
		wantError(t, again.err, errFull, template.InternalError)
		wantInstallation(t, c, "h1", template.DownloadError, errFull.Error())
		if len(again.records) != 0 {
			t.Errorf("it was told of %v", again.records)
		}
	})
}
