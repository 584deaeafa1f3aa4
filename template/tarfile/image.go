package tarfile

import (
	"strings"

	"github.com/dockerhv/dockerhv/template"
)

// image is an image that an archive says it has.
type image struct {
	names    []string
	config   string   // the names of its files in the archive
	layers   []string //
	platform template.Platform
	manifest *descriptor // OCI's, if the archive has one
	entry    int         // of the archive's lists: images of one entry differ in platform alone
}

// images lists the images that an archive says it has, and that can be told to be
// some. What OCI's index says is more than what manifest.json does: so of an image
// that is in both, the latter only adds names.
func (a *archive) images() ([]image, error) {
	if a.said[manifestName] == nil && a.said[indexName] == nil {
		return nil, a.otherKind()
	}
	index, err := a.readIndex()
	if err != nil {
		return nil, err
	}
	records, err := a.readManifest()
	if err != nil {
		return nil, err
	}
	return merge(index, records), nil
}

// merge adds images to others that have the same config.
func merge(images, more []image) []image {
	for _, m := range more {
		known := false
		for i := range images {
			if images[i].config == m.config {
				images[i].names = append(images[i].names, m.names...)
				known = true
			}
		}
		if !known {
			images = append(images, m)
		}
	}
	return images
}

// otherKind returns the error for an archive that does not say what it has.
func (a *archive) otherKind() error {
	if _, ok := a.said[legacyName]; ok {
		return unsupported("write it with a newer docker save, or with skopeo to docker-archive:",
			"it is an archive of a Docker older than 1.10")
	}
	_, oci := a.said[layoutName]
	if oci {
		return lying("it is an OCI archive without %s", indexName)
	}
	return invalid(giveArchive, "it has no %s and no %s", manifestName, indexName)
}

// complete finds and verifies the files of an image.
func (a *archive) complete(i image) (found, error) {
	file := a.file(i.config)
	if file == nil {
		return found{}, lying("it names the config %s, which is not in it", quote(i.config))
	}
	config, ok := parseConfig(file.document)
	switch {
	case !ok:
		return found{}, lying("the entry %s is not the config of an image", quote(i.config))
	case len(config.diffIDs) != len(i.layers):
		return found{}, lying("its config has %d layers and its manifest %d", len(config.diffIDs), len(i.layers))
	}
	f := found{image: i, digest: file.digest}
	f.config, f.layers = file.name, []string{}
	for n, layer := range i.layers {
		file := a.file(layer)
		switch {
		case file == nil:
			return found{}, lying("it names the layer %s, which is not in it", quote(layer))
		case file.skipped: // which another image did not need, when the file was looked at
			return found{}, lying("it changed while it was read")
		case file.diffID != "" && "sha256:"+file.diffID != config.diffIDs[n]:
			return found{}, lying("the layer %s is %s and not %s, as its config says",
				quote(layer), file.diffID, quote(strings.TrimPrefix(config.diffIDs[n], "sha256:")))
		case file.plain:
			f.manifest = nil // it is of what the store did not get
		}
		f.layers = append(f.layers, file.name)
	}
	return f, nil
}
