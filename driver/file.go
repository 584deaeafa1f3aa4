package driver

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"
)

// DefaultFileMode is the mode of a file that sets none: what is streamed into an
// instance is mostly a secret.
const DefaultFileMode fs.FileMode = 0o600

// Bounds of what a spec's files may be. They are held in memory and sent in one
// request; what is larger belongs into the image, a volume or CopyIn.
const (
	MaxFiles     = 64      // of a spec
	MaxFileSize  = 1 << 20 // of one, in bytes
	MaxFilesSize = 4 << 20 // of all of a spec's, in bytes
)

// File is a file that an instance finds when it first starts: a driver streams it
// in when it creates the instance. It replaces the image's of that path. Folders
// that are missing are made, root's and with mode 0755.
//
// The content may be a secret. No driver puts it into a label, the environment, a
// log, an event or an error, and none reports it back.
type File struct {
	// Path is absolute and clean, "/etc/app/key.pem". It is not below a mount, which
	// would hide the file, nor one that every host makes anew at each start. Required.
	Path string `json:"path"`
	// Mode is the permission bits; 0 means DefaultFileMode.
	Mode fs.FileMode `json:"mode,omitempty"`
	// UID and GID own the file; zero is root.
	UID int `json:"uid,omitempty"`
	GID int `json:"gid,omitempty"`
	// Content is what is in it.
	Content Content `json:"content,omitempty"`
}

// String returns the path and the size, never the content.
func (f File) String() string { return fmt.Sprintf("file %s of %v", f.Path, f.Content) }

// GoString is String, so that %#v shows no content.
func (f File) GoString() string { return f.String() }

// LogValue is String, so that a structured log shows no content.
func (f File) LogValue() slog.Value { return slog.StringValue(f.String()) }

// Content is a file's bytes, which format as their number whatever the verb. In
// JSON they are there, in base64: who stores a spec stores its files.
type Content []byte

// String returns how many bytes there are.
func (c Content) String() string { return fmt.Sprintf("%d bytes", len(c)) }

// Format writes String, also for the verbs that would show bytes, such as %x.
func (c Content) Format(to fmt.State, _ rune) { _, _ = to.Write([]byte(c.String())) }

// LogValue is String, so that a structured log shows no content.
func (c Content) LogValue() slog.Value { return slog.StringValue(c.String()) }

// digest stands for the content where only its identity matters.
func (c Content) digest() Content {
	sum := sha256.Sum256(c)
	return Content(hex.EncodeToString(sum[:]))
}
