package tarfile

import (
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// CopyOptions says how to copy. The zero value works.
type CopyOptions struct {
	// Reference is what to call the image on the host that gets it; it then names this
	// image whatever it named before. Empty means one of our own, made of the image's ID:
	// "localhost/dockerhv:copy-" and 32 digits.
	Reference string
	// Progress is called as the work goes on; nil means silence. It is never called
	// concurrently, nor after Copy has returned.
	Progress func(template.Progress)
}

// Copy brings an image that one host has onto another, so that a template that is built or
// fetched once runs everywhere as the same. It streams from one store, which must be a
// template.Exporter, into the other, a template.Loader, in constant memory. An image that
// is there already is not sent. A copy that fails or is given up leaves nothing on the
// host that it was for. What several goroutines copy at once onto one host is sent once.
//
// The image that it returns has the format and the digest of the one that was copied. Its ID
// is that one's, too, where both hosts keep images in the same kind of store, and Copy fails
// rather than bring another. Between kinds IDs differ by nature: an engine's own store calls
// an image by its config, and containerd's by its manifest or index; of an index for several
// platforms the latter gets the one for its host. What is the same then is the config and,
// by what that says of them, the content of the layers. That is verified on the way.
func Copy(ctx context.Context, from, to template.ImageStore, image template.Image, opts CopyOptions) (template.Image, error) {
	copied, err := copyImage(ctx, from, to, image, opts)
	if err != nil {
		return template.Image{}, failExport("copy image", image.ID, err)
	}
	copied.Format = image.Format
	if image.Digest != "" {
		copied.Digest = image.Digest
	}
	return copied, nil
}

func copyImage(ctx context.Context, from, to template.ImageStore, image template.Image, opts CopyOptions) (template.Image, error) {
	digest, ok := strings.CutPrefix(image.ID, "sha256:")
	if !ok || len(digest) != 64 {
		return template.Image{}, &dockerhv.FieldError{Field: "image", Reason: "has no ID; give one that a store has returned"}
	}
	exporter, err := template.Role[template.Exporter](from)
	if err != nil {
		return template.Image{}, err
	}
	c := copying{from: exporter, id: image.ID, own: opts.Reference == "", ref: opts.Reference}
	if c.own {
		c.ref = "localhost/dockerhv:copy-" + digest[:32]
	} else if c.ref, err = parseTag(c.ref); err != nil {
		return template.Image{}, err
	}
	present, err := c.present(ctx, to)
	if err != nil || present.ID != "" {
		return present, err
	}
	return c.installation().install(ctx, to, template.InstallOptions{Progress: opts.Progress})
}

// copying is one image's way to a reference on another host.
type copying struct {
	from template.Exporter
	id   string
	own  bool // the reference is ours
	ref  string
}

// present finds an image that need not be sent: the same, or what is called by a
// reference of ours, which is given to nothing else.
func (c copying) present(ctx context.Context, to template.ImageStore) (template.Image, error) {
	refs := []string{c.id}
	if c.own {
		refs = append(refs, c.ref)
	}
	for _, ref := range refs {
		there, err := to.Image(ctx, ref)
		if errors.Is(err, dockerhv.ErrNotFound) {
			continue
		}
		if err == nil && ref == c.id {
			err = c.tag(ctx, to)
		}
		there.Cached, there.Reference = true, c.ref
		return there, err
	}
	return template.Image{}, nil
}

func (c copying) tag(ctx context.Context, to template.ImageStore) error {
	tagger, err := template.Role[template.Tagger](to)
	if err != nil {
		return err
	}
	return tagger.Tag(ctx, c.id, c.ref)
}

// installation is the image as a template that is an archive.
func (c copying) installation() installation {
	return installation{copied: c.id, Source: Source{
		Tag:    c.ref,
		Reader: func(ctx context.Context) (io.ReadCloser, error) { return c.from.Export(ctx, c.id) },
		// It comes from a host that has unpacked it already.
		Limits: Limits{Bytes: math.MaxInt64, Entries: DefaultRootEntries, Ratio: math.MaxInt64},
	}}
}

// isCopyOf refuses an image that is not the one to copy. By its ID that is its config, its
// manifest, or an index that is in the archive, for whoever has copied what it is for his
// host.
func (f found) isCopyOf(id string, a *archive) error {
	if slices.Contains(f.ids(), id) {
		return nil
	}
	if e := a.entries[blobsDir+strings.TrimPrefix(id, "sha256:")]; e != nil && e.digest != "" {
		return nil
	}
	return lying("the host has sent another image, whose config is sha256:%s", f.digest)
}

// arrived refuses what a store has made of a copy, if that can be told: an ID that is
// none of the image's.
func (f found) arrived(id string) error {
	if slices.Contains(f.ids(), id) {
		return nil
	}
	if f.manifest == nil {
		return nil // the store has written one of its own
	}
	return lying("the host has made %s of it", id)
}
