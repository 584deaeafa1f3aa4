package lease

import (
	"cmp"
	"crypto/rand"
	"slices"
	"time"

	"github.com/dockerhv/dockerhv/template"
)

// Reason says why something is removed.
type Reason string

// The reasons.
const (
	Unneeded Reason = "unneeded" // for the delay nobody has needed the image
	Full     Reason = "full"     // nobody needs the image, and the store is above its watermark
	Over     Reason = "over"     // a lease of the image has ended
)

// Swept is an image of which a sweep has removed, or would have, the references.
type Swept struct {
	ID         string
	References []string
	Size       int64 // what the image took, of which other images may have some; 0 if it stays
	Reason     Reason
}

// plan decides what goes. It is pure: free says since when nobody needs an image, used what
// the store takes.
func (k *Keeper) plan(stored []template.Stored, free map[string]time.Time, now time.Time, used int64) []Swept {
	var swept, spared []Swept
	for _, i := range stored {
		l := k.look(i, now)
		if len(l.over) > 0 {
			swept = append(swept, Swept{ID: i.ID, References: l.over, Reason: Over})
		}
		since, ok := free[i.ID]
		if l.needed || len(l.mark) == 0 || !ok {
			continue
		}
		one := Swept{ID: i.ID, References: l.names(), Size: i.Size, Reason: Unneeded}
		if l.others {
			one.Size = 0
		}
		if now.Sub(since) < k.opts.Delay {
			spared = append(spared, one)
			continue
		}
		swept = append(swept, one)
		used -= one.Size
	}
	if k.opts.High == 0 || used <= k.opts.High {
		return swept
	}
	slices.SortFunc(spared, func(a, b Swept) int {
		return cmp.Or(free[a.ID].Compare(free[b.ID]), cmp.Compare(a.ID, b.ID))
	})
	for _, one := range spared {
		if used <= k.opts.Low {
			break
		}
		one.Reason = Full
		swept = append(swept, one)
		used -= one.Size
	}
	return swept
}

// observe notes since when nobody needs each image, and returns that. Marks that are made
// from now on are of another series than those that it has seen.
func (k *Keeper) observe(stored []template.Stored, now time.Time) map[string]time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	free := make(map[string]time.Time)
	for _, i := range stored {
		if l := k.look(i, now); l.needed || len(l.mark) == 0 {
			continue
		}
		since, ok := k.free[i.ID]
		if !ok {
			since = now
		}
		free[i.ID] = since
	}
	k.free, k.marks = free, rand.Text()
	return free
}
