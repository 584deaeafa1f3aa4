package template

import (
	"fmt"
	"path"
	"strings"

	"github.com/dockerhv/dockerhv"
)

// checkLocation refuses a URL that can't be right for its format, or that holds a
// password. Whether it is in the form that the format takes, the opener checks. No
// error quotes a URL: it may hold a secret in a place of its own.
func checkLocation(r Registration) error {
	refuse := func(why string) error { return &dockerhv.FieldError{Field: "url", Reason: why} }
	scheme, rest, ok := strings.Cut(r.URL, "://")
	if !ok {
		scheme, rest = "", r.URL
	}
	switch {
	case r.URL == "":
		return refuse("is empty; say where the template is")
	case holdsPassword(scheme, rest):
		return refuse("holds a user or password; use one without")
	case r.Format == Repository && ok && !strings.EqualFold(scheme, "docker"):
		return refuse("is no reference of an image; write name:tag or docker://name:tag")
	case r.Format != Repository:
		if other := otherFormat(r.URL, r.Format); other != "" {
			return refuse(fmt.Sprintf("ends as a %s does, and the format is %s", other, r.Format))
		}
	}
	return checkText("url", r.URL, maxURL)
}

// holdsPassword tells whether a URL names a user, whom only ssh does without a
// password, or a reference begins with one: a reference has "@" only before its
// digest.
func holdsPassword(scheme, rest string) bool {
	authority, _, _ := strings.Cut(rest, "/")
	at := strings.LastIndexByte(authority, '@')
	switch {
	case strings.HasPrefix(rest, "/"):
		return false // a path
	case scheme == "" || strings.EqualFold(scheme, "docker"):
		user, after, ok := strings.Cut(rest, "@")
		return ok && !strings.HasPrefix(after, "sha256:") && !strings.HasPrefix(after, "sha512:") &&
			(scheme != "" || strings.Contains(user, ":"))
	case strings.EqualFold(scheme, "ssh"):
		return at >= 0 && strings.Contains(authority[:at], ":")
	}
	return at >= 0
}

// otherFormat returns what a URL's suffix belongs to if that is another format. The
// cloud refuses unknown suffixes, too; here, content decides what an archive is, and
// a registry of files may well name them by numbers.
func otherFormat(location string, format Format) string {
	location, _, _ = strings.Cut(location, "#")
	location, _, _ = strings.Cut(location, "?")
	name := strings.ToLower(path.Base(location))
	if format == Tarfile && (name == "dockerfile" || strings.HasSuffix(name, ".dockerfile")) {
		return string(Dockerfile)
	}
	suffix := path.Ext(name)
	switch suffix {
	case ".gz", ".bz2", ".xz", ".zst", ".zip", ".metalink":
		if inner := path.Ext(strings.TrimSuffix(name, suffix)); disk(inner) != "" {
			return disk(inner)
		}
	}
	return disk(suffix)
}

// disk names what a suffix is of: a disk image of the cloud's other hypervisors, or
// an archive that is no tar.
func disk(suffix string) string {
	switch suffix {
	case ".qcow2", ".vhd", ".vhdx", ".vmdk", ".vdi", ".ova", ".ovf", ".iso", ".raw", ".zip":
		return strings.ToUpper(suffix[1:])
	case ".img":
		return "RAW"
	}
	return ""
}

// redact returns a URL as an error may show it: a query can be a signature, which
// lets anybody download.
func redact(location string) string {
	shown, _, cut := strings.Cut(location, "?")
	if cut {
		shown += "?..."
	}
	return shown
}
