package lease_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/memory"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/lease"
)

// pulled is a source of one reference.
type pulled string

func (p pulled) Install(ctx context.Context, into template.ImageStore, _ template.InstallOptions) (template.Image, error) {
	puller, err := template.Role[template.Puller](into)
	if err != nil {
		return template.Image{}, err
	}
	return puller.Pull(ctx, string(p), template.PullOptions{})
}

const app = pulled("example.org/app:1")

// clock is a clock that the test turns.
type clock struct{ now time.Time }

func (c *clock) turn(by time.Duration) { c.now = c.now.Add(by) }

func (c *clock) keeper(t *testing.T, store template.ImageStore, opts lease.Options) *lease.Keeper {
	t.Helper()
	opts.Now = func() time.Time { return c.now }
	if opts.Owner == "" {
		opts.Owner = "me"
	}
	k, err := lease.New(store, opts)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newClock() *clock { return &clock{now: time.Unix(1_000_000, 0)} }

func installed(t *testing.T, k *lease.Keeper, source template.TemplateSource) (template.Image, *lease.Lease) {
	t.Helper()
	image, held, err := k.Install(t.Context(), source, template.InstallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return image, held
}

func release(t *testing.T, l *lease.Lease) {
	t.Helper()
	if err := l.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// swept sweeps and returns the reasons.
func swept(t *testing.T, k *lease.Keeper) []lease.Reason {
	t.Helper()
	all, err := k.Sweep(t.Context(), lease.SweepOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var reasons []lease.Reason
	for _, one := range all {
		reasons = append(reasons, one.Reason)
	}
	return reasons
}

func wantSwept(t *testing.T, k *lease.Keeper, want ...lease.Reason) {
	t.Helper()
	if got := swept(t, k); !slices.Equal(got, want) {
		t.Errorf("swept for %q, want %q", got, want)
	}
}

// names returns all names in a store.
func names(t *testing.T, store template.ImageStore) []string {
	t.Helper()
	lister, err := template.Role[template.Lister](store)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := lister.Stored(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, i := range stored {
		all = append(all, i.References...)
	}
	return all
}

// 70: a lease and then an instance keep the image; without either it goes after the delay.
func TestLifeOfAnImage(t *testing.T) {
	d := memory.New(memory.Options{}).Open("me")
	c := newClock()
	k := c.keeper(t, d.Images(), lease.Options{})
	image, held := installed(t, k, app)
	wantSwept(t, k)
	c.turn(lease.DefaultTTL - time.Second)
	wantSwept(t, k)
	if _, err := d.Create(t.Context(), driver.Spec{ID: "i1", Image: image.ID}); err != nil {
		t.Fatal(err)
	}
	release(t, held)
	release(t, held)
	wantSwept(t, k)
	c.turn(24 * time.Hour)
	wantSwept(t, k)
	if err := d.Destroy(t.Context(), "i1", driver.DestroyOptions{}); err != nil {
		t.Fatal(err)
	}
	wantSwept(t, k) // from here on nobody needs it
	c.turn(lease.DefaultDelay - time.Second)
	wantSwept(t, k)
	c.turn(time.Second)
	dry, err := k.Sweep(t.Context(), lease.SweepOptions{DryRun: true})
	if err != nil || len(dry) != 1 || dry[0].ID != image.ID || dry[0].Size != image.Size || len(dry[0].References) != 2 {
		t.Errorf("a dry run says %+v, %v", dry, err)
	}
	wantSwept(t, k, lease.Unneeded)
	wantSwept(t, k)
	if left := names(t, d.Images()); len(left) > 0 {
		t.Errorf("%q are left", left)
	}
}

// 70: the leases of a process outlive it, and so does what it brought; the delay begins anew.
func TestRestart(t *testing.T) {
	d := memory.New(memory.Options{}).Open("me")
	c := newClock()
	image, _ := installed(t, c.keeper(t, d.Images(), lease.Options{}), app)
	k := c.keeper(t, d.Images(), lease.Options{})
	wantSwept(t, k)
	c.turn(lease.DefaultTTL)
	wantSwept(t, k, lease.Over) // of the process that is gone
	c.turn(lease.DefaultDelay)
	k = c.keeper(t, d.Images(), lease.Options{})
	wantSwept(t, k)
	c.turn(lease.DefaultDelay)
	wantSwept(t, k, lease.Unneeded)
	if _, err := k.Hold(t.Context(), image.ID, 0); !errors.Is(err, dockerhv.ErrNotFound) {
		t.Errorf("what is gone is held: %v", err)
	}
}

// 71: what was there before, or has a name of somebody's, stays.
func TestWhatOthersHave(t *testing.T) {
	host := memory.New(memory.Options{})
	images := host.Open("me").Images()
	c := newClock()
	k := c.keeper(t, images, lease.Options{})
	theirs := host.Put("example.org/theirs:1", memory.Image{})
	_, held := installed(t, k, pulled("example.org/theirs:1"))
	release(t, held)
	image, held := installed(t, k, app)
	release(t, held)
	tagger, err := template.Role[template.Tagger](images)
	if err != nil {
		t.Fatal(err)
	}
	if err := tagger.Tag(t.Context(), image.ID, "example.org/copy:1"); err != nil {
		t.Fatal(err)
	}
	wantSwept(t, k)
	c.turn(time.Hour)
	wantSwept(t, k, lease.Unneeded) // it is theirs now
	c.turn(time.Hour)
	wantSwept(t, k)
	want := []string{"example.org/app:1", "example.org/copy:1", "example.org/theirs:1"}
	left := names(t, images)
	slices.Sort(left)
	if !slices.Equal(left, want) {
		t.Errorf("%q are left of %s, want %q", left, theirs.ID, want)
	}
}

// 71: of two owners on one host the last one removes.
func TestTwoOwners(t *testing.T) {
	host := memory.New(memory.Options{})
	c := newClock()
	one := c.keeper(t, host.Open("one").Images(), lease.Options{Owner: "one"})
	two := c.keeper(t, host.Open("two").Images(), lease.Options{Owner: "two"})
	_, held := installed(t, one, app)
	_, also := installed(t, two, app)
	release(t, held)
	wantSwept(t, one)
	c.turn(time.Minute)
	wantSwept(t, one) // the other holds it
	release(t, also)
	wantSwept(t, two)
	wantSwept(t, one)
	c.turn(time.Hour)
	wantSwept(t, two) // which did not bring it
	wantSwept(t, one, lease.Unneeded)
	if left := names(t, host.Open("one").Images()); len(left) > 0 {
		t.Errorf("%q are left", left)
	}
}

// 74: off is off, for the watermark and for leases that are over, too.
func TestOff(t *testing.T) {
	d := memory.New(memory.Options{}).Open("me")
	c := newClock()
	k := c.keeper(t, d.Images(), lease.Options{Delay: -1, High: 1})
	installed(t, k, app)
	for range 3 {
		wantSwept(t, k)
		c.turn(24 * time.Hour)
	}
	if n := len(names(t, d.Images())); n != 3 {
		t.Errorf("%d names are left, want 3", n)
	}
}

// 75: a store that is too full is swept without delay, but for what is pinned.
func TestWatermark(t *testing.T) {
	d := memory.New(memory.Options{}).Open("me")
	c := newClock()
	k := c.keeper(t, d.Images(), lease.Options{High: 1})
	_, held := installed(t, k, app)
	release(t, held)
	image, held := installed(t, k, pulled("example.org/base:1"))
	if _, err := k.Hold(t.Context(), image.ID, -1); err != nil {
		t.Fatal(err)
	}
	release(t, held)
	wantSwept(t, k, lease.Full)
	c.turn(1000 * time.Hour)
	wantSwept(t, k)
	if _, err := d.Images().Image(t.Context(), image.ID); err != nil {
		t.Errorf("what is pinned: %v", err)
	}
}

// An image that can't be marked is taken back, for nobody would remove it later.
func TestMarkFails(t *testing.T) {
	host := memory.New(memory.Options{})
	images := host.Open("me").Images()
	k := newClock().keeper(t, failingTagger{images}, lease.Options{})
	if _, _, err := k.Install(t.Context(), app, template.InstallOptions{}); !errors.Is(err, errTag) {
		t.Errorf("Install = %v", err)
	}
	if left := names(t, images); len(left) > 0 {
		t.Errorf("%q are left", left)
	}
}

var errTag = errors.New("no more tags")

// failingTagger is a store that takes no marks.
type failingTagger struct{ template.ImageStore }

func (s failingTagger) Unwrap() template.ImageStore { return s.ImageStore }

func (s failingTagger) Tag(ctx context.Context, id, ref string) error {
	if strings.Contains(ref, "brought") {
		return errTag
	}
	tagger, err := template.Role[template.Tagger](s.ImageStore)
	if err != nil {
		return err
	}
	return tagger.Tag(ctx, id, ref)
}

func TestRefusals(t *testing.T) {
	images := memory.New(memory.Options{}).Open("me").Images()
	for field, opts := range map[string]lease.Options{
		"owner": {}, "high": {Owner: "o", High: -1}, "low": {Owner: "o", High: 5, Low: 6},
		"interval": {Owner: "o", Interval: -1},
	} {
		_, err := lease.New(images, opts)
		if fault, ok := errors.AsType[*dockerhv.FieldError](err); !ok || fault.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	for _, opts := range []lease.Options{{Owner: "o"}, {Owner: "o", High: 5}} {
		if _, err := lease.New(plain{images}, opts); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("a store without roles: %v", err)
		}
	}
}

// plain is a store without roles.
type plain struct{ template.ImageStore }

// Run sweeps until it is told not to, and goes on when the host is away.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := memory.New(memory.Options{})
		images := host.Open("me").Images()
		ctx, cancel := context.WithCancelCause(t.Context())
		var told []string
		k, err := lease.New(images, lease.Options{Owner: "me", OnSweep: func(all []lease.Swept, err error) {
			told = append(told, fmt.Sprint(len(all), err != nil))
			if len(told) == 2 {
				host.Fail(func(context.Context, memory.Call) error {
					host.Fail(nil)
					return dockerhv.ErrUnavailable
				})
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		_, held := installed(t, k, app)
		release(t, held)
		ended := make(chan error)
		go func() { ended <- k.Run(ctx) }()
		time.Sleep(lease.DefaultDelay + lease.DefaultInterval/2)
		why := errors.New("enough")
		cancel(why)
		if err := <-ended; !errors.Is(err, why) {
			t.Errorf("Run = %v", err)
		}
		if want := []string{"0 false", "0 false", "0 true", "1 false"}; !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
	})
}

// A catalog's template is a source like others.
func TestCatalogsTemplate(t *testing.T) {
	images := memory.New(memory.Options{}).Open("me").Images()
	catalog := template.NewCatalog(map[template.Format]template.Opener{
		template.Repository: func(template.Registration) (template.TemplateSource, error) { return app, nil },
	})
	if _, err := catalog.Register(t.Context(), template.Registration{ID: "t-1", Format: template.Repository, URL: string(app)}); err != nil {
		t.Fatal(err)
	}
	k := newClock().keeper(t, images, lease.Options{})
	image, held := installed(t, k, catalog.SourceOn("t-1", "host-1"))
	release(t, held)
	on, err := catalog.Installation(t.Context(), "t-1", "host-1")
	if err != nil || on.State != template.Downloaded || on.Image.ID != image.ID {
		t.Errorf("the catalog says %+v, %v", on, err)
	}
	if _, _, err := k.Install(t.Context(), catalog.SourceOn("t-2", "host-1"), template.InstallOptions{}); !errors.Is(err, dockerhv.ErrNotFound) {
		t.Errorf("what is not registered: %v", err)
	}
}
