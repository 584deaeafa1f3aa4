package dockerfile

import (
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/distribution/reference"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/internal/buildkit"
	"github.com/dockerhv/dockerhv/template"
)

var (
	// argName is what a Dockerfile can refer to.
	argName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	// hostName is a name in a file of hosts.
	hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`)
	// commitHash is one of SHA-1 or SHA-256. Less of it, or a name, would be another
	// commit tomorrow.
	commitHash = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)
)

// validate checks what can be checked without reading anything.
func (s Source) validate() error {
	for _, check := range []func() error{
		s.validatePlace, s.validateGit, s.validateOptions, s.validateGiven, s.validateCaches, s.validateTag, s.validateBuilder,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func refuse(field, format string, args ...any) error {
	return &dockerhv.FieldError{Field: field, Reason: fmt.Sprintf(format, args...)}
}

func (s Source) validatePlace() error {
	given := 0
	for _, is := range []bool{s.URL != "", s.Dir != "", s.FS != nil, s.Archive != "", s.Reader != nil, s.Git != "", s.Text != ""} {
		if is {
			given++
		}
	}
	if given != 1 {
		return refuse("url", "give just one of a URL, a folder, a file system, an archive, a repository and a text")
	}
	whole := s.Dir != "" || s.FS != nil || s.Text != ""
	switch {
	case s.Subdir != "" && (whole || !fs.ValidPath(s.Subdir)):
		return refuse("subdir", "%q is no path in an archive or a repository", s.Subdir)
	case !fs.ValidPath(s.file()):
		return refuse("file", "%q is no path in the context", s.File)
	case s.URL == "":
		return nil
	}
	_, err := template.ParseURL(s.URL)
	return err
}

func (s Source) validateGit() error {
	if s.Git == "" {
		if s.Commit != "" {
			return refuse("commit", "is of a repository, and none is given")
		}
		return nil
	}
	u, err := url.Parse(s.Git)
	switch {
	case err != nil || !slices.Contains([]string{"http", "https", "git"}, u.Scheme) || u.Hostname() == "":
		return refuse("git", "is no http, https or git URL")
	case u.User != nil:
		return refuse("git", "holds a user or password; give the secret GIT_AUTH_TOKEN instead")
	case u.RawQuery != "" || u.Fragment != "":
		return refuse("git", "has a query or a fragment; give the commit and the folder by themselves")
	case u.Scheme != "git" && path.Ext(u.Path) != ".git":
		return refuse("git", "does not end with .git, and engines take it for a file")
	case !commitHash.MatchString(s.Commit):
		return refuse("commit", "%q is not the whole hash of a commit", s.Commit)
	case s.Checksum != (template.Checksum{}):
		return refuse("checksum", "is of a file; a repository has its commit")
	}
	return nil
}

func (s Source) validateOptions() error {
	for name := range s.Args {
		if !argName.MatchString(name) {
			return refuse("args", "%q is no name of a build argument", name)
		}
	}
	for name := range s.Labels {
		if name == "" {
			return refuse("labels", "one has no name")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Hosts)) {
		if !hostName.MatchString(name) || s.Hosts[name] == (netip.Addr{}) || s.Hosts[name].Zone() != "" {
			return refuse("hosts", "%q is no name, or its address is none", name)
		}
	}
	switch s.Network {
	case "", "none", "host":
		return nil
	}
	return refuse("network", "%q is refused; use none or host, or leave it empty", s.Network)
}

func (s Source) validateGiven() error {
	for id, secret := range s.Secrets {
		if id == "" || (secret.Value == nil) == (secret.Path == "") {
			return refuse("secrets", "%q has no ID, or not just one of a value and a path", id)
		}
	}
	for id, paths := range s.SSH {
		if id == "" || len(paths) == 0 || slices.Contains(paths, "") {
			return refuse("ssh", "%q has no ID, or no path of a socket or a key", id)
		}
	}
	return nil
}

func (s Source) validateCaches() error {
	for field, caches := range map[string][]Cache{"cacheFrom": s.CacheFrom, "cacheTo": s.CacheTo} {
		for _, c := range caches {
			given := 0
			for _, is := range []bool{c.Registry != "", c.Dir != "", c.Inline} {
				if is {
					given++
				}
			}
			switch {
			case given != 1:
				return refuse(field, "give just one of a registry, a folder and inline")
			case field == "cacheFrom" && (c.Inline || c.All):
				return refuse(field, "inline and all are for cacheTo; name the image as a registry")
			case c.Inline && c.All:
				return refuse(field, "an image holds the results of its own steps only")
			case c.Registry != "":
				if _, err := reference.ParseNormalizedNamed(c.Registry); err != nil {
					return refuse(field, "%q is refused: %v", c.Registry, err)
				}
			}
		}
	}
	return nil
}

func (s Source) validateTag() error {
	if s.Tag == "" {
		return nil
	}
	named, err := reference.ParseNormalizedNamed(s.Tag)
	if err != nil {
		return refuse("tag", "%q is refused: %v", s.Tag, err)
	}
	if _, digested := named.(reference.Digested); digested {
		return refuse("tag", "%q has a digest, which only the build will tell", s.Tag)
	}
	return nil
}

func (s Source) validateBuilder() error {
	switch {
	case s.Builder == "" && s.BuilderTLS != nil:
		return refuse("builderTLS", "is for a builder, and none is given")
	case s.Builder == "":
		return nil
	case s.BuilderTLS != nil && !strings.HasPrefix(s.Builder, "tcp:"):
		return refuse("builderTLS", "is for a builder at tcp")
	}
	_, _, err := buildkit.ParseAddress(s.Builder)
	return err
}
