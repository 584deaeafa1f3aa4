package tarfile

import (
	"bytes"
	"encoding/json"

	"github.com/dockerhv/dockerhv/template"
)

// config is what is kept of an image's config.
type config struct {
	platform template.Platform
	layers   int
}

// parseConfig reads a file that may be an image's config; it returns nil for any
// other. Which one it is only the manifest tells, and that may come last.
func parseConfig(content []byte) *config {
	if !bytes.HasPrefix(bytes.TrimLeft(content, " \t\r\n"), []byte("{")) {
		return nil
	}
	var c struct {
		template.Platform
		RootFS *struct {
			DiffIDs names `json:"diff_ids"`
		} `json:"rootfs"`
	}
	if json.Unmarshal(content, &c) != nil || c.RootFS == nil {
		return nil
	}
	const longest = 64 // what is kept of each file must be small
	if len(c.OS) > longest || len(c.Architecture) > longest || len(c.Variant) > longest {
		return nil
	}
	return &config{platform: c.Platform, layers: len(c.RootFS.DiffIDs)}
}
