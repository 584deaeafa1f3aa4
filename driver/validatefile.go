package driver

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// maxID is the last user and group that Linux has; the one after it means none.
const maxID = 1<<32 - 2

func validateFiles(s Spec) error {
	switch {
	case len(s.Files) > 0 && s.Security.ReadOnlyRoot:
		return field("files", "a read-only root takes none in; mount a volume for them")
	case len(s.Files) > MaxFiles:
		return field("files", "there are %d, of at most %d", len(s.Files), MaxFiles)
	}
	total := 0
	for i, f := range s.Files {
		at := fmt.Sprintf("files[%d]", i)
		if err := validateFile(at, f); err != nil {
			return err
		}
		if err := validatePlace(at+".path", f.Path, s.Mounts); err != nil {
			return err
		}
		if err := validateBeside(at+".path", f.Path, s.Files[:i]); err != nil {
			return err
		}
		total += len(f.Content)
	}
	if total > MaxFilesSize {
		return field("files", "%d bytes are more than the %d of all of a spec's", total, MaxFilesSize)
	}
	return nil
}

func validateFile(at string, f File) error {
	switch {
	case !path.IsAbs(f.Path) || path.Clean(f.Path) != f.Path || f.Path == "/":
		return field(at+".path", "%q is no clean absolute path below /", f.Path)
	case f.Mode&^fs.ModePerm != 0:
		return field(at+".mode", "%v has more than permission bits", f.Mode)
	case f.UID < 0 || f.GID < 0 || f.UID > maxID || f.GID > maxID:
		return field(at, "%d:%d is no owner", f.UID, f.GID)
	case len(f.Content) > MaxFileSize:
		return field(at+".content", "%d bytes are more than %d", len(f.Content), MaxFileSize)
	}
	return nil
}

// validatePlace refuses a path where the instance would not find the file.
func validatePlace(at, file string, mounts []Mount) error {
	switch file {
	case "/etc/hostname", "/etc/hosts", "/etc/resolv.conf":
		return field(at, "%q is written by the host at each start", file)
	}
	for _, folder := range []string{"/proc", "/sys", "/dev"} {
		if below(file, folder) {
			return field(at, "%q is below %s, which the host mounts at each start", file, folder)
		}
	}
	for _, m := range mounts {
		if below(file, path.Clean(m.Target)) {
			return field(at, "%q is below the mount %s, which would hide it", file, m.Target)
		}
	}
	return nil
}

// validateBeside refuses a path that can't be there together with those before it.
func validateBeside(at, file string, before []File) error {
	for _, other := range before {
		switch {
		case file == other.Path:
			return field(at, "%q is there twice", file)
		case below(file, other.Path) || below(other.Path, file):
			return field(at, "%q can't be there beside %q: one of the two is a folder", file, other.Path)
		}
	}
	return nil
}

// below tells whether a clean path is a folder or in it.
func below(file, folder string) bool { return file == folder || strings.HasPrefix(file, folder+"/") }
