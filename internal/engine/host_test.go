package engine

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/system"
	"github.com/docker/docker/client"
	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv/driver"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// 138, 143: what an engine says of itself is read into the same keys each time, and a
// mirror's password is not. The answer of 20.10 is a real one; to that of 28.5 what
// few machines have was added, by the API's description.
func TestHostOfAnEnginesAnswers(t *testing.T) {
	for api, name := range map[string]string{"1.41": "engine-20.10", "1.51": "engine-28.5"} {
		t.Run(name, func(t *testing.T) {
			var answers struct {
				Info    system.Info
				Version types.Version
			}
			data, err := os.ReadFile("testdata/" + name + ".json")
			if err == nil {
				err = json.Unmarshal(data, &answers)
			}
			if err != nil {
				t.Fatal(err)
			}
			cli, err := client.NewClientWithOpts(client.WithVersion(api))
			if err != nil {
				t.Fatal(err)
			}
			e := &Engine{cli: cli, endpoint: driver.Endpoint{Name: "h", URL: "tcp://192.0.2.7:2376"}}
			host := e.describe(answers.Info, answers.Version, api)
			e.measure(&host, answers.Info)
			golden(t, "testdata/"+name+".golden.json", host)
			if strings.Contains(strings.Join(host.RegistryMirrors, " "), "hunter2") {
				t.Errorf("a password is among %v", host.RegistryMirrors)
			}
		})
	}
}

func golden(t *testing.T, file string, value any) {
	t.Helper()
	got, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("%s (-want +got):\n%s", file, cmp.Diff(string(want), string(got)))
	}
}

// 140: a clock is off by what no delay of the answer explains.
func TestClockSkew(t *testing.T) {
	asked := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	answered := asked.Add(3 * time.Second)
	for shown, want := range map[time.Time]time.Duration{
		{}:                            0,
		asked:                         0,
		asked.Add(2 * time.Second):    0,
		answered:                      0,
		answered.Add(time.Minute):     time.Minute,
		asked.Add(-5 * time.Second):   -5 * time.Second,
		asked.Add(-24 * 3600 * 1e9):   -24 * time.Hour,
		answered.Add(time.Nanosecond): time.Nanosecond,
	} {
		if got := clockSkew(shown, asked, answered); got != want {
			t.Errorf("a clock that shows %v is off by %v, want %v", shown, got, want)
		}
	}
}

func TestHostLabels(t *testing.T) {
	want := map[string]string{"rack": "r1", "zone": "a=b", "spare": ""}
	if diff := cmp.Diff(want, hostLabels([]string{"rack=r1", "zone=a=b", "spare"})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
