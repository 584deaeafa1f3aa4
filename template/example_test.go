package template_test

import (
	"context"
	"fmt"
	"log"

	"github.com/dockerhv/dockerhv/template"
)

// fetched is a source that finds the image on the host. In your program it is one of
// template/repository, template/dockerfile and template/tarfile.
type fetched struct{ of template.Registration }

func (f fetched) Install(_ context.Context, _ template.ImageStore, opts template.InstallOptions) (template.Image, error) {
	return template.Image{ID: "sha256:4a1f", Reference: f.of.URL, Platform: opts.Platform}, nil
}

// A cloud registers a template, installs it on a host, and lists it. With
// template/filestore as the Store, all of this survives a restart.
func ExampleCatalog() {
	ctx := context.Background()
	catalog, err := template.OpenCatalog(ctx, template.CatalogOptions{
		Openers: map[template.Format]template.Opener{
			template.Repository: func(r template.Registration) (template.TemplateSource, error) { return fetched{r}, nil },
		},
	})
	if err != nil {
		log.Fatal(err)
	}

	_, err = catalog.Register(ctx, template.Registration{ID: "t-1", Format: "VHD", URL: "nginx:1.27"})
	fmt.Println(template.Code(err), int(template.Code(err)), err)
	_, err = catalog.Register(ctx, template.Registration{
		ID: "t-1", Name: "web", Format: template.Repository, URL: "nginx:1.27", Arch: "x86_64", Public: true,
		Details: map[string]string{template.DetailCommand: `["nginx", "-g", "daemon off;"]`},
	})
	if err != nil {
		log.Fatal(err)
	}

	var host template.ImageStore // is a driver's Images()
	image, err := catalog.Install(ctx, "t-1", "host-1", host, template.InstallOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(image.Reference, image.Platform)

	list, err := catalog.List(ctx, template.Filter{Public: new(true)})
	if err != nil {
		log.Fatal(err)
	}
	for _, t := range list.Templates {
		on, _ := catalog.Installation(ctx, t.ID, "host-1")
		defaults, _ := t.Defaults()
		fmt.Println(t.ID, t.Name, on.State, on.Status(), defaults.Command)
	}
	fmt.Println(catalog.Delete(ctx, "t-1", template.DeleteOptions{}))

	// Output:
	// PARAM_ERROR 431 register template t-1: format: "VHD" is not a template format; use one of [Repository Dockerfile Tarfile]
	// nginx:1.27 linux/amd64
	// t-1 web DOWNLOADED Download Complete [nginx -g daemon off;]
	// delete template t-1: it is installed on host-1; uninstall it first, or force it
}
