package tarfile

import (
	"net/url"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// Open is the template.Opener of Tarfile templates at an http or https URL. An
// [Opener] can do more. The details that it knows, and it refuses others, are
//
//	image       Source.Image
//	layout      Source.Layout, images or rootfs
//	platform    the rest is Source.Config: such as linux/amd64
//	entrypoint  a list of words in JSON, or a line for the system's /bin/sh -c
//	command     likewise
//	user, workdir
//	env.NAME, label.NAME
func Open(r template.Registration) (template.TemplateSource, error) {
	return Opener{}.Open(r)
}

// Opener opens Tarfile templates for a catalog.
type Opener struct {
	// Download, Limits and TempDir are the sources'; zero means the strict defaults.
	Download template.Download
	Limits   Limits
	TempDir  string
	// AllowLocal takes a path of this machine, or a file URL, as the URL too. A
	// catalog whose users are not this machine's must not: they could name any file
	// that this process can read.
	AllowLocal bool
}

// Open makes the source of a registration, as the package's Open.
func (o Opener) Open(r template.Registration) (template.TemplateSource, error) {
	s := Source{Download: o.Download, Limits: o.Limits, TempDir: o.TempDir}
	if err := s.locate(r.URL, o.AllowLocal); err != nil {
		return nil, err
	}
	if len(r.Secrets) > 0 {
		return nil, &dockerhv.FieldError{Field: "secrets", Reason: "are of no use; a Tarfile knows none"}
	}
	var err error
	if s.Checksum, err = template.ParseChecksum(r.Checksum); err != nil {
		return nil, err
	}
	for name, value := range r.Details {
		if err := s.set(name, value); err != nil {
			return nil, err
		}
	}
	if err := s.validate(); err != nil {
		return nil, err
	}
	return s, nil
}

// locate sets the one field of where the archive is.
func (s *Source) locate(at string, allowLocal bool) error {
	scheme, _, ok := strings.Cut(at, "://")
	local := !ok || strings.EqualFold(scheme, "file")
	switch {
	case local && !allowLocal:
		return &dockerhv.FieldError{Field: "url", Reason: "is a path of this machine; use an http or https URL"}
	case !ok:
		s.Path = at
	case local:
		u, err := url.Parse(at)
		if err != nil || u.Host != "" && u.Host != "localhost" || u.Path == "" || u.RawQuery != "" {
			return &dockerhv.FieldError{Field: "url", Reason: "is not the URL of a file here; write file:///path"}
		}
		s.Path = u.Path
	default:
		if _, err := template.ParseURL(at); err != nil {
			return err
		}
		s.URL = at
	}
	return nil
}
