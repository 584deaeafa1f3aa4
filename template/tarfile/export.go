package tarfile

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// Form is a form of archives of images.
type Form string

// The forms.
const (
	// DockerArchive is what `docker load` takes on any engine.
	DockerArchive Form = "docker-archive"
	// OCIArchive is an OCI image layout in a tar archive.
	OCIArchive Form = "oci-archive"
)

// ExportOptions says how to export. The zero value works.
type ExportOptions struct {
	// Form is the archive's; empty means DockerArchive. What an engine writes in both
	// forms at once, as it does since version 25, is left to be both.
	Form Form
	// Name is what the image is called in the archive, such as "app:1"; empty means that
	// it has no name there.
	Name string
	// Progress is called as the work goes on; nil means silence. It is never called
	// concurrently, nor after Export has returned.
	Progress func(template.Progress)
}

// Export writes an archive of an image that a store has, which must be a
// template.Exporter, and returns the image. The archive is not compressed, is written in
// constant memory as it comes from the store, without a temporary file, and is verified on
// the way: its last entries, which say what image it has, are written when all others were
// found to be what they are named by. After an error there is something else, and what was
// written is to be dropped.
//
// An engine before 25 writes no OCI archive, in which a layer is named by its digest. So
// that form has it write the image twice: the first time for the digests.
func Export(ctx context.Context, from template.ImageStore, ref string, to io.Writer, opts ExportOptions) (template.Image, error) {
	fail := func(err error) (template.Image, error) { return template.Image{}, failExport("export image", ref, err) }
	if err := opts.validate(); err != nil {
		return fail(err)
	}
	exporter, err := template.Role[template.Exporter](from)
	if err != nil {
		return fail(err)
	}
	image, err := from.Image(ctx, ref)
	if err != nil {
		return fail(err)
	}
	e := export{ExportOptions: opts, from: exporter, image: image, progress: newReporter(opts.Progress, ref, template.Exporting)}
	if err := e.run(ctx, to); err != nil {
		return fail(err)
	}
	e.progress.enter(template.Done)
	return image, nil
}

func (o *ExportOptions) validate() (err error) {
	if o.Form == "" {
		o.Form = DockerArchive
	}
	if o.Form != DockerArchive && o.Form != OCIArchive {
		return &dockerhv.FieldError{Field: "form", Reason: fmt.Sprintf("%s is not known; use %s or %s", quote(string(o.Form)), DockerArchive, OCIArchive)}
	}
	if o.Name == "" {
		return nil
	}
	if o.Name, err = parseTag(o.Name); err != nil {
		return &dockerhv.FieldError{Field: "name", Reason: "is not a name with a tag, such as app:1"}
	}
	return nil
}

// failExport completes an error with what was attempted on what.
func failExport(op, ref string, err error) error {
	ours, ok := err.(*dockerhv.Error) //nolint:errorlint // one that is wrapped is a cause
	if !ok {
		return &dockerhv.Error{Op: op, ID: ref, Err: err}
	}
	complete := *ours
	complete.Op, complete.ID = op, ref
	return &complete
}

// export is one export of an image.
type export struct {
	ExportOptions
	from     template.Exporter
	image    template.Image
	progress *reporter
	n        int64 // bytes that were read, all times together
}

// errUnnamed is of a file that an OCI archive can't have.
var errUnnamed = errors.New("a file is not named by its digest")

func (e *export) run(ctx context.Context, to io.Writer) error {
	w := tar.NewWriter(to)
	last, err := e.copy(ctx, w)
	if errors.Is(err, errUnnamed) {
		last, err = e.rename(ctx, w)
	}
	for _, d := range last {
		if err == nil {
			err = copyFile(w, d.name, int64(len(d.content)), newReader(d.content))
		}
	}
	if err == nil {
		err = w.Close()
	}
	return err
}

// copy writes what the store writes, but for its word on the image, which it returns anew.
func (e *export) copy(ctx context.Context, to *tar.Writer) ([]file, error) {
	a, err := e.read(ctx, to, e.asItIs)
	if err != nil {
		return nil, err
	}
	image, err := a.choose("", e.image.Platform)
	if err != nil {
		return nil, err
	}
	return image.documents(e.Name)
}

// asItIs copies all but the folders, which nobody needs. It stops before it has written
// anything that the form can't have.
func (e *export) asItIs(c *copier) visit {
	return func(h *tar.Header, en *entry, content io.Reader) error {
		switch {
		case en.kind == aDirectory:
			return nil
		case e.Form == OCIArchive && en.kind != heldBack && !isBlob(en.name):
			return errUnnamed
		}
		return c.visit(h, en, content)
	}
}

// read has the store write the image, and visits what comes.
func (e *export) read(ctx context.Context, to *tar.Writer, with func(*copier) visit) (*archive, error) {
	stream, err := e.from.Export(ctx, e.image.ID)
	if err != nil {
		return nil, err
	}
	in := &input{reader: stream, closer: stream, alive: func() error { return context.Cause(ctx) }, progress: e.progress, n: e.n}
	defer in.close()
	// It is the host's own: what it unpacks to is there already.
	limits := Limits{Bytes: math.MaxInt64, Entries: DefaultRootEntries, Ratio: math.MaxInt64, Time: DefaultTime}
	a := newArchive(limits, template.Traits{Zstd: true})
	c := newCopier(a, to, &meter{limits: limits, input: in}, "", nil)
	if err = a.read(in, with(c)); err == nil {
		err = drain(in)
	}
	e.n = in.n
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case in.err != nil:
		return nil, in.err
	}
	return a, err
}
