//go:build unix

package filestore_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/filestore"
)

type records = map[string]json.RawMessage

// put is a change of one record.
func put(key, value string) records { return records{key: json.RawMessage(value)} }

func open(t *testing.T, dir string) *filestore.Store {
	t.Helper()
	s, err := filestore.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func save(t *testing.T, s *filestore.Store, changes ...records) {
	t.Helper()
	for _, change := range changes {
		if err := s.Save(t.Context(), change); err != nil {
			t.Fatal(err)
		}
	}
}

// wantRecords checks what a store has.
func wantRecords(t *testing.T, s *filestore.Store, want records) {
	t.Helper()
	got, err := s.Load(t.Context())
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("the store has: %v (-want +got):\n%s", err, diff)
	}
}

func journal(dir string) string { return filepath.Join(dir, "catalog.journal") }

func TestStore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	s := open(t, dir)
	wantRecords(t, s, records{})
	save(t, s, put("a", `{"x":1}`), put("b", `"<&>\n"`), records{"a": nil, "c": json.RawMessage("[1, 2]")}, records{"never": nil}, nil)
	want := records{"b": json.RawMessage(`"<&>\n"`), "c": json.RawMessage("[1, 2]")}
	wantRecords(t, s, want)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// JSON is the same when it is spelled another way.
	s = open(t, dir)
	wantRecords(t, s, records{"b": json.RawMessage(`"\u003c\u0026\u003e\n"`), "c": json.RawMessage("[1,2]")})
	got, _ := s.Load(t.Context())
	got["mine"] = nil
	if again, _ := s.Load(t.Context()); len(again) != 2 {
		t.Error("the records are shared with the caller")
	}
	for name, mode := range map[string]os.FileMode{".": 0o700, "catalog.journal": 0o600, "lock": 0o600} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s is %v, %v, want the mode %v", name, info.Mode(), err, mode)
		}
	}
}

