package memory

import (
	"context"
	"encoding/json"
	"errors"
	"maps"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/template"
)

// Capture makes an image of an instance. It follows no Changes.
func (d *Driver) Capture(ctx context.Context, id string, opts driver.CaptureOptions) (captured template.Image, err error) {
	err = d.locked(ctx, "capture instance", id, func() error {
		if err := opts.Validate(); err != nil {
			return err
		}
		if len(opts.Changes) > 0 {
			return refuse(errors.ErrUnsupported, "leave the changes out", "a host in memory follows no instructions of a Dockerfile")
		}
		return d.on(id, func(i *instance) error {
			captured, err = d.host.capture(i, opts)
			return err
		})
	})
	if err != nil {
		return template.Image{}, err
	}
	return captured, nil
}

// capture makes an image of an instance, or finds it. The caller has the lock.
func (h *Host) capture(i *instance, opts driver.CaptureOptions) (template.Image, error) {
	mark := i.hostID + " " + opts.Hash()
	if id, ok := h.tags[opts.Reference]; ok {
		if h.images[id].captured != mark {
			return template.Image{}, refuse(dockerhv.ErrExists, "use another reference, or remove that one first", "the reference names another image")
		}
		is := h.images[id].is
		is.Reference = opts.Reference
		return is, nil
	}
	content, err := json.Marshal([]any{mark, h.now()})
	if err != nil {
		return template.Image{}, err // unreachable: texts and a time
	}
	is := h.put(content, i.runs(opts.Labels), opts.Reference)
	h.images[is.ID].captured, h.images[is.ID].files = mark, maps.Clone(*i.files)
	return is, nil
}

// runs is what an image has to say for another instance to run what this one does.
func (i *instance) runs(labels map[string]string) Image {
	runs := i.image.Image
	if i.spec.Entrypoint != nil || i.spec.Command != nil {
		runs.Command = i.spec.Command
	}
	if i.spec.Entrypoint != nil {
		runs.Entrypoint = i.spec.Entrypoint
	}
	runs.Env = merged(runs.Env, i.spec.Env)
	runs.Labels = merged(i.labels(), labels)
	if i.spec.WorkDir != "" {
		runs.WorkDir = i.spec.WorkDir
	}
	if i.spec.User != "" {
		runs.User = i.spec.User
	}
	if i.spec.StopSignal != "" {
		runs.StopSignal = i.spec.StopSignal
	}
	return runs
}

// merged is both maps in a new one; the second wins.
func merged(one, two map[string]string) map[string]string {
	all := make(map[string]string, len(one)+len(two))
	maps.Copy(all, one)
	maps.Copy(all, two)
	return all
}
