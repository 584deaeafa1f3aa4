//go:build unix

package filestore_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/filestore"
)

// FuzzOpen opens anything as a journal. What is refused is damaged or newer and stays
// as it is; what is taken can be written to, and is the same when it is opened again.
func FuzzOpen(f *testing.F) {
	old, err := os.ReadFile("testdata/journal-v1")
	if err != nil {
		f.Fatal(err)
	}
	text := string(old)
	for _, seed := range []string{
		text, text[:len(text)-1], text[:len(text)/2], text + "x", text + text, strings.ReplaceAll(text, "\n", "\r\n"), "dockerhv-catalog 2\n",
		"dockerhv-catalog 1", "dockerhv-catalog 1\n\n", "dockerhv-catalog 1\n00000000 \n", "dockerhv-catalog +1\n", "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(journal(dir), text, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := filestore.Open(dir)
		if err != nil {
			var newer *template.VersionError
			if !errors.As(err, &newer) && !errors.Is(err, dockerhv.ErrIntegrity) {
				t.Errorf("Open = %v", err)
			}
			if now, _ := os.ReadFile(journal(dir)); string(now) != string(text) {
				t.Errorf("what was refused became %q", now)
			}
			return
		}
		save(t, s, put("fuzz", "1"))
		before, _ := s.Load(t.Context())
		_ = s.Close()
		s = open(t, dir)
		after, _ := s.Load(t.Context())
		if len(before) != len(after) || string(after["fuzz"]) != "1" {
			t.Errorf("opened again (-before +after):\n%s", cmp.Diff(before, after))
		}
		_ = s.Close()
	})
}
