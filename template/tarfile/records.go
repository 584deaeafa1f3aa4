package tarfile

import (
	"encoding/json"
	"errors"
)

// record is what manifest.json says of one image.
type record struct {
	Config   string
	RepoTags list[string]
	Layers   list[string]
}

// readManifest lists the images of manifest.json.
func (a *archive) readManifest() ([]image, error) {
	content := a.said[manifestName]
	if content == nil {
		return nil, nil
	}
	var records list[record]
	err := json.Unmarshal(content, &records)
	switch {
	case errors.Is(err, errLong):
		return nil, tooLong()
	case err != nil, records == nil:
		return nil, lying("its %s is not a list of images in JSON", manifestName)
	}
	var images []image
	for n, r := range records {
		i := image{names: r.RepoTags, config: r.Config, layers: r.Layers, entry: -1 - n}
		if file := a.file(r.Config); file != nil {
			i.config = file.name
			config, _ := parseConfig(file.document)
			i.platform = config.platform
		}
		images = append(images, i)
	}
	return images, nil
}

func tooLong() error {
	return invalid("split it", "it has more images, layers or names than are allowed")
}
