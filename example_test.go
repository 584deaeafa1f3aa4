package dockerhv_test

import (
	"context"
	"fmt"
	"log"

	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/discovery/local"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/guru"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/repository"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

// archive is a docker-archive of busybox. In your program it is yours.
var archive string

// The whole flow: a host is discovered, a template is registered and installed on
// it, the guru turns a profile into a spec, and the driver runs the instance.
func Example() {
	ctx := context.Background()

	// Discover the Docker Engine of this machine, and open it.
	host, err := discovery.Open(ctx, local.Discoverer{}, docker.Options{Owner: "example"}.Open)
	if err != nil {
		log.Fatal(err)
	}
	defer host.Close()
	facts, err := host.Host(ctx)
	if err != nil {
		log.Fatal(err)
	}

	// Register a template, as registerTemplate(hypervisor=Docker, format, url) does.
	catalog := template.NewCatalog(map[template.Format]template.Opener{
		template.Repository: repository.Open,
		template.Tarfile:    tarfile.Opener{AllowLocal: true}.Open,
	})
	if _, err := catalog.Register(ctx, template.Registration{ID: "t-1", Format: template.Tarfile, URL: archive}); err != nil {
		log.Fatal(err)
	}

	// Install it onto the host.
	image, err := catalog.Install(ctx, "t-1", facts.Name, host.Images(), template.InstallOptions{})
	if err != nil {
		log.Fatal(err)
	}
	defer host.Images().Remove(ctx, image.Reference)

	// Implement what was sold as what the host is told.
	spec, err := guru.Docker{}.Implement(ctx, guru.Profile{
		ID: "i-2-45-VM", Name: "web", Image: image, Host: facts,
		Offering: guru.Offering{CPUs: 0.5, Memory: 64 << 20},
		Command:  []string{"sh", "-c", "echo hello from $(cat /etc/hostname)"},
	})
	if err != nil {
		log.Fatal(err)
	}

	// Run it.
	instance, err := host.Create(ctx, spec)
	if err != nil {
		log.Fatal(err)
	}
	defer host.Destroy(ctx, instance.ID, driver.DestroyOptions{Force: true})
	if err := host.Start(ctx, instance.ID); err != nil {
		log.Fatal(err)
	}
	for line, err := range driver.Logs(ctx, host, instance.ID, driver.LogOptions{Follow: true}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(line.Text)
	}
	exit, err := driver.Wait(ctx, host, instance.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("exit code", exit.Code)

	// Output:
	// hello from web
	// exit code 0
}
