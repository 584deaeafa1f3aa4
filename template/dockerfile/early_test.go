package dockerfile_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/dockerfile"
)

// TestSaidBeforeTheBuild has what is found out without asking BuildKit.
func TestSaidBeforeTheBuild(t *testing.T) {
	const two = "FROM scratch AS first\nRUN --mount=type=secret,id=token,required=true x\nFROM scratch AS second\n"
	hash := strings.Repeat("0", 40)
	for name, tc := range map[string]struct {
		source dockerfile.Source
		says   string
	}{
		"no such target":                {dockerfile.Source{Text: two, Target: "third"}, `target: "third" is no stage of the Dockerfile; it has first, second`},
		"no such target by number":      {dockerfile.Source{Text: two, Target: "2"}, "target"},
		"a required secret":             {dockerfile.Source{Text: two, Target: "First"}, `secrets: has no "token", which line 2`},
		"one by its path":               {dockerfile.Source{Text: "FROM scratch\nRUN --mount=type=secret,target=/a/b,required x\n"}, `"b"`},
		"one of a stage behind":         {dockerfile.Source{Text: two + "FROM scratch\nCOPY --from=0 / /\n"}, "line 2"},
		"a required SSH identity":       {dockerfile.Source{Text: "FROM scratch\nRUN --mount=type=ssh,required x\n"}, `ssh: has no "default", which line 2`},
		"a tag with a digest":           {dockerfile.Source{Text: two, Tag: "a@sha256:" + strings.Repeat("0", 64)}, "tag"},
		"a secret without content":      {dockerfile.Source{Text: two, Secrets: map[string]dockerfile.Secret{"a": {}}}, "secrets"},
		"a secret that is too large":    {dockerfile.Source{Text: two, Secrets: map[string]dockerfile.Secret{"a": {Value: make([]byte, 512001)}}}, "512000"},
		"an identity that is no key":    {dockerfile.Source{Text: "FROM scratch\n", SSH: map[string][]string{"default": {"early_test.go"}}}, "ssh"},
		"an identity without a path":    {dockerfile.Source{Text: two, SSH: map[string][]string{"default": nil}}, "ssh"},
		"a label without a name":        {dockerfile.Source{Text: two, Labels: map[string]string{"": ""}}, "labels"},
		"a host that is two":            {dockerfile.Source{Text: two, Hosts: map[string]netip.Addr{"a,b": netip.IPv6Loopback()}}, "hosts"},
		"a host without an address":     {dockerfile.Source{Text: two, Hosts: map[string]netip.Addr{"a": {}}}, "hosts"},
		"a network that nobody knows":   {dockerfile.Source{Text: two, Network: "x"}, "network"},
		"a cache that is nowhere":       {dockerfile.Source{Text: two, CacheTo: []dockerfile.Cache{{}}}, "cacheTo"},
		"a cache in no image":           {dockerfile.Source{Text: two, CacheFrom: []dockerfile.Cache{{Inline: true}}}, "cacheFrom"},
		"a cache at no reference":       {dockerfile.Source{Text: two, CacheFrom: []dockerfile.Cache{{Registry: "A B"}}}, "cacheFrom"},
		"a builder at no address":       {dockerfile.Source{Text: two, Builder: "docker"}, "builder"},
		"a folder of a folder":          {dockerfile.Source{Dir: ".", Subdir: "x"}, "subdir"},
		"a commit of nothing":           {dockerfile.Source{Text: two, Commit: hash}, "commit"},
		"a commit that is a name":       {dockerfile.Source{Git: "https://example.com/a.git", Commit: "main"}, "commit"},
		"a repository with a password":  {dockerfile.Source{Git: "https://a:b@example.com/a.git", Commit: hash}, "GIT_AUTH_TOKEN"},
		"a repository of another kind":  {dockerfile.Source{Git: "file:///a.git", Commit: hash}, "git"},
		"a repository that is a file":   {dockerfile.Source{Git: "https://example.com/a", Commit: hash}, ".git"},
		"a repository with a checksum":  {dockerfile.Source{Git: "git://example.com/a", Commit: hash, Checksum: template.Checksum{Hex: strings.Repeat("0", 64)}}, "checksum"},
		"a repository and its fragment": {dockerfile.Source{Git: "https://example.com/a.git#x", Commit: hash}, "fragment"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tc.source.Install(t.Context(), unbuilt{}, template.InstallOptions{})
			wantError(t, err, dockerhv.ErrInvalid)
			if !strings.Contains(err.Error(), tc.says) || errors.Is(err, errBuilt) {
				t.Errorf("%v does not say %s", err, tc.says)
			}
		})
	}
}

