package tarfile

import "strings"

// otherKind returns the error for an archive without manifest.json that can be
// told to be another kind of archive.
func (a *archive) otherKind() error {
	const next = "write it with docker save, or with skopeo to docker-archive:"
	switch {
	case a.entries[layoutName] != nil:
		return unsupported(next, "it is an OCI archive, which is not supported yet")
	case a.entries[legacyName] != nil:
		return unsupported(next, "it is an archive of a Docker older than 1.10")
	case a.isRootFS():
		return rootFS()
	}
	return invalid("give a docker-archive, as docker save writes it", "it has no %s", manifestName)
}

func rootFS() error {
	return unsupported("make an image of it with docker import, and give that as docker save writes it",
		"it is a root filesystem, which is not supported yet")
}

// isRootFS tells whether an archive has the directories of a system, and nothing
// of an archive of images.
func (a *archive) isRootFS() bool {
	for name := range strings.FieldsSeq("manifest.json oci-layout blobs repositories") {
		if a.entries[name] != nil {
			return false
		}
	}
	for name := range strings.FieldsSeq(".dockerenv bin etc usr lib sbin var") {
		if a.entries[name] != nil {
			return true
		}
	}
	return false
}
