package driver_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/memory"
)

// share and lease are kinds that package driver does not know.
const share, lease driver.Kind = "share", "lease"

// rich is a driver whose owner has such.
type rich struct {
	driver.Driver
	objects []driver.Object
	fail    error
}

func (r *rich) Unwrap() driver.Driver { return r.Driver }

func (r *rich) Objects(context.Context) ([]driver.Object, error) { return r.objects, r.fail }

func (r *rich) Discard(_ context.Context, o driver.Object) error {
	if o.Name == "busy" {
		return &dockerhv.Error{Op: "discard volume", ID: o.Name, Class: dockerhv.ErrConflict}
	}
	r.objects = slices.DeleteFunc(r.objects, func(other driver.Object) bool { return other.Kind == o.Kind && other.Name == o.Name })
	return nil
}

// 53: the host's clock is an hour from ours, either way.
func skewed(by time.Duration) (*memory.Host, driver.Driver, string) {
	host := memory.New(memory.Options{Now: func() time.Time { return time.Now().Add(by) }})
	image := host.Put("example.org/app:1", memory.Image{Command: []string{"sleep", "1000"}})
	return host, host.Open("o"), image.ID
}

// 53: an hour between the clocks shortens no grace, and lengthens none.
func TestSweepByTheHostsClock(t *testing.T) {
	for _, by := range []time.Duration{time.Hour, -time.Hour} {
		_, d, image := skewed(by)
		if _, err := d.Create(t.Context(), driver.Spec{ID: "young", Image: image}); err != nil {
			t.Fatal(err)
		}
		swept, err := driver.Sweep(t.Context(), d, driver.SweepOptions{DryRun: true})
		if err != nil || len(swept) != 0 {
			t.Errorf("the clock is %v ahead: of what is young it sweeps %v, %v", by, swept, err)
		}
		time.Sleep(20 * time.Millisecond)
		swept, err = driver.Sweep(t.Context(), d, driver.SweepOptions{DryRun: true, Grace: 10 * time.Millisecond})
		if err != nil || len(swept) != 1 {
			t.Errorf("the clock is %v ahead: of what is old it sweeps %v, %v", by, swept, err)
		}
	}
}

// 52: nothing is swept of a host of which not all is known.
func TestSweepNeedsAllAnswers(t *testing.T) {
	for _, op := range []string{"describe host", "list instances", "inspect instance"} {
		host, d, image := skewed(0)
		for _, id := range []string{"a", "b", "c"} {
			if _, err := d.Create(t.Context(), driver.Spec{ID: id, Image: image}); err != nil {
				t.Fatal(err)
			}
		}
		host.Fail(func(_ context.Context, c memory.Call) error {
			if c.Op == op && (c.ID == "" || c.ID == "c") {
				return &dockerhv.Error{Class: dockerhv.ErrUnavailable}
			}
			return nil
		})
		if swept, err := driver.Sweep(t.Context(), d, driver.SweepOptions{Grace: -1}); !errors.Is(err, dockerhv.ErrUnavailable) || swept != nil {
			t.Errorf("%s fails: swept %v, %v", op, swept, err)
		}
		host.Fail(nil)
		if all, err := d.List(t.Context(), driver.Filter{}); err != nil || len(all) != 3 {
			t.Errorf("%s failed: there are %v, %v", op, all, err)
		}
	}
}

// 50, 52: what was created anew by the same ID while the sweep was under way is not
// what was found.
func TestSweepSparesWhatWasCreatedAnew(t *testing.T) {
	host, d, image := skewed(0)
	spec := driver.Spec{ID: "a", Image: image}
	if _, err := d.Create(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	looks := 0
	host.Fail(func(ctx context.Context, c memory.Call) error {
		if c.Op == "inspect instance" && c.Phase == memory.Before {
			if looks++; looks == 2 {
				other := host.Open("o")
				return errors.Join(other.Destroy(ctx, "a", driver.DestroyOptions{}), func() error { _, err := other.Create(ctx, spec); return err }())
			}
		}
		return nil
	})
	swept, err := driver.Sweep(t.Context(), d, driver.SweepOptions{Grace: -1})
	if !errors.Is(err, dockerhv.ErrConflict) || len(swept) != 0 {
		t.Errorf("swept %v, %v", swept, err)
	}
	if _, err := d.Inspect(t.Context(), "a"); err != nil {
		t.Error(err)
	}
}

// 50, 52, 54: what is no instance is swept by kind, if nothing uses them, and audited.
func TestSweepObjects(t *testing.T) {
	_, d, _ := skewed(0)
	old := time.Now().Add(-time.Hour)
	all := []driver.Object{
		{Kind: share, Name: "wanted", Created: old},
		{Kind: share, Name: "used", Created: old, InUse: true},
		{Kind: share, Name: "busy", Created: old},
		{Kind: share, Name: "old", Created: old},
		{Kind: share, Name: "young", Created: time.Now()},
		{Kind: share, Name: "of no age"},
		{Kind: lease, Name: "old", Created: old},
	}
	r := &rich{Driver: d, objects: slices.Clone(all)}
	wanted := driver.Wanted{share: {"wanted", "gone"}}
	dry, err := driver.SweepObjects(t.Context(), r, wanted, driver.SweepOptions{DryRun: true})
	if err != nil || len(dry) != 2 || len(r.objects) != len(all) {
		t.Errorf("dry: %v, %v; left are %v", dry, err, r.objects)
	}
	swept, err := driver.SweepObjects(t.Context(), r, wanted, driver.SweepOptions{})
	if diff := cmp.Diff([]driver.Object{all[3]}, swept); diff != "" || err != nil {
		t.Errorf("%v; swept (-want +got):\n%s", err, diff)
	}
	drift, err := driver.Audit(t.Context(), r, wanted)
	if err != nil {
		t.Fatal(err)
	}
	ignore := cmpopts.IgnoreFields(driver.Object{}, "Created", "InUse")
	want := driver.Drift{
		Unwanted: []driver.Object{
			{Kind: lease, Name: "old"},
			{Kind: share, Name: "busy"},
			{Kind: share, Name: "of no age"},
			{Kind: share, Name: "used"},
			{Kind: share, Name: "young"},
		},
		Missing: []driver.Object{{Kind: share, Name: "gone"}},
	}
	if diff := cmp.Diff(want, drift, ignore); diff != "" {
		t.Errorf("drift (-want +got):\n%s", diff)
	}
	r.fail = &dockerhv.Error{Op: "list volumes", Class: dockerhv.ErrUnavailable}
	if _, err := driver.Audit(t.Context(), r, wanted); !errors.Is(err, dockerhv.ErrUnavailable) {
		t.Errorf("audit: %v", err)
	}
	if _, err := driver.SweepObjects(t.Context(), r, wanted, driver.SweepOptions{}); !errors.Is(err, dockerhv.ErrUnavailable) {
		t.Errorf("sweep: %v", err)
	}
	if swept, err := driver.SweepObjects(t.Context(), d, wanted, driver.SweepOptions{}); swept != nil || err != nil {
		t.Errorf("of a driver that is no Sweeper: %v, %v", swept, err)
	}
	if swept, err := driver.SweepObjects(t.Context(), r, nil, driver.SweepOptions{Grace: -1}); swept != nil || err != nil {
		t.Errorf("where no kind is asked for: %v, %v", swept, err)
	}
}