// TestCatalog: a catalog in a folder is there again when the folder is opened again.
func TestCatalog(t *testing.T) {
	dir := t.TempDir()
	opts := template.CatalogOptions{Openers: map[template.Format]template.Opener{
		template.Repository: func(template.Registration) (template.TemplateSource, error) { return nothing{}, nil },
	}}
	s := open(t, dir)
	opts.Store = s
	c, err := template.OpenCatalog(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	r := template.Registration{ID: "t/1", Format: template.Repository, URL: "nginx", Secrets: template.Secrets{"password": "hunter2"}}
	if _, err := c.Register(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Install(t.Context(), "t/1", "h1", nil, template.InstallOptions{}); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	if text, err := os.ReadFile(journal(dir)); err != nil || bytes.Contains(text, []byte("hunter2")) {
		t.Errorf("the journal has the secret, or is not there: %v", err)
	}
	opts.Store = open(t, dir)
	if c, err = template.OpenCatalog(t.Context(), opts); err != nil {
		t.Fatal(err)
	}
	if i, err := c.Installation(t.Context(), "t/1", "h1"); err != nil || !i.Ready() || i.Image.ID != "sha256:a" {
		t.Errorf("the installation is %+v, %v", i, err)
	}
}

type nothing struct{}

func (nothing) Install(context.Context, template.ImageStore, template.InstallOptions) (template.Image, error) {
	return template.Image{ID: "sha256:a"}, nil
}

// TestRewrite: a journal that is mostly outdated is replaced, while it is used and
// when it is opened.
func TestRewrite(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, filestore.Slack+22)
	s := open(t, dir)
	save(t, s, counted(filestore.Slack+23))
	if n := len(lines(t, dir)); n != filestore.Slack+24 {
		t.Errorf("the journal has %d lines, want it not to be replaced yet", n)
	}
	save(t, s, counted(filestore.Slack+24))
	if n := len(lines(t, dir)); n != 12 {
		t.Errorf("the journal has %d lines, want a heading and the 11 records", n)
	}
	save(t, s, counted(filestore.Slack+25))
	_ = s.Close()
	wantSurvivors(t, dir, filestore.Slack+25)

	fill(t, dir, filestore.Slack+30)
	_ = open(t, dir).Close()
	if n := len(lines(t, dir)); n != 12 {
		t.Errorf("the journal has %d lines after it was opened, want 12", n)
	}
	wantSurvivors(t, dir, filestore.Slack+30)
}

func lines(t *testing.T, dir string) []string {
	t.Helper()
	text, err := os.ReadFile(journal(dir))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// TestOpenOld: the journal of every version is read for ever. A new version gets a new
// file here; none is ever changed.
func TestOpenOld(t *testing.T) {
	for _, version := range []string{"1"} {
		text, err := os.ReadFile("testdata/journal-v" + version)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if err := os.WriteFile(journal(dir), text, 0o600); err != nil {
			t.Fatal(err)
		}
		s := open(t, dir)
		wantRecords(t, s, records{"template/b": json.RawMessage(`{"version":1}`), "installation/b/h": json.RawMessage(`[]`)})
		save(t, s, put("c", "1"))
	}
}

func TestOpenRefuses(t *testing.T) {
	good := "dockerhv-catalog 1\n" + `cff7d56a {"a":1}` + "\n"
	for name, tt := range map[string]struct {
		text  string
		class error
		says  string
	}{
		"a newer version": {"dockerhv-catalog 2\nwhatever", errors.ErrUnsupported, "has version 2, and the newest that is understood is 1"},
		"an empty file":   {"", dockerhv.ErrIntegrity, "does not begin as"},
		"another file":    {"#!/bin/sh\n", dockerhv.ErrIntegrity, "does not begin as"},
		"no version":      {"dockerhv-catalog x\n", dockerhv.ErrIntegrity, "does not begin as"},
		"version 0":       {"dockerhv-catalog 0\n", dockerhv.ErrIntegrity, "does not begin as"},
		"damage in the middle": {
			strings.Replace(good, `"a":1`, `"a":2`, 1) + `cff7d56a {"a":1}` + "\n", dockerhv.ErrIntegrity, "line 2 is damaged",
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(journal(dir), []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			for range 2 { // it does not keep the lock
				s, err := filestore.Open(dir)
				if s != nil || !errors.Is(err, tt.class) || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), dir) {
					t.Fatalf("Open = %v, %v, want %v that says %q", s, err, tt.class, tt.says)
				}
				var newer *template.VersionError
				if errors.As(err, &newer) != (tt.class == errors.ErrUnsupported) {
					t.Errorf("the error is %v", err)
				}
			}
			if text, _ := os.ReadFile(journal(dir)); string(text) != tt.text {
				t.Errorf("what was refused was changed to %q", text)
			}
		})
	}
}

// TestClosed: a closed store says so, and can be closed again.
func TestClosed(t *testing.T) {
	s := open(t, t.TempDir())
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	if err := s.Save(t.Context(), put("a", "1")); !errors.Is(err, dockerhv.ErrConflict) {
		t.Errorf("Save = %v", err)
	}
	if _, err := s.Load(t.Context()); !errors.Is(err, dockerhv.ErrConflict) {
		t.Errorf("Load = %v", err)
	}
}

// TestSaveRefuses: what is refused is not half there.
func TestSaveRefuses(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	save(t, s, put("a", "1"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Save(ctx, put("a", "2")); !errors.Is(err, context.Canceled) {
		t.Errorf("Save = %v", err)
	}
	if err := s.Save(t.Context(), records{"a": json.RawMessage("2"), "b": json.RawMessage("{")}); err == nil {
		t.Error("what is no JSON is saved")
	}
	wantRecords(t, s, put("a", "1"))
	save(t, s, put("c", "3"))
	_ = s.Close()
	wantRecords(t, open(t, dir), records{"a": json.RawMessage("1"), "c": json.RawMessage("3")})
}

// TestConcurrent is for the race detector.
func TestConcurrent(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	want := records{}
	var group sync.WaitGroup
	for n := range 20 {
		change := put(fmt.Sprint("k", n), fmt.Sprint(n))
		maps.Copy(want, change)
		group.Go(func() {
			if err := s.Save(t.Context(), change); err != nil {
				t.Error(err)
			}
			if _, err := s.Load(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	_ = s.Close()
	wantRecords(t, open(t, dir), want)
}
