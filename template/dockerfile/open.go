package dockerfile

import (
	"bufio"
	"net/netip"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// Open is the template.Opener of Dockerfile templates at an http or https URL, which
// is that of a Dockerfile or of an archive. An [Opener] can do more. The details that
// it knows, and it refuses others, are
//
//	buildarg.NAME, label.NAME
//	target, file, subdir, network, nocache
//	host.NAME   an address
//
// and the secret "secret.ID" is the build's secret of that ID.
func Open(r template.Registration) (template.TemplateSource, error) {
	return Opener{}.Open(r)
}

// Opener opens Dockerfile templates for a catalog.
type Opener struct {
	// Download, Limits and TempDir are the sources'; zero means the strict defaults.
	Download template.Download
	Limits   Limits
	TempDir  string
	// AllowLocal takes a path of this machine as the URL too: a folder, an archive, or a
	// Dockerfile, whose folder is the context. A catalog whose users are not this
	// machine's must not.
	AllowLocal bool
	// AllowGit takes the URL of a git repository too: https://host/repository.git or
	// git://host/repository, with #COMMIT or #COMMIT:FOLDER behind it. The host fetches
	// it, and no rule of Download holds for what it may reach.
	AllowGit bool
	// AllowHostNetwork takes the network "host", which lets the steps of a build reach
	// all that the host reaches, its own services among them.
	AllowHostNetwork bool
}

const (
	argDetail   = "buildarg."
	labelDetail = "label."
	hostDetail  = "host."
	secretName  = "secret."
)

// Open makes the source of a registration, as the package's Open.
func (o Opener) Open(r template.Registration) (template.TemplateSource, error) {
	details := []string{argDetail, "file", hostDetail, labelDetail, "network", "nocache", "subdir", "target"}
	if err := r.RefuseUnknown(details, []string{secretName}); err != nil {
		return nil, err
	}
	checksum, err := template.ParseChecksum(r.Checksum)
	if err != nil {
		return nil, err
	}
	s := Source{
		Checksum: checksum, Download: o.Download, Limits: o.Limits, TempDir: o.TempDir,
		Args: make(map[string]string), Labels: make(map[string]string), Hosts: make(map[string]netip.Addr), Secrets: make(map[string]Secret),
	}
	if err := s.locate(r.URL, o); err != nil {
		return nil, err
	}
	for name, value := range r.Details {
		if err := s.set(name, value); err != nil {
			return nil, err
		}
	}
	for name, value := range r.Secrets {
		s.Secrets[strings.TrimPrefix(name, secretName)] = Secret{Value: []byte(value)}
	}
	if s.Network == "host" && !o.AllowHostNetwork {
		return nil, refuse("details.network", "is the host's, which is not allowed here; use none, or leave it out")
	}
	if err := s.validate(); err != nil {
		return nil, err
	}
	return s, nil
}

// set sets what a detail says.
func (s *Source) set(name, value string) (err error) {
	kind, key, _ := strings.Cut(name, ".")
	switch kind + "." {
	case argDetail:
		s.Args[key] = value
		return nil
	case labelDetail:
		s.Labels[key] = value
		return nil
	case hostDetail:
		if s.Hosts[key], err = netip.ParseAddr(value); err != nil {
			return refuse("details."+name, "is no address")
		}
		return nil
	}
	switch name {
	case "target":
		s.Target = value
	case "network":
		s.Network = value
	case "file":
		s.File = value
	case "subdir":
		s.Subdir = value
	case "nocache":
		if s.NoCache, err = strconv.ParseBool(value); err != nil {
			return refuse("details."+name, "is neither true nor false")
		}
	}
	return nil
}

// locate fills in where the Dockerfile is, from what a cloud calls its URL.
func (s *Source) locate(where string, allow Opener) error {
	scheme, rest, ok := strings.Cut(where, "://")
	switch {
	case ok && isGit(scheme, rest):
		if !allow.AllowGit {
			return refuse("url", "is a git repository, which the host would fetch; that is not allowed here")
		}
		return s.locateGit(where)
	case ok && !strings.EqualFold(scheme, "file"):
		s.URL = where
		return nil
	case !allow.AllowLocal:
		return refuse("url", "is a local path; use an http or https URL")
	case ok:
		return s.locateLocal(rest)
	}
	return s.locateLocal(where)
}

// isGit tells a repository's URL by its scheme, or by its path's suffix.
func isGit(scheme, rest string) bool {
	switch strings.ToLower(scheme) {
	case "git", "git+http", "git+https":
		return true
	case "http", "https":
		rest, _, _ = strings.Cut(rest, "#")
		rest, _, _ = strings.Cut(rest, "?")
		return path.Ext(rest) == ".git" && strings.Contains(rest, "/")
	}
	return false
}

// locateGit reads URL#COMMIT and URL#COMMIT:FOLDER.
func (s *Source) locateGit(where string) error {
	u, err := url.Parse(where)
	if err != nil {
		return refuse("url", "is not a URL")
	}
	s.Commit, s.Subdir, _ = strings.Cut(u.Fragment, ":")
	u.Fragment, u.RawFragment = "", ""
	u.Scheme = strings.TrimPrefix(u.Scheme, "git+")
	s.Git = u.String()
	return s.validateGit()
}

func (s *Source) locateLocal(name string) error {
	fail := func(err error) error {
		return &dockerhv.Error{Op: "open Dockerfile", ID: name, Class: classOf(err), Err: cause(err), Next: "check the path"}
	}
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return fail(err)
	case info.IsDir():
		s.Dir = name
		return nil
	case !info.Mode().IsRegular():
		return refuse("url", "is neither a folder nor a file")
	}
	file, err := os.Open(name)
	if err != nil {
		return fail(err)
	}
	defer file.Close()
	if isArchive(bufio.NewReader(file)) {
		s.Archive = name
		return nil
	}
	s.Dir, s.File = filepath.Split(name)
	if s.Dir == "" {
		s.Dir = "."
	}
	return nil
}
