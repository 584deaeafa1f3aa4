package memory

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/dockerhv/dockerhv"
)

// Load reads a docker-archive, of which it keeps the names and the configuration.
func (s Images) Load(ctx context.Context, archive io.Reader) error {
	return s.driver.call(ctx, "load image", "", func() error {
		loaded, err := readArchive(archive)
		if err != nil {
			return err
		}
		s.driver.host.mu.Lock()
		defer s.driver.host.mu.Unlock()
		for _, l := range loaded {
			s.driver.host.put(l.config, l.image(), l.RepoTags...)
		}
		return nil
	})
}

// archived is an image in a docker-archive's manifest.json.
type archived struct {
	Config   string
	RepoTags []string
	config   []byte
}

// readArchive reads an archive to its end, and what its manifest says.
func readArchive(archive io.Reader) ([]archived, error) {
	files, err := unpack(archive)
	if err != nil {
		return nil, err
	}
	var images []archived
	manifest, err := files.read("manifest.json")
	if err == nil {
		err = json.Unmarshal(manifest, &images)
	}
	for n := range images {
		var readErr error
		images[n].config, readErr = files.read(images[n].Config)
		err = errors.Join(err, readErr)
	}
	if err != nil || len(images) == 0 {
		return nil, refuse(dockerhv.ErrIntegrity, "make it with docker save", "the archive holds no image that can be read")
	}
	return images, nil
}

// image is what the configuration says that it runs.
func (a archived) image() Image {
	var file struct {
		Config struct {
			Entrypoint, Cmd              []string
			Labels                       map[string]string
			WorkingDir, User, StopSignal string
		} `json:"config"`
	}
	if json.Unmarshal(a.config, &file) != nil {
		return Image{}
	}
	c := file.Config
	return Image{
		Entrypoint: c.Entrypoint, Command: c.Cmd, Labels: c.Labels,
		WorkDir: c.WorkingDir, User: c.User, StopSignal: c.StopSignal,
	}
}
