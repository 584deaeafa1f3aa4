package tarfile

import (
	"archive/tar"
	"bufio"
	"bytes"
	"strings"
)

// Layout is how an archive is laid out.
type Layout string

// The layouts. The zero value finds out by content.
const (
	// Images is an archive of images: a docker-archive, an OCI archive, or both.
	Images Layout = "images"
	// RootFS is a bare root file system, such as an LXC template.
	RootFS Layout = "rootfs"
)

// layoutOf returns the layout that a source says, or that its content has.
func (s Source) layoutOf(content *bufio.Reader) Layout {
	if s.Layout != "" {
		return s.Layout
	}
	return guessLayout(content)
}

// guessLayout tells the layout of a tar archive by its first entry that has a name.
// All writers of images begin with what no system has at its top.
func guessLayout(content *bufio.Reader) Layout {
	head, _ := content.Peek(inputBuffer) // as much as there is
	r := tar.NewReader(bytes.NewReader(head))
	for {
		header, err := r.Next()
		if header == nil || err != nil && header.Name == "" {
			return Images
		}
		top, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimLeft(header.Name, "/"), "./"), "/")
		switch {
		case header.Typeflag == tar.TypeXGlobalHeader, top == "", top == ".":
		case isAtTop(top):
			return RootFS
		default:
			return Images
		}
	}
}

// isAtTop tells whether a name is at the top of root file systems, and of nothing
// else that is given for a template.
func isAtTop(name string) bool {
	switch name {
	case ".dockerenv", "bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "libx32", "lost+found", "media",
		"mnt", "opt", "proc", "root", "run", "sbin", "srv", "sys", "tmp", "usr", "var":
		return true
	}
	return false
}
