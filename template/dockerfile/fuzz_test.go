package dockerfile_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/dockerfile"
)

// FuzzURL opens templates at any URL. What a stranger registers never becomes a path of
// this machine, a repository without being allowed, or one without its whole commit; and
// nothing but http, https and git is asked.
func FuzzURL(f *testing.F) {
	hash := strings.Repeat("0123456789", 4)
	for _, url := range []string{
		"https://example.com/Dockerfile", "http://example.com/a.tar.gz?x#y", "https://example.com/a.git#" + hash, "git://example.com/a#" + hash + ":sub",
		"git+https://example.com/a.git#" + hash, "https://example.com/a.git#main", "https://u:p@example.com/a.git#" + hash, "file:///etc/passwd", "FILE:///etc/passwd",
		"/etc/passwd", "../Dockerfile", "git+file:///etc#" + hash, "GIT://example.com/a#" + hash + ":../x", "ssh://git@example.com/a.git#" + hash, "", "://", "https://", "https://example.com/a.git#" + hash + ":/etc",
		"git+ssh://a/b.git", "https://example.com/%2e%2e/a.git#" + hash,
	} {
		f.Add(url)
	}
	whole := regexp.MustCompile(`^[0-9a-f]{40}([0-9a-f]{24})?$`)
	f.Fuzz(func(t *testing.T, url string) {
		for _, allow := range []bool{false, true} {
			opened, err := dockerfile.Opener{AllowGit: allow}.Open(template.Registration{Format: template.Dockerfile, URL: url})
			if err != nil {
				if strings.Contains(err.Error(), "\n") {
					t.Errorf("%q is not one line", err)
				}
				continue
			}
			s, ok := opened.(dockerfile.Source)
			if !ok {
				t.Fatalf("a %T", opened)
			}
			check(t, s, allow, whole)
		}
	})
}

func check(t *testing.T, s dockerfile.Source, git bool, whole *regexp.Regexp) {
	t.Helper()
	scheme := func(url string, allowed ...string) bool {
		for _, a := range allowed {
			if strings.HasPrefix(strings.ToLower(url), a+"://") {
				return true
			}
		}
		return false
	}
	switch {
	case s.Dir != "" || s.Archive != "" || s.Text != "" || s.FS != nil || s.Reader != nil:
		t.Errorf("%+v is on this machine", s)
	case (s.URL == "") == (s.Git == ""):
		t.Errorf("it is at %q and %q", s.URL, s.Git)
	case s.URL != "" && (!scheme(s.URL, "http", "https") || s.Commit+s.Subdir != ""):
		t.Errorf("it is at %q, %q, %q", s.URL, s.Commit, s.Subdir)
	case s.Git != "" && (!git || !scheme(s.Git, "http", "https", "git") || !whole.MatchString(s.Commit)):
		t.Errorf("it is the repository %q at %q", s.Git, s.Commit)
	case strings.Contains("/"+s.Subdir+"/", "/../") || strings.HasPrefix(s.Subdir, "/") || strings.ContainsAny(s.Git, "#@ "):
		t.Errorf("it is the folder %q of %q", s.Subdir, s.Git)
	}
}
