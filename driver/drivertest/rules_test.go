package drivertest_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/drivertest"
)

var update = flag.Bool("update", false, "rewrite requirements.md from the rules")

// row is a requirement's: its number, its words, and its proof.
var row = regexp.MustCompile(`^\| (\d+) \| ([^|]+) \| ([^|]*) \|$`)

// TestRequirements proves that requirements.md names the rules that there are, each
// beside the requirements that it is about, and leaves no requirement without a word.
func TestRequirements(t *testing.T) {
	const file = "requirements.md"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	proven := provenBy(t)
	listed := map[int]bool{}
	var lines []string
	for line := range strings.SplitSeq(string(data), "\n") {
		if r := row.FindStringSubmatch(line); r != nil {
			number, _ := strconv.Atoi(r[1])
			listed[number] = true
			line = fmt.Sprintf("| %d | %s | %s |", number, r[2], proof(number, proven[number], r[3]))
			if strings.HasSuffix(line, "|  |") {
				t.Errorf("requirement %d has neither a rule nor a reason", number)
			}
		}
		lines = append(lines, line)
	}
	want := strings.Join(lines, "\n")
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Errorf("%s is out of date, run with -update (-want +got):\n%s", file, diff)
	}
	for _, r := range drivertest.Rules() {
		for _, number := range r.Lines {
			if !listed[number] {
				t.Errorf("%s is about requirement %d, which %s does not have", r.Name, number, file)
			}
		}
	}
}

// proof names the rules of a requirement and the tests about it, each in backquotes,
// and keeps what else there is to say, which is after a semicolon or alone.
func proof(number int, tests []string, old string) string {
	var parts []string
	for _, r := range drivertest.Rules() {
		if slices.Contains(r.Lines, number) {
			parts = append(parts, "`"+r.Name+"`")
		}
	}
	for _, test := range tests {
		parts = append(parts, "`"+test+"`")
	}
	named := strings.Join(parts, ", ")
	said := old[strings.LastIndex(old, "`")+1:]
	if said = strings.TrimPrefix(said, "; "); said != "" && named != "" {
		return named + "; " + said
	}
	return named + said
}

// TestRules proves that every rule has a name of its own and says what it is about.
func TestRules(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range drivertest.Rules() {
		if seen[r.Name] || len(r.Lines) == 0 || strings.ContainsAny(r.Name, "_|`;") {
			t.Errorf("the rule %q is there twice, is about nothing or has a name that can't be told from another", r.Name)
		}
		seen[r.Name] = true
	}
	if len(seen) < 100 {
		t.Errorf("there are %d rules", len(seen))
	}
}

// TestCapabilities proves that package driver tells of the same optional interfaces as
// the suite has rules for.
func TestCapabilities(t *testing.T) {
	all, err := driver.Capabilities(t.Context(), nothing{})
	if err != nil {
		t.Fatal(err)
	}
	var told []drivertest.Capability
	for _, c := range all {
		told = append(told, drivertest.Capability(c.Name))
		if c.Supported || c.Reason == "" {
			t.Errorf("of a driver that has nothing it is told %+v", c)
		}
	}
	want := drivertest.Capabilities()
	slices.Sort(want)
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("driver.Capabilities tells of others than the suite has (-suite +told):\n%s", diff)
	}
}

// nothing is a driver that has no optional interface.
type nothing struct{ driver.Driver }
