package driver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/dockerhv/dockerhv/template"
)

// Capturer is a driver that makes an image of what an instance's files are like now.
type Capturer interface {
	// Capture makes an image of an instance, running or at rest, and returns it pinned by
	// digest. The image runs what the instance runs, in the same environment, and has its
	// files but not what is in its volumes and other mounts. An instance that is paused
	// stays so.
	//
	// Beware of secrets: the environment of the instance and the content of Spec.Files, which
	// are among its files, are in the image for whoever gets it. That it was an instance, and
	// whose, is not: nobody takes a new instance of the image for the captured one, nor for
	// one of its owner's. The labels of its spec are the image's, like the template's own.
	//
	// It is idempotent by reference: captured again with the same options, an instance gives
	// the image that its first capture made. A reference that names another image is
	// dockerhv.ErrExists, and touches nothing; remove it first, or use another. So a call
	// that failed or was given up can be made again. What it may have left on the host until
	// then is an image without a name.
	Capture(ctx context.Context, id string, opts CaptureOptions) (template.Image, error)
}

// CaptureOptions says how to capture. All but Reference may be zero.
type CaptureOptions struct {
	// Reference is what to call the image, such as "backups/web:1". It can't be empty, and
	// has no digest: that comes of the capture.
	Reference string `json:"reference"`
	// Live captures a running instance without pausing it meanwhile, so that what it is
	// just writing may be half-written in the image. The zero value pauses it: a running
	// instance stands still for as long as its files take to be copied.
	Live bool `json:"live,omitempty"`
	// Author and Message are kept with the image: who made it, and why. Each is one line.
	Author  string `json:"author,omitempty"`
	Message string `json:"message,omitempty"`
	// Changes are instructions of a Dockerfile that change what the image runs, each in a
	// line, such as `CMD ["serve"]`. Allowed are CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK,
	// STOPSIGNAL, USER, VOLUME and WORKDIR. None means what the instance runs.
	Changes []string `json:"changes,omitempty"`
	// Labels are added to the image's, and win over those that it has. None may begin with
	// "io.github.dockerhv.", which are this module's own.
	Labels map[string]string `json:"labels,omitempty"`
}

// Hash is equal for options that capture the same.
func (o CaptureOptions) Hash() string {
	data, err := json.Marshal(o)
	if err != nil {
		data = []byte(err.Error()) // unreachable: it holds nothing that JSON refuses
	}
	sum := sha256.Sum256(data)
	return "v1:" + hex.EncodeToString(sum[:])
}

// Capture makes an image of an instance, as [Capturer] says.
func Capture(ctx context.Context, d Driver, id string, opts CaptureOptions) (template.Image, error) {
	if c, ok := As[Capturer](d); ok {
		return c.Capture(ctx, id, opts)
	}
	return template.Image{}, unsupportedBy(d, "capture instance", id)
}
