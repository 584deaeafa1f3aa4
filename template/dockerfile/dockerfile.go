// Package dockerfile makes a template of a Dockerfile, which the host's BuildKit
// builds.
//
// The Dockerfile is at an http or https URL, in a folder that is the build's
// context, or given as text. One that comes by URL is downloaded here, bounded
// and checksummed, and not by the host, which would reach whatever the host
// reaches. What its own FROM, ADD and RUN fetch is fetched by the host: a
// Dockerfile is somebody else's program, to be built only where it may run.
package dockerfile

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// Source is a Dockerfile. It implements template.TemplateSource. Just one of URL,
// Dir and Text says where the Dockerfile is.
type Source struct {
	// URL is where the Dockerfile is downloaded from. Its context is empty: it can
	// COPY from stages and images only.
	URL string
	// Dir is a local folder: the context, which holds the Dockerfile. Its
	// .dockerignore is honoured.
	Dir string
	// Text is the Dockerfile itself, with an empty context.
	Text string

	// File is the Dockerfile's path in Dir; empty means "Dockerfile".
	File string
	// Checksum is what the Dockerfile's content must have; zero means any.
	Checksum template.Checksum
	// Args are build arguments. They stay in the image's history: no place for a
	// secret.
	Args map[string]string
	// Labels are put on the image.
	Labels map[string]string
	// Target is the stage to build; empty means the last.
	Target string
	// NoCache runs every step again.
	NoCache bool
	// Network is what RUN steps see: "none", or empty for the engine's default.
	Network string
	// Tag is the reference that the image gets on the host; empty means one that is
	// made of its digest: "localhost/dockerhv:dockerfile-" and 32 digits.
	Tag string
	// Download bounds the download of URL. Its MaxBytes of 0 means 1 MiB, also for
	// a Dockerfile in Dir.
	Download template.Download
}

var _ template.TemplateSource = Source{}

// maxDockerfile bounds a Dockerfile, in bytes, where the source sets no bound.
const maxDockerfile = 1 << 20

// argDetail begins the name of a detail that is a build argument.
const argDetail = "buildarg."

// Open is the template.Opener of Dockerfile templates at an http or https URL. It
// knows the details "buildarg.NAME", "target" and "network". An [Opener] can do
// more.
func Open(r template.Registration) (template.TemplateSource, error) {
	return Opener{}.Open(r)
}

// Opener opens Dockerfile templates for a catalog.
type Opener struct {
	// Download bounds downloads; zero means the strict defaults.
	Download template.Download
	// AllowLocal takes a path of this machine as the URL too: a folder, or a
	// Dockerfile, whose folder is the context. A catalog whose users are not this
	// machine's must not.
	AllowLocal bool
}

// Open makes the source of a registration, as the package's Open.
func (o Opener) Open(r template.Registration) (template.TemplateSource, error) {
	if err := r.RefuseUnknown([]string{argDetail, "network", "target"}, nil); err != nil {
		return nil, err
	}
	checksum, err := template.ParseChecksum(r.Checksum)
	if err != nil {
		return nil, err
	}
	s := Source{
		Checksum: checksum, Download: o.Download,
		Args: make(map[string]string), Target: r.Details["target"], Network: r.Details["network"],
	}
	for name, value := range r.Details {
		if arg, ok := strings.CutPrefix(name, argDetail); ok {
			s.Args[arg] = value
		}
	}
	if err := s.locate(r.URL, o.AllowLocal); err != nil {
		return nil, err
	}
	if err := s.validate(); err != nil {
		return nil, err
	}
	return s, nil
}

// argName is what a Dockerfile can refer to.
var argName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// validate checks what can be checked without reading anything.
func (s Source) validate() error {
	given := 0
	for _, where := range []string{s.URL, s.Dir, s.Text} {
		if where != "" {
			given++
		}
	}
	if given != 1 {
		return &dockerhv.FieldError{Field: "url", Reason: "give just one of a URL, a folder and a text"}
	}
	if s.URL != "" {
		if _, err := template.ParseURL(s.URL); err != nil {
			return err
		}
	}
	for name := range s.Args {
		if !argName.MatchString(name) {
			return &dockerhv.FieldError{Field: "args", Reason: fmt.Sprintf("%q is no name of a build argument", name)}
		}
	}
	switch s.Network {
	case "", "none":
		return s.validateTag()
	}
	return &dockerhv.FieldError{Field: "network", Reason: fmt.Sprintf("%q is refused; use none, or leave it empty", s.Network)}
}
