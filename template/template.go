// Package template is the contract for what an instance boots from.
//
// A cloud registers a template in one of three [Format]s with a URL. A
// [TemplateSource] brings it onto a host: it pulls the Repository image, builds
// the Dockerfile or loads the Tarfile, and returns the [Image] that it became
// there, pinned by digest. What a host can do with images is its [ImageStore],
// whose optional roles ([Puller], [Loader], [Exporter], [BuildDialer],
// [BuildDescriber], [Tagger], [Describer], [Sharer], [Lister], [Measurer]) are asked for
// by type assertion.
//
// The implementations are the packages below this one: template/repository,
// template/dockerfile and template/tarfile. Package template/lease removes what they
// brought once nobody needs it.
//
// # The catalog
//
// [Catalog] is what stands behind a cloud's registerTemplate and its siblings, with
// CloudStack's parameters, rules, error codes and words:
//
//	registerTemplate                           Catalog.Register; Registration has the parameters, and Complete the rules
//	listTemplates                              Catalog.List with a Filter, Catalog.Get
//	updateTemplate, updateTemplatePermissions  Catalog.Update
//	deleteTemplate                             Catalog.Delete, and Catalog.Uninstall for one host
//	status, isready, downloaddetails           Catalog.Installation: its Status, Ready, State and Percent
//	errorcode                                  Code
//
// What it knows is kept in a [CatalogStore]: in memory, in a folder
// (template/filestore), or in the cloud's own database.
package template

import (
	"context"
	"fmt"
	"strings"

	"github.com/dockerhv/dockerhv"
)

// Format is the form in which a cloud registers a template. The values are the
// words of CloudStack's plan (CS-6664).
type Format string

// The three formats.
const (
	Repository Format = "Repository" // an image in a registry
	Dockerfile Format = "Dockerfile" // built by the host's BuildKit
	Tarfile    Format = "Tarfile"    // an archive of an image
)

// Formats lists the formats in the order in which they are documented.
func Formats() []Format { return []Format{Repository, Dockerfile, Tarfile} }

// ParseFormat returns the format of a name, in any case. Its error matches
// dockerhv.ErrInvalid and lists the formats.
func ParseFormat(name string) (Format, error) {
	for _, f := range Formats() {
		if strings.EqualFold(string(f), strings.TrimSpace(name)) {
			return f, nil
		}
	}
	return "", &dockerhv.FieldError{
		Field:  "format",
		Reason: fmt.Sprintf("%q is not a template format; use one of %v", name, Formats()),
	}
}

// TemplateSource is one template in one format: it knows where the template's
// content is and how it becomes an image.
//
// Install makes the template's image present in the store and returns it pinned
// by digest. It is idempotent: installing what is already there changes nothing
// and returns the same image. It returns only when the image can be run, or with
// an error that leaves nothing behind in the store. An implementation is safe
// for concurrent use.
type TemplateSource interface {
	Install(ctx context.Context, into ImageStore, opts InstallOptions) (Image, error)
}

// InstallOptions says how to install. The zero value works.
type InstallOptions struct {
	// Platform asks for one platform of the template; zero means the host's own.
	// What comes back is checked against it.
	Platform Platform
	// Progress is called as the work goes on; nil means silence. It is never
	// called concurrently, nor after Install has returned.
	Progress func(Progress)
}

// Platform is OCI's platform: what an image is made for.
type Platform struct {
	OS           string `json:"os,omitempty"`           // such as "linux"
	Architecture string `json:"architecture,omitempty"` // GOARCH: "amd64", "arm64"
	Variant      string `json:"variant,omitempty"`      // such as "v8"; empty matches any
}

// String returns "os/architecture" with "/variant" if there is one; the zero
// value gives "".
func (p Platform) String() string {
	if p == (Platform{}) {
		return ""
	}
	s := p.OS + "/" + p.Architecture
	if p.Variant != "" {
		s += "/" + p.Variant
	}
	return s
}

// Matches tells whether an image of this platform serves a request for want. An
// empty field of want matches anything.
func (p Platform) Matches(want Platform) bool {
	return (want.OS == "" || want.OS == p.OS) &&
		(want.Architecture == "" || want.Architecture == p.Architecture) &&
		(want.Variant == "" || p.Variant == "" || want.Variant == p.Variant)
}

// Image is what a template became on a host. It is plain data.
type Image struct {
	// ID is the image's ID in the host's store, "sha256:...". It names exactly
	// this content, and is what an instance is created from.
	ID string `json:"id"`
	// Digest pins the content across hosts: the manifest's digest for what came
	// from a registry, else the ID. "sha256:...".
	Digest string `json:"digest"`
	// Reference is the name under which the store keeps the image, and the one to
	// give to ImageStore.Remove.
	Reference string `json:"reference,omitempty"`
	// Format is the template's format; empty for an image that no template brought.
	Format Format `json:"format,omitempty"`
	// Platform is what the image is made for.
	Platform Platform `json:"platform,omitzero"`
	// Size is what the image takes in the store, in bytes, shared layers included.
	Size int64 `json:"size,omitempty"`
	// Cached is true when the image was on the host before this Install.
	Cached bool `json:"cached,omitempty"`
}
