package lease_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/memory"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/lease"
)

// An image is held until its instance is there, kept by the instance, and removed by the
// sweeps of Keeper.Run some time after. The source is one of package template/repository,
// template/dockerfile or template/tarfile, or a catalog's.
func ExampleKeeper() {
	ctx := context.Background()
	d := memory.New(memory.Options{}).Open("cloud-7") // in your program: docker.Open
	now := time.Now()
	keeper, err := lease.New(d.Images(), lease.Options{Owner: "cloud-7", Now: func() time.Time { return now }})
	if err != nil {
		log.Fatal(err)
	}
	image, held, err := keeper.Install(ctx, app, template.InstallOptions{})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := d.Create(ctx, driver.Spec{ID: "i-1", Image: image.ID}); err != nil {
		log.Fatal(err)
	}
	if err := held.Release(ctx); err != nil {
		log.Fatal(err)
	}
	sweep := func(when string) {
		swept, err := keeper.Sweep(ctx, lease.SweepOptions{})
		fmt.Println(when, len(swept), err)
	}
	sweep("while the instance is there:")
	if err := d.Destroy(ctx, "i-1", driver.DestroyOptions{}); err != nil {
		log.Fatal(err)
	}
	sweep("just after:")
	now = now.Add(lease.DefaultDelay)
	sweep("some minutes later:")

	// Output:
	// while the instance is there: 0 <nil>
	// just after: 0 <nil>
	// some minutes later: 1 <nil>
}
