package tarfile_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

// TestLoaderFails has stores that do not take the archive.
func TestLoaderFails(t *testing.T) {
	full := &dockerhv.Error{Op: "load image", Host: "host", ID: "archive", Class: dockerhv.ErrFailed, Err: errors.New("disk full")}
	readAll := func(r io.Reader) error {
		_, err := io.Copy(io.Discard, r)
		return err
	}
	for name, test := range map[string]struct {
		load  func(io.Reader) error
		words string
	}{
		"at once":           {func(io.Reader) error { return full }, "disk full"},
		"in the middle":     {func(r io.Reader) error { _, _ = io.CopyN(io.Discard, r, 3000); return full }, "disk full"},
		"at the end":        {func(r io.Reader) error { _ = readAll(r); return full }, "disk full"},
		"silently at once":  {func(io.Reader) error { return nil }, "stopped reading"},
		"silently":          {func(r io.Reader) error { _, _ = io.CopyN(io.Discard, r, 3000); return nil }, "stopped reading"},
		"silently, in full": {readAll, "has no localhost/dockerhv:tarfile-"},
	} {
		t.Run(name, func(t *testing.T) {
			into := host{onLoad: test.load}
			_, err := source(busyboxArchive(t)).Install(t.Context(), &into, template.InstallOptions{})
			wantError(t, err, dockerhv.ErrFailed, test.words)
			into.wantEmpty(t)
		})
	}
}

// brokenStore fails to tell which images it has.
type brokenStore struct{ host }

func (*brokenStore) Image(context.Context, string) (template.Image, error) {
	return template.Image{}, &dockerhv.Error{Op: "inspect image", ID: "x", Class: dockerhv.ErrUnavailable}
}

func TestStoreUnavailable(t *testing.T) {
	var into brokenStore
	_, err := source(busyboxArchive(t)).Install(t.Context(), &into, template.InstallOptions{})
	wantError(t, err, dockerhv.ErrUnavailable, "inspect image")
	into.wantEmpty(t)
}

// TestCleansUp has a store that registers the image and then fails.
func TestCleansUp(t *testing.T) {
	failed := errors.New("connection reset")
	into := host{onLoaded: func(context.Context) error { return failed }}
	_, err := source(busyboxArchive(t)).Install(t.Context(), &into, template.InstallOptions{})
	wantError(t, err, failed)
	if len(into.images) > 0 {
		t.Errorf("left behind: %v", into.images)
	}
}

// stuckStore also fails to remove what it registered.
type stuckStore struct{ host }

func (*stuckStore) Remove(context.Context, string) error {
	return &dockerhv.Error{Op: "remove image", ID: "x", Class: dockerhv.ErrConflict}
}

func TestCleansUpInVain(t *testing.T) {
	failed := errors.New("connection reset")
	into := stuckStore{host{onLoaded: func(context.Context) error { return failed }}}
	_, err := source(busyboxArchive(t)).Install(t.Context(), &into, template.InstallOptions{})
	wantError(t, err, failed, "connection reset", busybox().ref()+" may be left", "remove image")
	wantError(t, err, dockerhv.ErrConflict)
}

// TestTag gives the image a name that another one has.
func TestTag(t *testing.T) {
	s := source(busyboxArchive(t))
	s.Tag = "app"
	other := template.Image{ID: "sha256:other", Reference: "app:latest"}
	t.Run("free", func(t *testing.T) {
		var into host
		for _, cached := range []bool{false, true} {
			got, err := s.Install(t.Context(), &into, template.InstallOptions{})
			if err != nil || got.Reference != "app:latest" || got.ID != busybox().id() || got.Cached != cached {
				t.Errorf("got %+v, %v", got, err)
			}
		}
	})
	t.Run("taken", func(t *testing.T) {
		into := host{images: map[string]template.Image{"app:latest": other, other.ID: other}}
		got, err := s.Install(t.Context(), &into, template.InstallOptions{})
		if err != nil || got.ID != busybox().id() || got.Cached || into.images["app:latest"].ID != busybox().id() {
			t.Errorf("got %+v, %v; the host has %v", got, err, into.images)
		}
	})
	t.Run("restored", func(t *testing.T) {
		into := host{images: map[string]template.Image{"app:latest": other, other.ID: other}}
		into.onLoaded = func(context.Context) error { return errors.New("connection reset") }
		_, err := s.Install(t.Context(), &into, template.InstallOptions{})
		if err == nil || len(into.images) != 2 || into.images["app:latest"] != other {
			t.Errorf("%v; the host has %v", err, into.images)
		}
	})
}

