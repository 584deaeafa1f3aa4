package tarfile

import (
	"net/url"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// Open is the template.Opener of Tarfile templates at an http or https URL. It
// knows the detail "image", which sets Source.Image, and refuses others. An
// [Opener] can do more.
func Open(r template.Registration) (template.TemplateSource, error) {
	return Opener{}.Open(r)
}

// Opener opens Tarfile templates for a catalog.
type Opener struct {
	// Download and Limits bound what is fetched and unpacked; zero means the strict
	// defaults.
	Download template.Download
	Limits   Limits
	// AllowLocal takes a path of this machine, or a file URL, as the URL too. A
	// catalog whose users are not this machine's must not: they could name any file
	// that this process can read.
	AllowLocal bool
}

// Open makes the source of a registration, as the package's Open.
func (o Opener) Open(r template.Registration) (template.TemplateSource, error) {
	s := Source{Download: o.Download, Limits: o.Limits}
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
		if name != "image" {
			return nil, &dockerhv.FieldError{Field: "details." + name, Reason: "is not known; a Tarfile knows image"}
		}
		s.Image = value
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
