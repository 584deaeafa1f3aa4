package tarfile

import (
	"encoding/json"

	"github.com/distribution/reference"

	"github.com/dockerhv/dockerhv"
)

// found is the image to install, whose files are there.
type found struct {
	image
	digest string // hex SHA-256 of the config
}

// ids are what a store may call the image: a storage driver's by the digest of the
// config, containerd's by that of the manifest.
func (f found) ids() []string {
	ids := []string{"sha256:" + f.digest}
	if f.manifest != nil {
		ids = append(ids, f.manifest.Digest)
	}
	return ids
}

// files are the names of those that the store must get.
func (f found) files() map[string]bool {
	files := make(map[string]bool, len(f.layers))
	for _, name := range f.layers {
		files[name] = true
	}
	return files
}

// file is a document at the end of an upload.
type file struct {
	name    string
	content []byte
}

// documents is what the store is told of the image. With OCI's documents containerd's
// store gives it the digest that it has everywhere; without them, one of its own.
func (f found) documents(ref string) ([]file, error) {
	only := record{Config: f.config, Layers: f.layers}
	if ref != "" {
		only.RepoTags = list[string]{ref}
	}
	manifest, err := json.Marshal([]record{only})
	if err != nil {
		return nil, err
	}
	said := []file{{manifestName, manifest}}
	if f.manifest == nil {
		return said, nil
	}
	index, err := f.index(ref)
	if err != nil {
		return nil, err
	}
	return append([]file{{layoutName, []byte(`{"imageLayoutVersion":"1.0.0"}`)}, {indexName, index}}, said...), nil
}

// index is OCI's index.json of the image alone.
func (f found) index(ref string) ([]byte, error) {
	only := *f.manifest
	only.Annotations = nil
	if ref != "" {
		named, err := reference.ParseNormalizedNamed(ref)
		if err != nil {
			return nil, err
		}
		tagged := reference.TagNameOnly(named)
		only.Annotations = map[string]string{imageNameKey: tagged.String()}
		if t, ok := tagged.(reference.Tagged); ok {
			only.Annotations[refNameKey] = t.Tag()
		}
	}
	return json.Marshal(ociDocument{
		SchemaVersion: 2, MediaType: "application/vnd.oci.image.index.v1+json", Manifests: list[descriptor]{only},
	})
}

// parseTag completes a reference: a store takes none without a tag.
func parseTag(tag string) (string, error) {
	named, err := reference.ParseNormalizedNamed(tag)
	if _, digested := named.(reference.Digested); err != nil || digested {
		return "", &dockerhv.FieldError{Field: "tag", Reason: "is not a name with a tag, such as app:1"}
	}
	return reference.FamiliarString(reference.TagNameOnly(named)), nil
}
