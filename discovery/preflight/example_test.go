package preflight_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/discovery/preflight"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/driver/memory"
)

// An agent registers no host that fails a check.
func ExampleOptions_Admit() {
	checks := preflight.Options{MinMemory: 1 << 50} // 1 PiB
	agent := discovery.Agent{Preflight: checks.Admit}

	// This is what the agent does with each host that it has opened.
	ctx := context.Background()
	d := memory.New(memory.Options{}).Open("my-cloud") // yours is docker.Options{}.Open
	host, err := d.Host(ctx)
	if err != nil {
		log.Fatal(err)
	}
	err = agent.Preflight(ctx, d, host)
	fmt.Println(errors.Is(err, dockerhv.ErrConflict))
	// Output: true
}

// What a host tells of itself is judged, from wherever it came.
func ExampleJudge() {
	host := driver.Host{Version: "20.10", StorageDriver: "vfs", CgroupVersion: "1", CgroupDriver: "cgroupfs", LimitsMemory: true}
	report := preflight.Judge(preflight.Facts{Host: &host}, preflight.Options{})
	for _, check := range []string{"engine", "storage", "cgroup"} {
		f := report.Find(check)
		fmt.Printf("%s: %s, %s\n", f.Check, f.Result, f.Detail)
	}
	fmt.Println(report.Result)
	// Output:
	// engine: pass, Docker Engine 20.10 answers
	// storage: fail, its storage driver is "vfs", which is slow or given up
	// cgroup: fail, control groups v1 do not bound: cpu, pids
	// fail
}

// The set-up of this machine is planned, shown, and done if somebody agrees.
func ExampleSetup() {
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	ctx := context.Background()
	setup := preflight.Setup{
		Checks: preflight.Options{
			Open: discovery.Opener(docker.Options{Owner: "my-cloud"}.Open), ConfigFile: filepath.Join(folder, "daemon.json"),
			Lookup: func(context.Context, string) ([]string, error) { return []string{"127.0.1.1"}, nil },
		},
		Endpoint: driver.Endpoint{URL: "unix://" + folder + "/docker.sock"},
	}
	plan, err := setup.Plan(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for _, change := range plan.Changes {
		fmt.Printf("%s: %s\n%s", filepath.Base(change.Path), change.Why, change.After)
	}
	if agreed := false; agreed {
		report, err := setup.Apply(ctx, plan)
		if err != nil {
			log.Fatal(err) // all files are as they were
		}
		_ = report.WriteTable(os.Stdout)
	}
	// Output:
	// daemon.json: the engine's configuration
	// {
	//   "live-restore": true,
	//   "log-opts": {
	//     "max-file": "3",
	//     "max-size": "10m"
	//   }
	// }
}
