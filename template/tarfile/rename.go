package tarfile

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"strings"
)

func newReader(content []byte) io.Reader { return bytes.NewReader(content) }

func isBlob(name string) bool { return strings.HasPrefix(name, blobsDir) }

// rename writes a docker-archive's files under the names that an OCI archive has for
// them. It returns the documents that come last.
func (e *export) rename(ctx context.Context, to *tar.Writer) ([]file, error) {
	a, err := e.read(ctx, tar.NewWriter(io.Discard), func(c *copier) visit { return c.visit })
	if err != nil {
		return nil, err
	}
	image, err := a.choose("", e.image.Platform)
	if err != nil {
		return nil, err
	}
	files := map[string]*entry{image.config: a.entries[image.config]}
	for _, layer := range image.layers {
		files[layer] = a.entries[layer]
	}
	if _, err := e.read(ctx, to, func(c *copier) visit { return renaming(c, files) }); err != nil {
		return nil, err
	}
	return image.renamed(a, e.Name)
}

// renaming copies some files, each once, by the digest that it had the first time.
func renaming(c *copier, files map[string]*entry) visit {
	written := make(map[string]bool)
	return func(_ *tar.Header, en *entry, content io.Reader) error {
		before, ok := files[en.name]
		if !ok || written[before.digest] {
			return drain(content)
		}
		written[before.digest] = true
		sum := sha256.New()
		if err := copyFile(c.to, blobsDir+before.digest, en.size, io.TeeReader(content, sum)); err != nil {
			return err
		}
		if hexOf(sum) != before.digest {
			return lying("the entry %s has changed while it was exported", quote(en.name))
		}
		return nil
	}
}

// renamed is what an OCI archive says of an image whose files were renamed: the same in
// the words of a docker-archive, too.
func (f found) renamed(a *archive, name string) ([]file, error) {
	config := a.entries[f.config]
	described := describe("application/vnd.oci.image.config.v1+json", config.document)
	said := ociDocument{SchemaVersion: 2, MediaType: mediaTypeManifest, Config: &described}
	for n, layer := range f.layers {
		file := a.entries[layer]
		mediaType := "application/vnd.oci.image.layer.v1.tar"
		if file.diffID != file.digest {
			mediaType += "+gzip"
		}
		blob := descriptor{MediaType: mediaType, Digest: "sha256:" + file.digest, Size: file.size}
		said.Layers = append(said.Layers, blob)
		f.layers[n] = blobName(blob)
	}
	manifest, err := json.Marshal(said)
	if err != nil {
		return nil, err
	}
	of := describe(mediaTypeManifest, manifest)
	of.Platform = &f.platform
	f.config, f.manifest = blobName(described), &of
	last, err := f.documents(name)
	return append([]file{{blobName(of), manifest}}, last...), err
}
