package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/discovery/local"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/guru"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/dockerfile"
	"github.com/dockerhv/dockerhv/template/progress"
	"github.com/dockerhv/dockerhv/template/repository"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

// owner is whose instances the quickstart's are.
const owner = "quickstart"

// cleanupTimeout bounds taking everything away, also after an interrupt.
const cleanupTimeout = 2 * time.Minute

// session is one run on one host. It remembers what it brought there.
type session struct {
	out     io.Writer
	driver  *docker.Driver
	host    driver.Host
	catalog *template.Catalog
	suffix  string // makes this run's IDs its own

	mu        sync.Mutex
	images    []template.Image
	instances []string
}

// open finds the engine, and says what kind of host it is.
func open(ctx context.Context, o options, out io.Writer) (*session, error) {
	found := local.Discoverer{Explicit: o.endpoint}
	d, err := discovery.Open(ctx, found, docker.Options{Owner: owner}.Open)
	if err != nil {
		return nil, err
	}
	host, err := d.Host(ctx)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	printHost(out, host)
	return &session{
		out: out, driver: d, host: host, catalog: newCatalog(template.Download{Allow: o.allow}),
		suffix: strings.ToLower(rand.Text()[:4]),
	}, nil
}

// newCatalog registers templates of all three formats, also of local paths: whoever
// runs this program may read them.
func newCatalog(download template.Download) *template.Catalog {
	return template.NewCatalog(map[template.Format]template.Opener{
		template.Repository: func(r template.Registration) (template.TemplateSource, error) {
			source, err := repository.Open(r)
			if s, ok := source.(repository.Source); ok && s.Credentials == nil {
				s.Credentials = repository.DockerConfig("")
				return s, err
			}
			return source, err
		},
		template.Dockerfile: dockerfile.Opener{Download: download, AllowLocal: true}.Open,
		template.Tarfile:    tarfile.Opener{Download: download, AllowLocal: true}.Open,
	})
}

// install registers templates and installs them side by side, with a bar for each.
func (s *session) install(ctx context.Context, registrations []template.Registration) ([]template.Image, error) {
	for _, r := range registrations {
		if _, err := s.catalog.Register(ctx, r); err != nil {
			return nil, err
		}
	}
	bars := renderer(s.out)
	images := make([]template.Image, len(registrations))
	group, ctx := errgroup.WithContext(ctx)
	for i, r := range registrations {
		group.Go(func() (err error) {
			images[i], err = s.catalog.Install(ctx, r.ID, s.host.Name, s.driver.Images(), template.InstallOptions{Progress: bars.Report})
			if err == nil {
				s.brought(images[i])
			}
			return err
		})
	}
	err := group.Wait()
	s.broughtTogether(images)
	return images, errors.Join(err, bars.Close())
}

// renderer draws bars on a terminal, and writes lines elsewhere.
func renderer(out io.Writer) progress.Renderer {
	if file, ok := out.(*os.File); ok {
		return progress.New(file)
	}
	return progress.NewPlain(out)
}

// brought remembers an image that was not on the host before, to remove it.
func (s *session) brought(image template.Image) {
	if image.Cached {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.images = append(s.images, image)
}

// broughtTogether remembers images that were there only because another template of
// this session had brought them: two can have one content, under a reference each.
func (s *session) broughtTogether(images []template.Image) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, image := range images {
		brought := func(other template.Image) bool { return image.Cached && other.ID == image.ID }
		if slices.ContainsFunc(s.images, brought) {
			s.images = append(s.images, image)
		}
	}
}

// start turns a profile into a running instance.
func (s *session) start(ctx context.Context, p guru.Profile) error {
	p.ID += "-" + s.suffix
	p.Host = s.host
	spec, err := guru.Docker{}.Implement(ctx, p)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.instances = append(s.instances, spec.ID) // before it exists, for a Create whose answer is lost
	s.mu.Unlock()
	if _, err := s.driver.Create(ctx, spec); err != nil {
		return err
	}
	return s.driver.Start(ctx, spec.ID)
}

// close takes away what the session brought, unless it is to be kept, and shows
// that nothing is left. It works also when the user has interrupted.
func (s *session) close(ctx context.Context, keep bool) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	if keep {
		s.tellKept()
		return s.driver.Close()
	}
	return errors.Join(s.destroy(ctx), s.removeImages(ctx), s.proveNothingIsLeft(ctx), s.driver.Close())
}

func (s *session) destroy(ctx context.Context) error {
	var group errgroup.Group
	for _, id := range s.instances {
		group.Go(func() error { return s.driver.Destroy(ctx, id, driver.DestroyOptions{Force: true}) })
	}
	return group.Wait()
}

func (s *session) removeImages(ctx context.Context) error {
	var errs []error
	for _, image := range s.images {
		errs = append(errs, s.driver.Images().Remove(ctx, image.Reference))
	}
	return errors.Join(errs...)
}

// proveNothingIsLeft asks the engine instead of believing its answers.
func (s *session) proveNothingIsLeft(ctx context.Context) error {
	left, err := s.driver.List(ctx, driver.Filter{IDs: s.instances})
	if err != nil {
		return err
	}
	if len(s.instances) > 0 && len(left) > 0 {
		return fmt.Errorf("%d instances are left, such as %s; remove it with docker rm -f %s", len(left), left[0].ID, left[0].HostID)
	}
	for _, image := range s.images {
		if _, err := s.driver.Images().Image(ctx, image.Reference); !errors.Is(err, dockerhv.ErrNotFound) {
			return fmt.Errorf("the image %s is left (%w); remove it with docker rmi", image.Reference, err)
		}
	}
	fmt.Fprintf(s.out, "Nothing is left: %d instances destroyed, %d images removed.\n", len(s.instances), len(s.images))
	return nil
}

func (s *session) tellKept() {
	for _, id := range s.instances {
		fmt.Fprintf(s.out, "Kept instance %s; remove it with: docker rm -fv %s.%s\n", id, owner, id)
	}
	for _, image := range s.images {
		fmt.Fprintf(s.out, "Kept image; remove it with: docker rmi %s\n", image.Reference)
	}
}
