package tarfile

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/dockerhv/dockerhv/template"
)

// ourName begins the references that we give: no image of a registry can have a
// name in localhost. The rest of one is made of a digest, so that it never names
// something else: it is our record of what is on the host.
const ourName = "localhost/dockerhv:tarfile-"

func ourReference(digest string) string {
	const enough = 32 // digits; a tag has room for 128 characters
	return ourName + digest[:enough]
}

// reference is the name that the store gets for an image of the archive.
func (i installation) reference(f found) (string, error) {
	switch {
	case i.Tag != "":
		return parseTag(i.Tag)
	case i.Checksum != template.Checksum{}:
		return i.record(), nil
	}
	return ourReference(f.digest), nil
}

// record is the reference of what becomes of an archive with a known checksum. It
// can be told without the archive.
func (i installation) record() string {
	return ourReference(digestOf(i.Checksum, i.Image, i.Layout == RootFS, i.Config, i.want))
}

// key names an installation among those at the same time: it is equal for those
// that would come to the same end. Empty is like no other.
func (i installation) key() string {
	var file any
	switch {
	case i.copied != "":
		return "copy " + digestOf(i.copied, i.Tag, i.want)
	case i.Path != "":
		path, err := filepath.Abs(i.Path)
		info, statErr := os.Stat(i.Path)
		if err != nil || statErr != nil {
			return ""
		}
		file = []any{path, info.Size(), info.ModTime().UnixNano()}
	case i.URL == "" && i.Checksum == (template.Checksum{}):
		return ""
	}
	return "tarfile " + digestOf(file, i.URL, i.Checksum, i.Image, i.Layout, i.Config, i.Tag, i.Download, i.Limits, i.TempDir, i.want)
}

// digestOf is the hex SHA-256 of plain data.
func digestOf(data ...any) string {
	encoded, err := json.Marshal(data)
	if err != nil {
		panic(err) // unreachable: it is plain data
	}
	return sumOf(encoded)
}
