package tarfile

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/dockerhv/dockerhv/template"
)

// isDocument tells whether content begins as an object in JSON.
func isDocument(head []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("{"))
}

// keep reads what an archive says of itself.
func (a *archive) keep(e *entry, content io.Reader) error {
	if e.name == legacyName { // no engine that is supported needs it
		a.said[e.name] = nil
		return drain(content)
	}
	err := a.remind(e, content)
	a.said[e.name] = e.document
	return err
}

// remind keeps the content of an entry.
func (a *archive) remind(e *entry, content io.Reader) error {
	switch {
	case e.size > maxDocument:
		return tooMuch("it is larger than %d bytes", maxDocument)
	case e.size > maxDocuments-a.documents:
		return tooMuch("the archive's documents are larger than %d bytes", maxDocuments)
	}
	a.documents += e.size
	e.document = make([]byte, e.size)
	_, err := io.ReadFull(content, e.document)
	return err
}

// config is what is read of an image's config.
type config struct {
	platform template.Platform
	diffIDs  []string
}

// parseConfig reads the config of an image; ok is false for any other document.
func parseConfig(content []byte) (c config, ok bool) {
	var doc struct {
		template.Platform
		RootFS *struct {
			DiffIDs list[string] `json:"diff_ids"`
		} `json:"rootfs"`
	}
	if json.Unmarshal(content, &doc) != nil || doc.RootFS == nil {
		return config{}, false
	}
	for _, word := range []string{doc.OS, doc.Architecture, doc.Variant} {
		if word != "" && (len(word) > maxName || !isPrintable(word)) {
			return config{}, false
		}
	}
	return config{platform: doc.Platform, diffIDs: doc.RootFS.DiffIDs}, true
}
