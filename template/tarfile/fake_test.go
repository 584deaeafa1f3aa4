package tarfile_test

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"sync"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// host is a store in memory that loads as an engine does: it takes all of the
// archive in, and only then looks for the manifest.
type host struct {
	mu     sync.Mutex
	images map[string]template.Image // by reference and by ID
	traits template.Traits

	loads []load

	// onLoad, onLoaded and hide change what Load does; nil is an honest store.
	onLoad   func(io.Reader) error           // in place of reading
	onLoaded func(ctx context.Context) error // after registering
	hide     bool                            // registers nothing, and says nothing
}

// load is what one Load has seen.
type load struct {
	headers []tar.Header
	files   map[string][]byte // the small ones
	tags    []string
	bytes   int64
	err     error
}

// errUnsupported shortens tables of errors.
var errUnsupported = errors.ErrUnsupported

// sameJSON compares documents.
func sameJSON(t testing.TB, a, b string) bool {
	t.Helper()
	var first, second any
	if err := errors.Join(json.Unmarshal([]byte(a), &first), json.Unmarshal([]byte(b), &second)); err != nil {
		t.Fatal(err)
	}
	return reflect.DeepEqual(first, second)
}

var (
	_ template.ImageStore = (*host)(nil)
	_ template.Loader     = (*host)(nil)
	_ template.Tagger     = (*host)(nil)
	_ template.Describer  = (*host)(nil)
)

func (h *host) Traits(context.Context) (template.Traits, error) { return h.traits, nil }

func (h *host) Image(ctx context.Context, ref string) (template.Image, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return template.Image{}, err
	}
	image, ok := h.images[ref]
	if !ok {
		return template.Image{}, &dockerhv.Error{Op: "inspect image", ID: ref, Class: dockerhv.ErrNotFound}
	}
	return image, nil
}

func (h *host) Remove(_ context.Context, ref string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.images, ref)
	return nil
}

func (h *host) Tag(_ context.Context, id, ref string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, image := range h.images {
		if image.ID == id {
			h.images[ref] = image
			return nil
		}
	}
	return dockerhv.ErrNotFound
}

func (h *host) Load(ctx context.Context, r io.Reader) error {
	if h.onLoad != nil {
		return h.onLoad(r)
	}
	seen, files := unpack(r)
	h.mu.Lock()
	defer h.mu.Unlock()
	seen.files = files
	defer func() { h.loads = append(h.loads, seen) }()
	if seen.err == nil && ctx.Err() != nil {
		seen.err = ctx.Err()
	}
	if seen.err != nil {
		return seen.err
	}
	if !h.hide {
		seen.tags, seen.err = h.register(files)
	}
	if h.onLoaded != nil {
		return h.onLoaded(ctx)
	}
	return seen.err
}

// unpack reads an archive and keeps its small files.
func unpack(r io.Reader) (load, map[string][]byte) {
	const small = 4 << 20
	var seen load
	files := make(map[string][]byte)
	archive := tar.NewReader(r)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			_, seen.err = io.Copy(io.Discard, r)
			return seen, files
		}
		if err == nil {
			seen.headers = append(seen.headers, *header)
			seen.bytes += header.Size
			if header.Size <= small {
				files[header.Name], err = io.ReadAll(archive)
			} else {
				_, err = io.Copy(io.Discard, archive)
			}
		}
		if err != nil {
			seen.err = err
			return seen, nil
		}
	}
}

func (h *host) register(files map[string][]byte) (tags []string, err error) {
	var manifest []struct {
		Config   string
		RepoTags []string
		Layers   []string
	}
	if err := json.Unmarshal(files["manifest.json"], &manifest); err != nil {
		return nil, err
	}
	for _, m := range manifest {
		var platform template.Platform
		if err := json.Unmarshal(files[m.Config], &platform); err != nil {
			return nil, err
		}
		id := "sha256:" + sumOf(files[m.Config])
		if h.images == nil {
			h.images = make(map[string]template.Image)
		}
		for _, name := range m.RepoTags {
			h.images[name] = template.Image{ID: id, Reference: name, Platform: platform, Size: 1}
		}
		tags = append(tags, m.RepoTags...)
	}
	return tags, nil
}

// wantEmpty checks that a failed installation left nothing and that the archive
// that the store was reading, if it was, ended with an error.
func (h *host) wantEmpty(t *testing.T) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.images) > 0 {
		t.Errorf("the host has %v", h.images)
	}
	for _, l := range h.loads {
		if l.err == nil {
			t.Errorf("the host loaded an archive that ended well: %v", l.headers)
		}
	}
}

func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
