package lease

import (
	"cmp"
	"context"
	"crypto/rand"
	"sync"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// Defaults of the options.
const (
	DefaultDelay    = 3 * time.Minute // as Nomad's image_delay
	DefaultInterval = time.Minute
)

// Options says who keeps images, and for how long. Owner alone is required.
type Options struct {
	// Owner is who brings and holds images: a Keeper removes what one of the same owner
	// brought, whatever process it was in. Give the driver's.
	Owner string
	// Delay is for how long nobody must have needed an image before it is removed; 0 means
	// DefaultDelay. It begins anew with each Keeper. Negative removes nothing at all.
	Delay time.Duration
	// High and Low are watermarks of what the store's images may take, in bytes. Beyond High,
	// what nobody needs is removed without delay, what was needed last at last, until it
	// is Low, or 9/10 of High where that is 0. A High of 0 means that there is no bound.
	High, Low int64
	// Used tells what the watermarks are compared with; nil means what the store says that
	// all images take. To bound the disk, tell what is used of it.
	Used func(ctx context.Context) (int64, error)
	// Interval is how often Run sweeps; 0 means DefaultInterval.
	Interval time.Duration
	// OnSweep is called by Run after each sweep; nil is silence.
	OnSweep func(swept []Swept, err error)
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Keeper keeps and removes the images of one store for one owner. It is safe for concurrent
// use, also by several processes that each have one.
type Keeper struct {
	opts   Options
	owner  string // as names have it
	store  template.ImageStore
	tagger template.Tagger
	lister template.Lister

	mu    sync.Mutex
	free  map[string]time.Time // since when nobody needs an image, by its ID
	marks string               // what the names of marks end with until the next sweep
}

// New returns a keeper of a store. The store must be a [template.Tagger] and a
// [template.Lister], and a [template.Measurer] if there is a watermark and no Options.Used;
// else the error matches errors.ErrUnsupported.
func New(store template.ImageStore, opts Options) (*Keeper, error) {
	if err := opts.check(); err != nil {
		return nil, &dockerhv.Error{Op: "keep images", Err: err}
	}
	k := &Keeper{opts: opts.complete(), owner: digest(opts.Owner), store: store, marks: rand.Text()}
	var err error
	if k.tagger, err = template.Role[template.Tagger](store); err != nil {
		return nil, err
	}
	if k.lister, err = template.Role[template.Lister](store); err != nil {
		return nil, err
	}
	if k.opts.High > 0 && k.opts.Used == nil {
		measurer, err := template.Role[template.Measurer](store)
		if err != nil {
			return nil, err
		}
		k.opts.Used = measurer.Used
	}
	return k, nil
}

func (o Options) check() error {
	switch {
	case o.Owner == "":
		return &dockerhv.FieldError{Field: "owner", Reason: "is empty; give the driver's"}
	case o.Interval < 0:
		return &dockerhv.FieldError{Field: "interval", Reason: "is negative; give how often to sweep, or 0 for the default"}
	case o.High < 0:
		return &dockerhv.FieldError{Field: "high", Reason: "is negative; give bytes, or 0 for no bound"}
	case o.Low < 0 || o.Low > o.High:
		return &dockerhv.FieldError{Field: "low", Reason: "is not between 0 and high; give bytes, or 0 for 9/10 of it"}
	}
	return nil
}

func (o Options) complete() Options {
	o.Delay = cmp.Or(o.Delay, DefaultDelay)
	o.Interval = cmp.Or(o.Interval, DefaultInterval)
	o.Low = cmp.Or(o.Low, o.High/10*9)
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// series is what the names of marks end with now.
func (k *Keeper) series() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.marks
}
