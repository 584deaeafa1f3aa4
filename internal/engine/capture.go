package engine

import (
	"context"
	"maps"
	"strings"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

const opCapture = "capture instance"

// labelCapture is an image's that was captured: of what, and how.
const labelCapture = LabelPrefix + "capture"

// CaptureReference completes the reference of a capture.
func CaptureReference(ref string) (string, error) {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil || !reference.IsNameOnly(named) && !isTagged(named) {
		return "", &dockerhv.FieldError{Field: "reference", Reason: "is not a name with a tag, such as backups/web:1"}
	}
	return reference.FamiliarString(reference.TagNameOnly(named)), nil
}

func isTagged(named reference.Named) bool {
	_, tagged := named.(reference.Tagged)
	_, digested := named.(reference.Digested)
	return tagged && !digested
}

// Capture makes an image of a container, without a reference, and returns its ID. The
// mark is kept in it.
func (e *Engine) Capture(ctx context.Context, hostID, mark string, opts driver.CaptureOptions) (string, error) {
	inspected, err := e.cli.ContainerInspect(ctx, hostID)
	if err != nil {
		return "", e.fail(opCapture, hostID, err)
	}
	response, err := e.cli.ContainerCommit(ctx, hostID, container.CommitOptions{
		Author: opts.Author, Comment: opts.Message, Changes: opts.Changes, Pause: !opts.Live,
		Config: &container.Config{
			Labels:     captureLabels(inspected.Config.Labels, mark, opts),
			StopSignal: inspected.Config.StopSignal, // which Engine 20.10 would forget
		},
	})
	if err != nil {
		return "", e.fail(opCapture, hostID, err)
	}
	return response.ID, nil
}

// captureLabels are those of an image. The engine adds the container's that are not among
// them, so that our own can't be left out. They are emptied: as an empty one each is read
// as if it were not there.
func captureLabels(has map[string]string, mark string, opts driver.CaptureOptions) map[string]string {
	labels := make(map[string]string, len(opts.Labels)+1)
	maps.Copy(labels, opts.Labels)
	for name := range has {
		if strings.HasPrefix(name, LabelPrefix) {
			labels[name] = ""
		}
	}
	labels[labelCapture] = mark
	return labels
}

// CaptureMark returns the ID of the image of a reference, and the mark that it has if it
// was captured.
func (e *Engine) CaptureMark(ctx context.Context, ref string) (id, mark string, err error) {
	inspected, err := e.cli.ImageInspect(ctx, ref)
	if err != nil {
		return "", "", e.fail(opCapture, ref, err)
	}
	if inspected.Config != nil {
		mark = inspected.Config.Labels[labelCapture]
	}
	return inspected.ID, mark, nil
}

// Captures returns the IDs of the images without a reference that have a mark.
func (e *Engine) Captures(ctx context.Context, mark string) ([]string, error) {
	images, err := e.cli.ImageList(ctx, image.ListOptions{Filters: filters.NewArgs(
		filters.Arg("dangling", "true"), filters.Arg("label", labelCapture+"="+mark),
	)})
	if err != nil {
		return nil, e.fail(opCapture, "", err)
	}
	ids := make([]string, 0, len(images))
	for n := range images {
		ids = append(ids, images[n].ID)
	}
	return ids, nil
}
