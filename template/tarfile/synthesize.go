package tarfile

import (
	"encoding/json"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// synthetic is an image that is made here, of one layer.
type synthetic struct {
	found
	documents []file
}

// synthesize makes the image of a root file system.
func (i installation) synthesize(diffID string, size int64) (synthetic, error) {
	platform := i.Config.Platform
	if platform == (template.Platform{}) {
		platform = i.want
	}
	if err := suits(platform, i.want); err != nil {
		return synthetic{}, err
	}
	if platform.OS == "" || platform.Architecture == "" {
		return synthetic{}, &dockerhv.FieldError{Field: "config.platform", Reason: "is not known; say what the system is made for"}
	}
	config, err := i.Config.encode(platform, diffID)
	if err != nil {
		return synthetic{}, err
	}
	return assemble(config, descriptor{
		MediaType: "application/vnd.oci.image.layer.v1.tar", Digest: "sha256:" + diffID, Size: size,
	}, platform)
}

// assemble adds the manifest to a config and its layer.
func assemble(config []byte, layer descriptor, platform template.Platform) (synthetic, error) {
	described := describe("application/vnd.oci.image.config.v1+json", config)
	manifest, err := json.Marshal(ociDocument{
		SchemaVersion: 2, MediaType: mediaTypeManifest, Config: &described, Layers: list[descriptor]{layer},
	})
	if err != nil {
		return synthetic{}, err
	}
	of := describe(mediaTypeManifest, manifest)
	of.Platform = &platform
	s := synthetic{found: found{digest: described.Digest[len("sha256:"):]}}
	s.image = image{config: blobName(described), layers: []string{blobName(layer)}, platform: platform, manifest: &of}
	s.documents = []file{{blobName(described), config}, {blobName(of), manifest}}
	return s, nil
}

const mediaTypeManifest = "application/vnd.oci.image.manifest.v1+json"

func describe(mediaType string, content []byte) descriptor {
	return descriptor{MediaType: mediaType, Digest: "sha256:" + sumOf(content), Size: int64(len(content))}
}

// send writes all but what the store is told of the image.
func (s synthetic) send(up *upload, layer *spool) error {
	for _, d := range s.documents {
		if err := up.write(d); err != nil {
			return err
		}
	}
	content, size, err := layer.content()
	if err != nil {
		return err
	}
	return copyFile(up.archive, s.layers[0], size, content)
}
