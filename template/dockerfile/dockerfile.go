// Package dockerfile makes a template of a Dockerfile, which BuildKit builds: that of
// the host's engine, or one that stands alone.
//
// The Dockerfile and its context come as a folder, a file system of the program, an
// archive, a git repository, or as a text that needs no context. What comes by http or
// https is downloaded here, bounded and checksummed, and not by the host, which would
// reach whatever the host reaches. A git repository is fetched by BuildKit, and so is
// what the Dockerfile's own FROM, ADD and RUN ask for: a Dockerfile is somebody else's
// program, to be built only where it may run.
//
// # Before anything is built
//
// What is no Dockerfile, a target that it has not, a tag that can't be one, a secret
// or SSH identity that a step requires and is not given, and what an older engine would
// ignore are errors before the first step runs. The last match dockerhv.ErrInvalid and
// errors.ErrUnsupported, and name what they need. A Dockerfile whose first line asks for
// a frontend of its own, or that is in a git repository, is BuildKit's alone to judge.
package dockerfile

import (
	"context"
	"crypto/tls"
	"io"
	"io/fs"
	"net/netip"

	"github.com/dockerhv/dockerhv/template"
)

// Source is a Dockerfile. It implements template.TemplateSource. Just one of URL, Dir,
// FS, Archive, Reader, Git and Text says where the Dockerfile is.
type Source struct {
	// URL is where a Dockerfile is downloaded from, which then has an empty context: it
	// can COPY from stages and images only; or a tar archive that is context and
	// Dockerfile, as Archive. Its content tells which.
	URL string
	// Dir is a local folder: the context, which holds the Dockerfile. Its .dockerignore
	// is honoured, and in its place that of the Dockerfile's own name, such as
	// "Dockerfile.dockerignore". So it is in all contexts.
	Dir string
	// FS is likewise a file system of the program. Links in it are seen where it is an
	// fs.ReadLinkFS.
	FS fs.FS
	// Archive is the path of a tar archive of such a folder, plain or compressed with
	// gzip, bzip2, xz or zstd.
	Archive string
	// Reader opens such an archive for one Install, which closes it. Its reads should
	// end when the context does.
	Reader func(context.Context) (io.ReadCloser, error)
	// Git is the http, https or git URL of a repository, and Commit is what is built of
	// it: all digits of its hash. BuildKit fetches it, from wherever it can reach.
	Git, Commit string
	// Text is the Dockerfile itself, with an empty context.
	Text string

	// Subdir is the folder in an archive or a repository that is the context; empty
	// means all of it.
	Subdir string
	// File is the Dockerfile's path in the context; empty means "Dockerfile".
	File string
	// Checksum is what the Dockerfile's content must have, or else the archive's as it
	// comes; zero means any. A repository has its commit.
	Checksum template.Checksum

	// Args are build arguments. They stay in the image's history: no place for a
	// secret.
	Args map[string]string
	// Labels are put on the image.
	Labels map[string]string
	// Target is the stage to build; empty means the last.
	Target string
	// NoCache runs every step again.
	NoCache bool
	// Network is what RUN steps see: "none", "host" for the host's own, or empty for the
	// engine's default.
	Network string
	// Hosts are addresses by name, for RUN steps.
	Hosts map[string]netip.Addr
	// Secrets are what a RUN step can mount, by ID. They are in no layer, and not in the
	// log: what a step prints of them is hidden.
	Secrets map[string]Secret
	// SSH lets a RUN step log in elsewhere, by ID, of which "default" is what a step gets
	// that names none: with the path of an agent's socket, or with those of keys
	// without a passphrase.
	SSH map[string][]string
	// CacheFrom is where results of steps are looked for beside BuildKit's own cache, and
	// CacheTo where they are put.
	CacheFrom, CacheTo []Cache
	// Tag is the reference that the image gets on the host; empty means one that is
	// made of its digest: "localhost/dockerhv:dockerfile-" and 32 digits.
	Tag string

	// Builder is the address of a buildkitd to build with, unix:///path or
	// tcp://host:port; empty means the BuildKit in the host's engine. Its image goes
	// from there into the host's store, and through no disk here.
	Builder string
	// BuilderTLS is for one at tcp; nil means plain text.
	BuilderTLS *tls.Config
	// Log is written all that BuildKit tells of the build, in lines; nil means nowhere. It
	// is not written concurrently, nor after Install has returned.
	Log io.Writer

	// Download bounds the download of URL. Its MaxBytes of 0 means 1 MiB for a
	// Dockerfile, also for one in a context, and 1 GiB for an archive.
	Download template.Download
	// Limits bounds what an archive may unpack to.
	Limits Limits
	// TempDir is where an archive is unpacked; empty means the system's directory for
	// temporary files.
	TempDir string
}

var _ template.TemplateSource = Source{}

const (
	// maxDockerfile bounds a Dockerfile, in bytes, where the source sets no bound.
	maxDockerfile = 1 << 20
	// maxArchive bounds the download of an archive likewise.
	maxArchive = 1 << 30
)

// Cache is where results of steps are kept, for other builds: just one of Registry,
// Dir and Inline.
type Cache struct {
	// Registry is a reference, whose registry is asked by BuildKit.
	Registry string
	// Dir is a folder of this machine.
	Dir string
	// Inline keeps them with the image, for CacheTo only. Whoever looks for them names
	// the image.
	Inline bool
	// All keeps the results of all steps, and not of those alone that the image is made
	// of; for CacheTo a registry or folder only.
	All bool
}

// Limits bounds what an archive may unpack to. A zero field means its default.
type Limits struct {
	// Bytes bounds all that is unpacked; 0 means 8 GiB.
	Bytes int64
	// Entries bounds how many entries it has; 0 means 262144.
	Entries int
	// Ratio bounds how many times larger than the archive all that is unpacked may be,
	// once that is more than 32 MiB; 0 means 100.
	Ratio int64
}
