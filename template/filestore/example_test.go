//go:build unix

package filestore_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/filestore"
)

// What is registered in one run of a program is there in the next.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "catalog")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	for run := range 2 {
		store, err := filestore.Open(dir)
		if err != nil {
			log.Fatal(err)
		}
		catalog, err := template.OpenCatalog(ctx, template.CatalogOptions{
			Store: store,
			Openers: map[template.Format]template.Opener{ // in your program, repository.Open and its kind
				template.Repository: func(template.Registration) (template.TemplateSource, error) { return nothing{}, nil },
			},
		})
		if err != nil {
			log.Fatal(err)
		}
		if run == 0 {
			r := template.Registration{ID: "t-1", Format: template.Repository, URL: "nginx:1.27"}
			if _, err := catalog.Register(ctx, r); err != nil {
				log.Fatal(err)
			}
		}
		list, err := catalog.List(ctx, template.Filter{})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(list.Count, list.Templates[0].URL)
		store.Close()
	}

	// Output:
	// 1 nginx:1.27
	// 1 nginx:1.27
}
