package memory_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/memory"
)

// The answer to a call is lost. The orchestrator makes the call again, and there is
// one instance.
func Example() {
	ctx := context.Background()
	host := memory.New(memory.Options{})
	image := host.Put("example.org/web:1", memory.Image{Command: []string{"serve"}})
	d := host.Open("my-cloud")

	lost := false
	host.Fail(func(_ context.Context, c memory.Call) error {
		if c.Op == "create instance" && c.Phase == memory.After && !lost {
			lost = true
			return errors.New("connection reset")
		}
		return nil
	})
	spec := driver.Spec{ID: "i1", Image: image.ID}
	_, err := d.Create(ctx, spec)
	fmt.Println(err)
	_, err = d.Create(ctx, spec)
	fmt.Println(err)
	fmt.Println(d.Start(ctx, "i1"))
	host.Exit("my-cloud", "i1", 3)

	all, _ := host.Open("my-cloud").List(ctx, driver.Filter{})
	for _, i := range all {
		exit, _ := driver.Wait(ctx, d, i.ID)
		fmt.Println(i.ID, i.State, exit.Code)
	}
	// Output:
	// create instance i1 on memory: connection reset
	// <nil>
	// <nil>
	// i1 exited 3
}
