package engine

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// 99: neither dots nor symbolic links lead out of the policy's folders, of which one
// may be a link itself.
func TestPathsDoNotEscape(t *testing.T) {
	root := t.TempDir()
	in := func(elem ...string) string { return filepath.Join(append([]string{root}, elem...)...) }
	err := errors.Join(
		os.MkdirAll(in("srv", "a", "b"), 0o700), os.MkdirAll(in("srv2"), 0o700), os.MkdirAll(in("etc"), 0o700), os.MkdirAll(in("run"), 0o700),
		os.Symlink(in("etc"), in("srv", "out")), os.Symlink("../../etc", in("srv", "a", "climb")), os.Symlink("b", in("srv", "a", "inside")),
		os.Symlink(in("srv", "nowhere"), in("srv", "dangling")), os.Symlink(in("srv"), in("alias")), os.Symlink(in("run"), in("srv", "engine")),
		os.Symlink(in("srv", "loop"), in("srv", "loop")),
		os.WriteFile(in("run", "s"), nil, 0o600),
	)
	if err != nil {
		t.Fatal(err)
	}
	e := &Engine{endpoint: driver.Endpoint{URL: "unix://" + in("run", "s")}}
	far := &Engine{endpoint: driver.Endpoint{URL: "ssh://host"}}
	policy := driver.Policy{Paths: []string{in("srv"), in("alias")}}
	for source, want := range map[string]string{ // what the refusal says; empty: allowed
		in("srv"):                        "",
		in("alias"):                      "",
		in("alias", "a"):                 "",
		in("srv", "a", "b"):              "",
		in("srv", "a", "inside"):         "",
		in("srv", "a", "absent", "more"): "", // which the engine refuses, or makes
		in("srv2"):                       "the host's path",
		in("etc"):                        "the host's path",
		root + "/srv/../etc":             "the host's path",
		root + "/srv/a/../../etc":        "the host's path",
		"srv":                            "the host's path",
		"":                               "the host's path",
		in("srv", "out"):                 "lead to " + in("etc"),
		in("srv", "out", "passwd"):       "lead to " + in("etc", "passwd"),
		in("srv", "a", "climb"):          "lead to " + in("etc"),
		in("alias", "out"):               "lead to " + in("etc"),
		in("srv", "dangling"):            "can't be seen",
		in("srv", "loop"):                "can't be seen",
		in("srv", "engine"):              "the engine's own socket",
		in("srv", "engine", "s"):         "the engine's own socket",
	} {
		t.Run(strings.TrimPrefix(source, root), func(t *testing.T) {
			check := func(what string, err error, want string) {
				t.Helper()
				if want == "" && err != nil || want != "" && (!errors.Is(err, dockerhv.ErrDenied) || !strings.Contains(err.Error(), want)) {
					t.Errorf("%s: %v; want %q", what, err, want)
				}
			}
			check("near", permitPath(policy, source, e.look(append([]string{source}, policy.Paths...))), want)
			// Of a host that is far nothing can be seen but the names.
			if want == "" && source != in("srv") && source != in("alias") {
				want = "can't be seen"
			}
			if want != "the host's path" && want != "" {
				want = "can't be seen"
			}
			check("far", permitPath(policy, source, far.look(append([]string{source}, policy.Paths...))), want)
		})
	}
	trusted := policy
	trusted.LinksTrusted = true
	if err := permitPath(trusted, in("srv", "a", "b"), view{}); err != nil {
		t.Errorf("a path below a folder whose links are trusted: %v", err)
	}
}