// TestCanceledWhileReading gives up while the input, or the store, keeps silent.
func TestCanceledWhileReading(t *testing.T) {
	content := busyboxArchive(t)
	stalled := tarfile.Source{Reader: func(ctx context.Context) (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(bytes.NewReader(content[:2000]), until{ctx})), nil
	}}
	endless := tarfile.Source{Limits: tarfile.Limits{Bytes: 1 << 62}, Reader: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(bytes.NewReader(content), zeros{})), nil
	}}
	var silent host
	for name, test := range map[string]struct {
		source tarfile.Source
		into   template.ImageStore
	}{
		"input": {source: stalled, into: &silent},
		"end":   {source: endless, into: &silent},
		"store": {source: source(content), into: &hungStore{}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			_, err := test.source.Install(ctx, test.into, template.InstallOptions{})
			wantError(t, err, context.DeadlineExceeded)
		})
	}
	silent.wantEmpty(t)
}

// TestTime ends an installation that takes too long, and says so.
func TestTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := tarfile.Source{Limits: tarfile.Limits{Time: time.Minute}, Reader: func(ctx context.Context) (io.ReadCloser, error) {
			return io.NopCloser(until{ctx}), nil
		}}
		start := time.Now()
		refused(t, s, dockerhv.ErrUnavailable, "longer than 1m0s")
		if took := time.Since(start); took != time.Minute {
			t.Errorf("took %v", took)
		}
	})
}

// until is a reader that has nothing until its context ends.
type until struct{ ctx context.Context } //nolint:containedctx // it is one

func (u until) Read([]byte) (int, error) {
	<-u.ctx.Done()
	return 0, u.ctx.Err()
}

// zeros is a reader of them, without an end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// hungStore takes a little and then nothing more, until it is canceled.
type hungStore struct{ host }

func (*hungStore) Load(ctx context.Context, r io.Reader) error {
	_, _ = io.CopyN(io.Discard, r, 100)
	<-ctx.Done()
	return ctx.Err()
}

// TestCanceledWhileRegistering gives up when the store has all it needs, and
// registers the image all the same.
func TestCanceledWhileRegistering(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	into := lateStore{cancel: cancel}
	_, err := source(busyboxArchive(t)).Install(ctx, &into, template.InstallOptions{})
	wantError(t, err, context.Canceled)
	into.late.Wait()
	if len(into.images) > 0 {
		t.Errorf("left behind: %v", into.images)
	}
}

// lateStore registers an image some time after the caller gave up, whether or not
// somebody still waits for it.
type lateStore struct {
	host
	cancel context.CancelFunc
	late   sync.WaitGroup
}

func (s *lateStore) Load(ctx context.Context, r io.Reader) error {
	registered := make(chan error, 1)
	seen, files := unpack(r)
	s.cancel()
	s.late.Go(func() {
		time.Sleep(50 * time.Millisecond)
		s.mu.Lock()
		defer s.mu.Unlock()
		_, err := s.register(files)
		registered <- errors.Join(seen.err, err)
	})
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-registered:
		return err
	}
}

// TestConcurrent installs one source from many goroutines.
func TestConcurrent(t *testing.T) {
	var into host
	s := source(gzipped(t, busyboxArchive(t)))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			got, err := s.Install(t.Context(), &into, template.InstallOptions{})
			if err != nil || got.ID != busybox().id() {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	wg.Wait()
}

// TestNeverAGoodEnd proves for each byte of the input that a store which has read
// an archive to a good end has read a verified one.
func TestNeverAGoodEnd(t *testing.T) {
	content := gzipped(t, busyboxArchive(t))
	for n := range content {
		spoiled := bytes.Clone(content)
		spoiled[n] ^= 0x10
		var into host
		s := source(spoiled)
		s.Checksum = template.Checksum{Hex: sumOf(content)}
		if _, err := s.Install(t.Context(), &into, template.InstallOptions{}); !errors.Is(err, dockerhv.ErrIntegrity) &&
			!errors.Is(err, dockerhv.ErrInvalid) {
			t.Errorf("byte %d: %v", n, err)
		}
		into.wantEmpty(t)
	}
}

func TestNoLeak(t *testing.T) {
	before := goroutines()
	for range 10 {
		_, _ = source(busyboxArchive(t)).Install(t.Context(), &host{}, template.InstallOptions{})
		_, _ = source(zstdOf(t, busyboxArchive(t, file{name: "/x"}))).Install(t.Context(), &host{}, template.InstallOptions{})
		_, _ = source([]byte(strings.Repeat("x", 1024))).Install(t.Context(), &hungStore{}, template.InstallOptions{})
	}
	for range 100 {
		if goroutines() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, before %d", goroutines(), before)
}
