package engine

import (
	"context"
	"strings"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"golang.org/x/sync/errgroup"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

const opStored = "list images"

// Stored returns the store's images, in two requests: engines count a list's users in later
// versions alone.
func (s Images) Stored(ctx context.Context) ([]template.Stored, error) {
	var (
		images     []image.Summary
		containers []container.Summary
	)
	group, asked := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		containers, err = s.cli.ContainerList(asked, container.ListOptions{All: true})
		return err
	})
	group.Go(func() (err error) {
		images, err = s.cli.ImageList(asked, image.ListOptions{})
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, s.fail(opStored, "", err)
	}
	used := make(map[string]bool, len(containers))
	for n := range containers {
		used[containers[n].ImageID] = true
	}
	stored := make([]template.Stored, 0, len(images))
	for _, i := range images {
		stored = append(stored, template.Stored{
			ID: i.ID, References: fullNames(i.RepoTags, i.RepoDigests), Used: used[i.ID], Size: i.Size,
		})
	}
	return stored, nil
}

// fullNames returns names in full, without the engine's word for none.
func fullNames(lists ...[]string) []string {
	var all []string
	for _, names := range lists {
		for _, name := range names {
			if strings.Contains(name, "<none>") {
				continue
			}
			if named, err := reference.ParseNormalizedNamed(name); err == nil {
				all = append(all, named.String())
			}
		}
	}
	return all
}

// FullName returns a reference with its registry, and its tag or digest.
func (s Images) FullName(ref string) (string, error) {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return "", &dockerhv.Error{Op: "name image", ID: ref, Class: dockerhv.ErrInvalid, Err: err, Next: "give a name as docker pull takes it"}
	}
	if pinned, ok := named.(reference.Digested); ok {
		return named.Name() + "@" + pinned.Digest().String(), nil
	}
	return reference.TagNameOnly(named).String(), nil
}

// Used returns what all layers take. It may take the engine a while.
func (s Images) Used(ctx context.Context) (int64, error) {
	usage, err := s.cli.DiskUsage(ctx, types.DiskUsageOptions{Types: []types.DiskUsageObject{types.ImageObject}})
	if err != nil {
		return 0, s.fail("measure images", "", err)
	}
	return usage.LayersSize, nil
}
