package template

import (
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/dockerhv/dockerhv"
)

// ImageStore is what a host keeps its images in. What more a store can do are
// the roles below, found by type assertion; [Role] gives the error for a store
// that lacks one.
type ImageStore interface {
	// Image returns the image of a reference or an ID. Without one the error
	// matches dockerhv.ErrNotFound.
	Image(ctx context.Context, ref string) (Image, error)
	// Remove drops the reference, and the image with its last reference. It never
	// forces: an image that an instance uses is dockerhv.ErrConflict. An absent
	// reference is success.
	Remove(ctx context.Context, ref string) error
}

// Puller is a store that pulls from registries.
type Puller interface {
	// Pull brings the image of a reference and returns when it is whole in the
	// store. The returned image carries the digest that the registry served. One of
	// another platform than is asked for is dockerhv.ErrNotFound, and is not kept, unless it
	// was there before. Errors have a *PullError where the registry's reason is known.
	Pull(ctx context.Context, ref string, opts PullOptions) (Image, error)
}

// PullOptions says how to pull. The zero value pulls the host's platform anonymously.
type PullOptions struct {
	// Platform asks for one platform; zero means the host's own.
	Platform Platform
	// Credential is shown to the registry; zero means anonymous.
	Credential Credential
	// Progress is called as the work goes on; nil means silence.
	Progress func(Progress)
	// Verify asks the registry, with the credential, also for an image that the host has
	// under the reference's digest.
	Verify bool
	// Stall gives up when a download has brought nothing for so long; 0 means
	// DefaultStall, negative never does. Unpacking may take its time.
	Stall time.Duration
	// Admit is asked, once the digest is known and before anything is downloaded, whether
	// the image may be on the host; its error is the pull's, of the class dockerhv.ErrDenied.
	// It is asked also of what the host has. Nil admits all.
	Admit func(ctx context.Context, c Candidate) error
}

// Ask asks Admit of an image, and returns why it is not admitted: an error of the class
// dockerhv.ErrDenied that has a *PullError. Pullers call it.
func (o PullOptions) Ask(ctx context.Context, c Candidate) error {
	if o.Admit == nil {
		return nil
	}
	err := o.Admit(ctx, c)
	if err == nil {
		return nil
	}
	return &dockerhv.Error{
		Op: "admit image", ID: c.String(), Class: dockerhv.ErrDenied, Err: &PullError{Reason: PullDenied, Err: err},
		Next: "ask for an image that the policy admits",
	}
}

// DefaultStall is how long a download may bring nothing, where nothing else is said.
const DefaultStall = 5 * time.Minute

// Candidate is an image that is about to be on a host.
type Candidate struct {
	Registry   string   // such as "docker.io" or "registry:5000"
	Repository string   // such as "library/nginx"
	Digest     string   // of the manifest or index, "sha256:..."
	Platform   Platform // what is asked for; zero means the host's own
}

// String returns the image's name, with its digest if it has one.
func (c Candidate) String() string {
	name := strings.TrimPrefix(c.Registry+"/"+c.Repository, "/")
	if c.Digest == "" {
		return name
	}
	return name + "@" + c.Digest
}

// Loader is a store that loads archives.
type Loader interface {
	// Load reads a docker-archive, uncompressed, and returns when its images are
	// registered. Its layers are plain or in what the [Traits] say. It may say the same
	// in OCI's words, too: then a store that knows these may heed them instead. An
	// archive that ends with a read error registers nothing.
	Load(ctx context.Context, archive io.Reader) error
}

// Exporter is a store that writes its images to archives. Package template/tarfile makes
// archives of them for other programs, and copies images from host to host.
type Exporter interface {
	// Export returns an archive of the image of a reference or an ID, as the store writes
	// it: uncompressed, as a docker-archive, an OCI archive, or both. It is whole if it ends
	// as a tar archive does, and is to be closed, which may be before its end.
	Export(ctx context.Context, ref string) (io.ReadCloser, error)
}

// Tagger is a store that gives a further reference to an image it has.
type Tagger interface {
	// Tag makes ref name the image of id, whatever it named before.
	Tag(ctx context.Context, id, ref string) error
}

// Lister is a store that tells all that it has. Package template/lease finds by it what
// nobody needs.
type Lister interface {
	// Stored returns the images that can be run, in no order.
	Stored(ctx context.Context) ([]Stored, error)
	// FullName returns a reference as Stored has it. One that is no name is
	// dockerhv.ErrInvalid.
	FullName(ref string) (string, error)
}

// Stored is an image in a store.
type Stored struct {
	// ID is the image's, as in Image.
	ID string
	// References are the names that it has, in full: with the registry, and with a tag or
	// a digest. Each can be given to ImageStore.Remove, but for digests that a store tells
	// of each name that it has.
	References []string
	// Used is true when an instance, of whomever and in whatever state, was made of it.
	Used bool
	// Size is what it takes, in bytes, layers that others have, too, included.
	Size int64
}

// Measurer is a store that tells how much it takes.
type Measurer interface {
	// Used returns what all images take on the host's disk, in bytes, with what several
	// have in common counted once.
	Used(ctx context.Context) (int64, error)
}

// BuildDialer is a store whose host builds images with BuildKit.
type BuildDialer interface {
	// DialBuild opens one of BuildKit's two streams: its control API ("/grpc",
	// with proto "h2c") or a session ("/session").
	DialBuild(ctx context.Context, path, proto string, meta map[string][]string) (net.Conn, error)
}

// Credential is what a registry wants to see. It formats without its secrets.
type Credential struct {
	Username      string
	Password      string
	IdentityToken string // an OAuth2 refresh token, in place of a password
	RegistryToken string // a bearer token that is sent as it is
}

// String returns the user's name alone.
func (c Credential) String() string { return "credential of " + c.name() }

// GoString returns the user's name alone, so that %#v shows no secret.
func (c Credential) GoString() string { return c.String() }

// LogValue returns the user's name alone, so that a structured log shows no secret.
func (c Credential) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText returns the user's name alone: it is how a log in JSON formats a
// value that holds a Credential, where LogValue is not asked.
func (c Credential) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

func (c Credential) name() string {
	switch {
	case c.Username != "":
		return c.Username
	case c == Credential{}:
		return "nobody"
	}
	return "a token"
}