// TestNotSaidBeforeTheBuild has what only BuildKit can judge, or is right.
func TestNotSaidBeforeTheBuild(t *testing.T) {
	for name, source := range map[string]dockerfile.Source{
		"a secret that may be missing":  {Text: "FROM scratch\nRUN --mount=type=secret,id=a x\n"},
		"one that is given":             {Text: "FROM scratch\nRUN --mount=type=secret,id=a,required x\n", Secrets: map[string]dockerfile.Secret{"a": {Value: []byte{}}}},
		"one with a variable":           {Text: "FROM scratch\nARG A\nRUN --mount=type=secret,id=$A,required x\n"},
		"one of a stage not built":      {Text: "FROM scratch\nRUN --mount=type=secret,id=a,required x\nFROM scratch\n"},
		"a frontend of its own":         {Text: "# syntax=example.com/other\nNONSENSE\n"},
		"a newer frontend":              {Text: "# syntax=docker/dockerfile:1\nFROM scratch\nNONSENSE\n"},
		"a repository, which is remote": {Git: "https://example.com/a.git", Commit: strings.Repeat("0", 40)},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := source.Install(t.Context(), unbuilt{}, template.InstallOptions{}); !errors.Is(err, errBuilt) {
				t.Errorf("got %v; want it to be BuildKit's", err)
			}
		})
	}
}

// TestSyntaxErrorBeforeTheBuild has the line, as a build's error has.
func TestSyntaxErrorBeforeTheBuild(t *testing.T) {
	_, err := dockerfile.Source{Text: "FROM scratch\n\nRUNN x\n"}.Install(t.Context(), unbuilt{}, template.InstallOptions{})
	wantError(t, err, dockerhv.ErrInvalid)
	failed, ok := errors.AsType[*template.BuildError](err)
	if !ok {
		t.Fatalf("%v is no BuildError", err)
	}
	failed.Reason = ""
	want := template.BuildError{Class: dockerhv.ErrInvalid, File: "Dockerfile", Line: 3, Source: "RUNN x"}
	if diff := cmp.Diff(want, *failed, cmp.Comparer(func(a, b error) bool { return a == b })); diff != "" {
		t.Errorf("BuildError (-want +got):\n%s", diff)
	}
}

// TestRefusedOnAnOldEngine has what an old engine would drop or misunderstand, and what
// is new enough for it.
func TestRefusedOnAnOldEngine(t *testing.T) {
	git := dockerfile.Source{Git: "git://example.com/a", Commit: strings.Repeat("0", 40), Subdir: "x"}
	cache := func(c dockerfile.Cache) dockerfile.Source {
		return dockerfile.Source{Text: "FROM scratch\n", CacheTo: []dockerfile.Cache{c}}
	}
	arg := func(name string) dockerfile.Source {
		return dockerfile.Source{Text: "FROM scratch\n", Args: map[string]string{name: "1"}}
	}
	docker20 := template.BuildTraits{Engine: "20.10.24+dfsg1"}
	docker23 := template.BuildTraits{Engine: "23.0.1"}
	for name, tc := range map[string]struct {
		source   dockerfile.Source
		old, new template.BuildTraits
		names    string
	}{
		"a heredoc":              {dockerfile.Source{Text: "FROM scratch\nRUN <<EOF\necho\nEOF\n"}, docker20, docker23, "heredoc in line 2"},
		"a link":                 {dockerfile.Source{Text: "FROM scratch\nCOPY --link a /\n"}, docker20, docker23, "--link in line 2"},
		"a folder of git":        {git, docker20, docker23, "git.subdir"},
		"the time":               {arg("SOURCE_DATE_EPOCH"), docker23, template.BuildTraits{Engine: "24.0.0"}, "args.SOURCE_DATE_EPOCH"},
		"a frontend by argument": {arg("BUILDKIT_SYNTAX"), docker23, template.BuildTraits{Engine: "24.0.0"}, "args.BUILDKIT_SYNTAX"},
		"git's own folder":       {arg("BUILDKIT_CONTEXT_KEEP_GIT_DIR"), template.BuildTraits{}, docker23, "args.BUILDKIT_CONTEXT_KEEP_GIT_DIR"},
		"a cache in a registry":  {cache(dockerfile.Cache{Registry: "example.com/a"}), template.BuildTraits{Engine: "28.5.2"}, template.BuildTraits{Engine: "28.5.2", Containerd: true}, "cacheTo"},
		"a cache in a folder":    {cache(dockerfile.Cache{Dir: t.TempDir()}), template.BuildTraits{Engine: "28.5.2"}, template.BuildTraits{Engine: "28.5.2", Containerd: true}, "cacheTo"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tc.source.Install(t.Context(), unbuilt{traits: tc.old}, template.InstallOptions{})
			wantError(t, err, dockerhv.ErrInvalid)
			version := tc.old.Engine
			if version == "" {
				version = "unknown version"
			}
			if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), tc.names) || !strings.Contains(err.Error(), version) {
				t.Errorf("%v; want it unsupported, and %s and %s named", err, tc.names, version)
			}
			if _, err := tc.source.Install(t.Context(), unbuilt{traits: tc.new}, template.InstallOptions{}); !errors.Is(err, errBuilt) {
				t.Errorf("on a newer engine: %v", err)
			}
		})
	}
	if _, err := cache(dockerfile.Cache{Inline: true}).Install(t.Context(), unbuilt{traits: docker20}, template.InstallOptions{}); !errors.Is(err, errBuilt) {
		t.Errorf("a cache in the image: %v", err)
	}
}
