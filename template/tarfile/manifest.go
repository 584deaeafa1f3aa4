package tarfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/distribution/reference"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// record is what manifest.json says of one image.
type record struct {
	Config   string
	RepoTags names
	Layers   names
}

// found is the image that an archive brings.
type found struct {
	record
	config *config
	digest string // hex SHA-256 of the config
}

// choose returns the image that is asked for, if all of it was in the archive.
// Empty means the only one.
func (a *archive) choose(name string) (found, error) {
	if a.manifest == nil {
		return found{}, a.otherKind()
	}
	records, err := parseManifest(a.manifest)
	if err != nil {
		return found{}, err
	}
	r, err := pick(records, name)
	if err != nil {
		return found{}, err
	}
	return a.complete(r)
}

func parseManifest(content []byte) ([]record, error) {
	records, err := decodeList[record](content, maxImages)
	switch {
	case errors.Is(err, errLong):
		return nil, invalid("split it", "it has more images, layers or names than are allowed")
	case err != nil:
		return nil, lying("its %s is not a list of images in JSON", manifestName)
	}
	return records, nil
}

// pick returns the record with a name, or the only one.
func pick(records []record, name string) (record, error) {
	chosen := records
	if name != "" {
		chosen = slices.DeleteFunc(slices.Clone(records), func(r record) bool {
			return !slices.ContainsFunc(r.RepoTags, func(tag string) bool { return same(tag, name) })
		})
	}
	switch {
	case len(chosen) == 1:
		return chosen[0], nil
	case len(records) == 0:
		return record{}, invalid("give an archive with an image", "it has no image")
	case name == "":
		return record{}, invalid("choose one as the template's image", "it has %d images: %s", len(records), list(records))
	}
	return record{}, &dockerhv.Error{
		Err: &dockerhv.FieldError{
			Field:  "image",
			Reason: fmt.Sprintf("%d images have the name %s, of: %s", len(chosen), quote(name), list(records)),
		},
		Next: "choose one of them",
	}
}

// same tells whether two names are one: "app" is "docker.io/library/app:latest".
func same(a, b string) bool { return a == b || normal(a) == normal(b) && normal(a) != "" }

func normal(name string) string {
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return ""
	}
	return reference.TagNameOnly(named).String()
}

// list names the images of an archive, or the first ones of very many.
func list(records []record) string {
	const enough = 10
	var all []string
	for _, r := range records {
		if len(all) == enough {
			all = append(all, "...")
			break
		}
		name := "one without a name"
		if len(r.RepoTags) > 0 {
			name = quote(r.RepoTags[0])
		}
		all = append(all, name)
	}
	return strings.Join(all, ", ")
}

// complete finds the files of an image.
func (a *archive) complete(r record) (found, error) {
	name, file := a.file(r.Config)
	switch {
	case file == nil:
		return found{}, lying("its %s names the config %s, which is not in it", manifestName, quote(r.Config))
	case file.config == nil:
		return found{}, lying("the entry %s is not the config of an image", quote(r.Config))
	case file.config.layers != len(r.Layers):
		return found{}, lying("its config has %d layers and its %s %d", file.config.layers, manifestName, len(r.Layers))
	}
	image := found{config: file.config, digest: file.digest, record: record{Config: name, Layers: names{}}}
	for _, layer := range r.Layers {
		name, file := a.file(layer)
		if file == nil {
			return found{}, lying("its %s names the layer %s, which is not in it", manifestName, quote(layer))
		}
		image.Layers = append(image.Layers, name)
	}
	return image, nil
}

// file returns the entry that a name leads to, over links, if it is a file, and
// the name as it was written to the store.
func (a *archive) file(raw string) (string, *entry) {
	name, err := cleanName(raw)
	if err != nil {
		return "", nil
	}
	const maxLinks = 8 // a bound against links that lead to each other
	e := a.entries[name]
	for range maxLinks {
		if e == nil || e.kind != aLink {
			break
		}
		e = a.entries[e.target]
	}
	if e == nil || e.kind != aFile {
		return "", nil
	}
	return name, e
}

// suits refuses an image for another platform than asked for, as far as its
// config says which one it is for.
func (f found) suits(want template.Platform) error {
	if f.config.platform.OS == "" || f.config.platform.Architecture == "" {
		return nil
	}
	return suits(f.config.platform, want)
}

func suits(has, want template.Platform) error {
	if has.Matches(want) {
		return nil
	}
	return invalid("give an archive for that platform", "the image is for %s, not for %s", has, want)
}

// manifest is what the store is told of the image.
func (f found) manifest(ref string) ([]byte, error) {
	f.RepoTags = names{ref}
	return json.Marshal([]record{f.record})
}

// reference is the name that the store gets for the image. Its error is of a tag
// that is not one.
func (f found) reference(tag string) (string, error) {
	if tag != "" {
		return parseTag(tag)
	}
	const enough = 32 // digits; a tag has room for 128 characters
	return "localhost/dockerhv:tarfile-" + f.digest[:enough], nil
}

// parseTag completes a reference: a store takes none without a tag.
func parseTag(tag string) (string, error) {
	named, err := reference.ParseNormalizedNamed(tag)
	if _, digested := named.(reference.Digested); err != nil || digested {
		return "", &dockerhv.FieldError{Field: "tag", Reason: "is not a name with a tag, such as app:1"}
	}
	return reference.FamiliarString(reference.TagNameOnly(named)), nil
}
