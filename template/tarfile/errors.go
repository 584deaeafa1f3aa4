package tarfile

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/internal/compression"
	"github.com/dockerhv/dockerhv/internal/fetch"
)

// fail completes an error with what was attempted on what. A store or a download
// may have said that already.
func (s Source) fail(err error) error {
	const op = "install tarfile"
	ours, ok := err.(*dockerhv.Error) //nolint:errorlint // one that is wrapped is a cause
	if !ok {
		return &dockerhv.Error{Op: op, ID: s.id(), Err: err}
	}
	complete := *ours
	if complete.Op == "" {
		complete.Op = op
	}
	if complete.ID == "" {
		complete.ID = s.id()
	}
	return &complete
}

// id names the source in errors, without what could be a secret.
func (s Source) id() string {
	switch {
	case s.Path != "":
		return s.Path
	case s.URL != "":
		return fetch.Redact(s.URL)
	}
	return s.item()
}

// giveArchive is what to do instead of giving something else.
const giveArchive = "give an archive of images, as docker save, skopeo or buildah write it, or a root file system"

func invalid(next, format string, args ...any) error {
	return &dockerhv.Error{Class: dockerhv.ErrInvalid, Err: fmt.Errorf(format, args...), Next: next}
}

func unsupported(next, format string, args ...any) error {
	return &dockerhv.Error{Class: errors.ErrUnsupported, Err: fmt.Errorf(format, args...), Next: next}
}

// corrupt makes the module's error of what a decompressor or the tar reader says,
// and leaves one that has its class as it is.
func corrupt(err error) error {
	_, ours := errors.AsType[*dockerhv.Error](err)
	r, refused := errors.AsType[*refusal](err)
	switch {
	case ours:
		return err
	case refused:
		return &dockerhv.Error{Class: r.class, Err: r, Next: r.next}
	case compression.IsTooWide(err):
		return invalid("compress it with a smaller window", "its window is larger than %d bytes", compression.MaxWindow)
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("it is truncated: %w", err)
	default:
		err = fmt.Errorf("it is corrupt: %w", err)
	}
	return &dockerhv.Error{Class: dockerhv.ErrIntegrity, Err: err, Next: "get the archive again"}
}

// corruptLayer is corrupt for what comes of unpacking an entry.
func corruptLayer(err error) error {
	if _, ok := errors.AsType[*refusal](err); ok {
		return err
	}
	err = corrupt(err)
	ours, ok := err.(*dockerhv.Error) //nolint:errorlint // one that is wrapped is a cause
	if !ok || ours.Op != "" || ours.Err == nil {
		return err
	}
	return &refusal{class: ours.Class, reason: ours.Err.Error(), next: ours.Next}
}

// lying is of an archive that contradicts itself.
func lying(format string, args ...any) error {
	return &dockerhv.Error{
		Class: dockerhv.ErrIntegrity, Err: fmt.Errorf(format, args...), Next: "get the archive again",
	}
}

// quote shows a name of the archive's, which can be long and hold anything.
func quote(name string) string {
	const enough = 128
	if len(name) > enough {
		return strconv.Quote(name[:enough]) + "..."
	}
	return strconv.Quote(name)
}

// refusal is why an entry is not accepted, or what comes out of the decompressor
// is not. archive.explain makes an error of it that names the entry.
type refusal struct {
	class        error
	reason, next string
}

func (r *refusal) Error() string { return r.reason }

func refuse(reason string) error {
	return &refusal{class: dockerhv.ErrInvalid, reason: reason, next: "make the archive with docker save or skopeo"}
}

func tooMuch(format string, args ...any) error {
	return &refusal{
		class: dockerhv.ErrInvalid, reason: fmt.Sprintf(format, args...), next: "raise the limits if it can be trusted",
	}
}
