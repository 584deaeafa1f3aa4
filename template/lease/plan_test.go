package lease

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv/template"
)

const (
	pinned = "docker.io/library/app@sha256:aa"
	tagged = "localhost/dockerhv:tarfile-1"
)

func planner(o Options) *Keeper {
	o.Owner = "me"
	return &Keeper{opts: o.complete(), owner: digest("me")}
}

func mark(owner, name string) string { return markName(digest(owner), name, "X") }

// 70-72, 75: what goes, and under which names.
func TestPlan(t *testing.T) {
	now := time.Unix(10_000, 0)
	held, over := leaseName(digest("you"), now.Add(time.Second), "A"), leaseName(digest("you"), now, "A")
	long := map[string]time.Time{"i": now.Add(-time.Hour), "j": now.Add(-time.Minute), "k": now.Add(-2 * time.Minute)}
	image := func(refs ...string) template.Stored { return template.Stored{ID: "i", References: refs, Size: 10} }
	unneeded := func(size int64, refs ...string) []Swept {
		return []Swept{{ID: "i", References: refs, Size: size, Reason: Unneeded}}
	}
	used := image(pinned, mark("me", pinned))
	used.Used = true
	for name, tc := range map[string]struct {
		opts   Options
		used   int64
		stored []template.Stored
		want   []Swept
	}{
		"what was brought and nobody needs":     {stored: []template.Stored{image(pinned, mark("me", pinned))}, want: unneeded(10, pinned, mark("me", pinned))},
		"what nobody brought":                   {stored: []template.Stored{image(pinned)}},
		"what somebody else brought":            {stored: []template.Stored{image(pinned, mark("you", pinned))}},
		"what others brought, too":              {stored: []template.Stored{image(pinned, mark("me", pinned), mark("you", pinned))}, want: unneeded(0, mark("me", pinned))},
		"what others have given a name":         {stored: []template.Stored{image(pinned, "docker.io/library/app:1", mark("me", pinned))}, want: unneeded(0, mark("me", pinned))},
		"what others have given another name":   {stored: []template.Stored{image("docker.io/library/other:1", mark("me", pinned))}, want: unneeded(0, mark("me", pinned))},
		"what has lost its name":                {stored: []template.Stored{image(mark("me", pinned))}, want: unneeded(10, mark("me", pinned))},
		"what was brought under two names":      {stored: []template.Stored{image(tagged, pinned, mark("me", tagged), mark("me", pinned))}, want: unneeded(10, pinned, tagged, mark("me", tagged), mark("me", pinned))},
		"what was brought twice":                {stored: []template.Stored{image(pinned, mark("me", pinned), mark("me", pinned)+"Y")}, want: unneeded(10, pinned, mark("me", pinned), mark("me", pinned)+"Y")},
		"what has a digest of each of its tags": {stored: []template.Stored{image(tagged, "localhost/dockerhv@sha256:aa", mark("me", tagged), "localhost/dockerhv/brought@sha256:aa")}, want: unneeded(10, tagged, mark("me", tagged))},
		"what an instance uses":                 {stored: []template.Stored{used}},
		"what a lease holds":                    {stored: []template.Stored{image(pinned, mark("me", pinned), held)}},
		"what is pinned":                        {stored: []template.Stored{image(pinned, mark("me", pinned), leaseName(digest("me"), time.Time{}, "A"))}},
		"what a lease of no known form holds":   {stored: []template.Stored{image(pinned, mark("me", pinned), neededBy+"soon")}},
		"what a lease held": {
			stored: []template.Stored{image(pinned, mark("me", pinned), over)},
			want:   append([]Swept{{ID: "i", References: []string{over}, Reason: Over}}, unneeded(10, pinned, mark("me", pinned))...),
		},
		"a lease of what others have": {stored: []template.Stored{image(pinned, over)}, want: []Swept{{ID: "i", References: []string{over}, Reason: Over}}},
		"what was just needed": {
			opts: Options{Delay: 2 * time.Hour}, stored: []template.Stored{image(pinned, mark("me", pinned))},
		},
		"what is full, the longest unneeded first, until it is low": {
			opts: Options{Delay: 2 * time.Hour, High: 50, Low: 40}, used: 55,
			stored: []template.Stored{
				{ID: "j", References: []string{"j", mark("me", "j")}, Size: 10},
				{ID: "i", References: []string{"i", mark("me", "i")}, Size: 10},
				{ID: "k", References: []string{"k", mark("me", "k")}, Size: 10},
			},
			want: []Swept{
				{ID: "i", References: []string{"i", mark("me", "i")}, Size: 10, Reason: Full},
				{ID: "k", References: []string{"k", mark("me", "k")}, Size: 10, Reason: Full},
			},
		},
		"what is not quite full": {
			opts: Options{Delay: 2 * time.Hour, High: 50}, used: 50, stored: []template.Stored{image(pinned, mark("me", pinned))},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := planner(tc.opts).plan(tc.stored, long, now, tc.used)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzPlan: whatever names there are, nothing goes that is needed or was not brought, and no
// name that is neither ours nor what a mark says.
func FuzzPlan(f *testing.F) {
	f.Add("a", "b", false, int64(5), int64(100))
	f.Add(neededBy+"12-x", broughtBy+digest("me")+"-", true, int64(0), int64(0))
	f.Add("localhost/dockerhv/brought@sha256:aa", neededBy+"99999999999", false, int64(1), int64(1))
	f.Fuzz(func(t *testing.T, name, other string, used bool, high, takes int64) {
		now := time.Unix(10_000, 0)
		k := planner(Options{High: max(high, 0)})
		for _, i := range []template.Stored{
			{ID: "i", References: []string{name, other}, Used: used},
			{ID: "i", References: []string{name, other, mark("me", name)}, Used: used},
		} {
			for _, swept := range k.plan([]template.Stored{i}, map[string]time.Time{"i": {}}, now, takes) {
				l := k.look(i, now)
				for _, ref := range swept.References {
					switch {
					case !slices.Contains(i.References, ref):
						t.Errorf("%q is no name of the image", ref)
					case swept.Reason == Over && slices.Contains(l.over, ref):
					case l.needed || len(l.mark) == 0 || !slices.Contains(append(l.mark, l.brought...), ref):
						t.Errorf("%q goes of %+v", ref, i)
					}
				}
			}
		}
	})
}
