package memory

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// Image is what instances of an image run, unless their specs say otherwise.
type Image struct {
	Entrypoint, Command       []string
	Env, Labels               map[string]string
	WorkDir, User, StopSignal string
}

// image is an image in the store.
type image struct {
	Image
	host *Host
	is   template.Image // without a reference

	captured string // of what and how, if it was
	files    tree   // beside those that every instance has
}

// Put puts an image into the host's store, as if a template had been installed. An
// image's ID is made of its reference and content, so that it is the same each time.
func (h *Host) Put(ref string, i Image) template.Image {
	data, err := json.Marshal(struct {
		Ref   string
		Image Image
	}{ref, i})
	if err != nil {
		data = []byte(ref) // unreachable: it is texts alone
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.put(data, i, ref)
}

// put adds an image of some content. The caller has the lock.
func (h *Host) put(content []byte, i Image, refs ...string) template.Image {
	sum := sha256.Sum256(content)
	id := "sha256:" + hex.EncodeToString(sum[:])
	is := template.Image{
		ID: id, Digest: id, Size: int64(len(content)),
		Platform: h.platform(),
	}
	if _, ok := h.images[id]; !ok {
		h.images[id] = &image{Image: i, host: h, is: is}
	}
	for _, ref := range refs {
		h.tags[ref] = id
		is.Reference = ref
	}
	return is
}

// Images is the image store of a host in memory. Its Pull finds every reference in
// the registry, whose images run "serve"; let [Host.Fail] refuse those that it
// should not find.
type Images struct{ driver *Driver }

var (
	_ template.ImageStore = Images{}
	_ template.Puller     = Images{}
	_ template.Loader     = Images{}
	_ template.Tagger     = Images{}
	_ template.Lister     = Images{}
	_ template.Measurer   = Images{}
)

// find returns the image of a reference or ID. The caller has the lock.
func (s Images) find(ref string) (template.Image, error) {
	h := s.driver.host
	id, tagged := h.tags[ref]
	if !tagged {
		id = ref
	}
	i, ok := h.images[id]
	if !ok {
		return template.Image{}, &dockerhv.Error{Class: dockerhv.ErrNotFound, Next: "install the template first"}
	}
	is := i.is
	if tagged {
		is.Reference = ref
		return is, nil
	}
	for name, tagged := range h.tags {
		if tagged == id && (is.Reference == "" || name < is.Reference) {
			is.Reference = name
		}
	}
	return is, nil
}

// call makes a call under the host's lock.
func (s Images) call(ctx context.Context, op, ref string, work func(h *Host) error) error {
	return s.driver.call(ctx, op, ref, func() error {
		s.driver.host.mu.Lock()
		defer s.driver.host.mu.Unlock()
		return work(s.driver.host)
	})
}

// Image returns the image of a reference or an ID.
func (s Images) Image(ctx context.Context, ref string) (found template.Image, err error) {
	err = s.call(ctx, "find image", ref, func(*Host) error {
		found, err = s.find(ref)
		return err
	})
	return found, err
}

// Remove drops a reference, and the image with its last.
func (s Images) Remove(ctx context.Context, ref string) error {
	return s.call(ctx, "remove image", ref, func(h *Host) error {
		found, err := s.find(ref)
		if err != nil {
			return nil //nolint:nilerr // what is absent is removed already
		}
		var others []string
		for name, id := range h.tags {
			if id == found.ID && name != ref {
				others = append(others, name)
			}
		}
		if _, tagged := h.tags[ref]; tagged && len(others) > 0 {
			delete(h.tags, ref)
			return nil
		}
		if i := h.user(found.ID); i != nil {
			return refuse(dockerhv.ErrConflict, "destroy it first", "the instance %s of %s uses the image", i.id, i.owner)
		}
		for _, name := range append(others, ref) {
			delete(h.tags, name)
		}
		delete(h.images, found.ID)
		return nil
	})
}

// Tag gives a further reference to an image.
func (s Images) Tag(ctx context.Context, id, ref string) error {
	return s.call(ctx, "tag image", id, func(h *Host) error {
		found, err := s.find(id)
		if err != nil {
			return err
		}
		h.tags[ref] = found.ID
		return nil
	})
}

// Pull brings the image of a reference. Of the options it asks Admit alone, of a
// candidate that has no more than the reference as its repository.
func (s Images) Pull(ctx context.Context, ref string, opts template.PullOptions) (pulled template.Image, err error) {
	// Outside of the lock, for it may ask the host.
	if err := opts.Ask(ctx, template.Candidate{Repository: ref, Platform: opts.Platform}); err != nil {
		return template.Image{}, err
	}
	err = s.call(ctx, "pull image", ref, func(h *Host) error {
		if is := h.platform(); !is.Matches(opts.Platform) {
			return refuse(dockerhv.ErrNotFound, "ask for the host's platform", "the registry has the image for %v alone", is)
		}
		if pulled, err = s.find(ref); err == nil {
			pulled.Cached = true
			return nil
		}
		pulled = h.put([]byte("pulled "+ref), Image{Command: []string{"serve"}}, ref)
		return nil
	})
	if err == nil && opts.Progress != nil {
		opts.Progress(template.Progress{Item: ref, Phase: template.Done, Current: pulled.Size, Total: pulled.Size, Unit: template.Bytes})
	}
	return pulled, err
}
