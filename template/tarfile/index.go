package tarfile

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/dockerhv/dockerhv/template"
)

// The annotations that name an image: OCI's, which is often the tag alone, and
// containerd's, which is always the whole.
const (
	refNameKey   = "org.opencontainers.image.ref.name"
	imageNameKey = "io.containerd.image.name"
)

// descriptor is OCI's: it says where content is, and what.
type descriptor struct {
	MediaType   string             `json:"mediaType"`
	Digest      string             `json:"digest"`
	Size        int64              `json:"size"`
	Annotations map[string]string  `json:"annotations,omitempty"`
	Platform    *template.Platform `json:"platform,omitempty"`
}

// ociDocument is an index or a manifest of OCI, or Docker's form of either.
type ociDocument struct {
	SchemaVersion int              `json:"schemaVersion"`
	MediaType     string           `json:"mediaType,omitempty"`
	Manifests     list[descriptor] `json:"manifests,omitempty"`
	Config        *descriptor      `json:"config,omitempty"`
	Layers        list[descriptor] `json:"layers,omitempty"`
}

// readIndex lists the images of index.json: of all platforms, and of the indexes
// in it. An archive need not have all that its index names.
func (a *archive) readIndex() ([]image, error) {
	content := a.said[indexName]
	if content == nil {
		return nil, nil
	}
	if err := a.checkLayout(); err != nil {
		return nil, err
	}
	top, err := parseOCI(indexName, content)
	if err != nil {
		return nil, err
	}
	w := walk{archive: a}
	for n, d := range top.Manifests {
		w.entry, w.names, w.seen = n, namesOf(d), make(map[string]bool)
		if err := w.descend(d, 1); err != nil {
			return nil, err
		}
	}
	if len(w.images) == 0 && w.missing != "" && a.said[manifestName] == nil {
		return nil, lying("its %s names %s, which is not in it", indexName, quote(w.missing))
	}
	return w.images, nil
}

// checkLayout refuses a layout of another version than 1, which may mean anything.
func (a *archive) checkLayout() error {
	var layout struct {
		Version string `json:"imageLayoutVersion"`
	}
	content, ok := a.said[layoutName]
	if !ok {
		return nil
	}
	if err := json.Unmarshal(content, &layout); err != nil {
		return lying("its %s is not a document in JSON", layoutName)
	}
	if !strings.HasPrefix(layout.Version, "1.") {
		return unsupported("write it in version 1.0.0", "its OCI layout has the version %s", quote(layout.Version))
	}
	return nil
}

func namesOf(d descriptor) (names []string) {
	for _, key := range []string{imageNameKey, refNameKey} {
		if name := d.Annotations[key]; name != "" {
			names = append(names, name)
		}
	}
	return names
}

// walk goes through an index and those in it.
type walk struct {
	archive *archive
	entry   int
	names   []string        // of the entry
	seen    map[string]bool // in the entry
	count   int
	images  []image
	missing string
}

// maxNesting bounds how deep indexes are in each other; real ones are twice.
const maxNesting = 4

func (w *walk) descend(d descriptor, depth int) error {
	w.count++
	if depth > maxNesting || w.count > maxItems {
		return tooLong()
	}
	content, err := w.archive.blob(d)
	switch {
	case err != nil:
		return err
	case content == nil:
		w.missing = d.Digest
		return nil
	}
	doc, err := parseOCI(d.Digest, content)
	if err != nil {
		return err
	}
	if doc.Manifests == nil {
		w.add(d, doc)
		return nil
	}
	for _, below := range doc.Manifests {
		if w.seen[below.Digest] {
			continue // it has no more to say the second time
		}
		w.seen[below.Digest] = true
		if err := w.descend(below, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// blob returns the document of a descriptor; nil if it is not there, or is none.
func (a *archive) blob(d descriptor) ([]byte, error) {
	digits, ok := strings.CutPrefix(d.Digest, "sha256:")
	if raw, err := hex.DecodeString(digits); !ok || err != nil || len(raw) != 32 {
		return nil, unsupported("write it with SHA-256", "its index has the digest %s", quote(d.Digest))
	}
	e := a.entries[blobsDir+digits]
	switch {
	case e == nil || e.kind != aFile:
		return nil, nil
	case e.size != d.Size:
		return nil, lying("the entry %s has %d bytes and not %d, as its index says", quote(e.name), e.size, d.Size)
	}
	return e.document, nil
}

// parseOCI reads an index or a manifest. One that could be taken for either is
// refused: programs that read it must not come to different ends (CVE-2021-41190).
func parseOCI(name string, content []byte) (ociDocument, error) {
	var doc ociDocument
	err := json.Unmarshal(content, &doc)
	switch {
	case errors.Is(err, errLong):
		return ociDocument{}, tooLong()
	case err != nil:
		return ociDocument{}, lying("its %s is not an index or manifest in JSON", quote(name))
	case doc.Manifests != nil && (doc.Config != nil || doc.Layers != nil):
		return ociDocument{}, lying("its %s is both an index and a manifest", quote(name))
	}
	return doc, nil
}

// add adds the image of a manifest. It passes over what is none: attestations,
// signatures, charts and other artifacts, and images that are not wholly there.
func (w *walk) add(d descriptor, doc ociDocument) {
	if doc.Config == nil || slices.ContainsFunc(doc.Layers, isNoLayer) {
		return
	}
	configFile, err := w.archive.blob(*doc.Config)
	if err != nil || configFile == nil {
		w.missing = doc.Config.Digest
		return
	}
	config, ok := parseConfig(configFile)
	if !ok || config.platform.OS == "unknown" || d.Platform != nil && d.Platform.OS == "unknown" {
		return
	}
	i := image{names: slices.Clone(w.names), config: blobName(*doc.Config), platform: config.platform, manifest: &d, entry: w.entry}
	if i.platform.Variant == "" && d.Platform != nil {
		i.platform.Variant = d.Platform.Variant
	}
	for _, layer := range doc.Layers {
		i.layers = append(i.layers, blobName(layer))
	}
	w.images = merge(w.images, []image{i})
}

// isNoLayer tells whether a blob is no part of a file system.
func isNoLayer(d descriptor) bool {
	base, _, _ := strings.Cut(d.MediaType, "+")
	switch strings.TrimSuffix(base, ".gzip") {
	case "application/vnd.oci.image.layer.v1.tar", "application/vnd.oci.image.layer.nondistributable.v1.tar",
		"application/vnd.docker.image.rootfs.diff.tar", "application/vnd.docker.image.rootfs.foreign.diff.tar",
		"application/vnd.docker.image.rootfs.diff.tar.zstd":
		return false
	}
	return true
}

// blobName is where the content of a descriptor is.
func blobName(d descriptor) string { return "blobs/" + strings.Replace(d.Digest, ":", "/", 1) }
