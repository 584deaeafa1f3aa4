package docker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
	"github.com/dockerhv/dockerhv/template"
)

// Capture commits an instance's container. It waits for other calls for the instance, and
// they for it. When it has ended without an answer, the engine may still be making the
// image, which then has no name; the same call again gives it its own.
//
// Engines before 25 keep a copy of the container's whole configuration in the image's, as
// "container_config", with this driver's labels. No engine reads it, nor does this driver.
func (d *Driver) Capture(ctx context.Context, id string, opts driver.CaptureOptions) (captured template.Image, err error) {
	const op = "capture instance"
	ctx, end := d.change(ctx, op, id)
	defer end(&err)
	if err = opts.Validate(); err == nil {
		opts.Reference, err = engine.CaptureReference(opts.Reference)
	}
	if err != nil {
		return template.Image{}, d.name(op, id, err)
	}
	err = d.locked(ctx, op, id, func(hostID string) error {
		c := capture{d, engine.Images{Engine: d.engine}, hostID, captureMark(hostID, opts), opts}
		captured, err = c.run(ctx)
		return err
	})
	if err != nil {
		return template.Image{}, err
	}
	return captured, nil
}

// captureMark is equal for what the same call would capture.
func captureMark(hostID string, opts driver.CaptureOptions) string {
	sum := sha256.Sum256([]byte(hostID + " " + opts.Hash()))
	return hex.EncodeToString(sum[:])
}

// capture is one capture of a container.
type capture struct {
	driver *Driver
	images engine.Images
	hostID string
	mark   string
	opts   driver.CaptureOptions
}

// run looks for what was captured before, and else captures. The image gets its name when
// it is whole.
func (c capture) run(ctx context.Context) (template.Image, error) {
	if _, err := c.driver.engine.Inspect(ctx, c.hostID); err != nil {
		return template.Image{}, err
	}
	id, mark, err := c.driver.engine.CaptureMark(ctx, c.opts.Reference)
	switch {
	case err == nil && mark == c.mark:
		return c.images.Image(ctx, c.opts.Reference)
	case err == nil:
		return template.Image{}, &dockerhv.Error{
			Class: dockerhv.ErrExists, Err: fmt.Errorf("%s names the image %s, which is another", c.opts.Reference, id),
			Next: "use another reference, or remove that one first",
		}
	case !errors.Is(err, dockerhv.ErrNotFound):
		return template.Image{}, err
	}
	id, err = c.image(ctx)
	if err == nil {
		err = c.images.Tag(ctx, id, c.opts.Reference)
	}
	// A request that came twice has made two, of which one has no name.
	if left := c.takeBack(ctx); err != nil || left != nil {
		return template.Image{}, errors.Join(err, left)
	}
	return c.images.Image(ctx, c.opts.Reference)
}

// image returns the ID of an image without a name: one that a call before could not give
// its name to, or a new one.
func (c capture) image(ctx context.Context) (string, error) {
	left, err := c.driver.engine.Captures(ctx, c.mark)
	if err != nil {
		return "", err
	}
	if len(left) > 0 {
		return left[0], nil
	}
	return c.driver.engine.Capture(ctx, c.hostID, c.mark, c.opts)
}

// takeBackTimeout bounds taking back.
const takeBackTimeout = 10 * time.Second

// takeBack removes what a capture has made that has no name. A host that can't be asked
// has nothing to say to it: the same call again uses it.
func (c capture) takeBack(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeBackTimeout)
	defer cancel()
	left, err := c.driver.engine.Captures(ctx, c.mark)
	if err != nil {
		return nil
	}
	for _, id := range left {
		err = errors.Join(err, c.images.Remove(ctx, id))
	}
	return err
}
