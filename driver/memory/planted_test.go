package memory_test

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/drivertest"
	"github.com/dockerhv/dockerhv/driver/memory"
)

// bugVariable names the bug for a copy of this test program.
const bugVariable = "DOCKERHV_PLANTED_BUG"

// TestPlantedBugs proves that the suite finds bugs, and says which rule is broken:
// each is planted into the driver, and a copy of this program runs the suite's
// rules of that name's group.
func TestPlantedBugs(t *testing.T) {
	if os.Getenv(bugVariable) != "" {
		t.Skip("this is the copy")
	}
	for name, bug := range bugs() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !isRule(bug.breaks) {
				t.Fatalf("the suite has no rule %q", bug.breaks)
			}
			group, _, _ := strings.Cut(bug.breaks, "/")
			copied := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPlantedCopy$/^"+group+"$", "-test.timeout=1m")
			copied.Env = append(os.Environ(), bugVariable+"="+name)
			output, err := copied.CombinedOutput()
			if err == nil {
				t.Fatal("the suite did not find it")
			}
			broken := failed(string(output))
			if !slices.Contains(broken, bug.breaks) {
				t.Errorf("the suite finds %q broken, want %q\n%s", broken, bug.breaks, output)
			}
		})
	}
}

// TestPlantedCopy is what the copies run.
func TestPlantedCopy(t *testing.T) {
	bug, ok := bugs()[os.Getenv(bugVariable)]
	if !ok {
		t.Skip("for TestPlantedBugs")
	}
	var hosts hosts
	_, workload := newHost(memory.Options{})
	drivertest.Run(t, drivertest.Config{
		New: func(t *testing.T, owner string) driver.Driver {
			host := hosts.of(t)
			return bug.plant(host, host.Open(owner), owner)
		},
		Workload: workload,
		Cut:      func(t *testing.T) (mend func()) { return cut(hosts.of(t)) },
		Each:     synctest.Test,
	})
}

func isRule(name string) bool {
	return slices.ContainsFunc(drivertest.Rules(), func(r drivertest.Rule) bool { return r.Name == name })
}

var failedRule = regexp.MustCompile(`--- FAIL: TestPlantedCopy/(\S+)`)

// failed lists the rules that an output tells of as broken.
func failed(output string) []string {
	var rules []string
	for _, found := range failedRule.FindAllStringSubmatch(output, -1) {
		rules = append(rules, strings.ReplaceAll(found[1], "_", " "))
	}
	return rules
}
