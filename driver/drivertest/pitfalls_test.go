package drivertest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv/driver/drivertest"
)

// pitfalls is how many are known.
const pitfalls = 45

var (
	quoted   = regexp.MustCompile("`([^`]+)`")
	testName = regexp.MustCompile(`^([a-z/]+)\.(Test\w+)$`)
)

// 146: every pitfall has a named test, which there is, or a word why it has none.
func TestPitfalls(t *testing.T) {
	data, err := os.ReadFile("pitfalls.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := make(map[int]string)
	for line := range strings.SplitSeq(string(data), "\n") {
		if r := row.FindStringSubmatch(line); r != nil {
			number, _ := strconv.Atoi(r[1])
			rows[number] = r[3]
		}
	}
	for number := 1; number <= pitfalls; number++ {
		if rows[number] == "" {
			t.Errorf("pitfall %d has neither a test nor a word", number)
		}
		for _, name := range quoted.FindAllStringSubmatch(rows[number], -1) {
			if !exists(t, name[1]) {
				t.Errorf("pitfall %d is said to be proven by %q, which there is not", number, name[1])
			}
		}
	}
	if len(rows) != pitfalls {
		t.Errorf("there are %d rows; want %d", len(rows), pitfalls)
	}
}

// exists tells whether there is a test or a rule of that name.
func exists(t *testing.T, name string) bool {
	t.Helper()
	test := testName.FindStringSubmatch(name)
	if test == nil {
		return slices.ContainsFunc(drivertest.Rules(), func(r drivertest.Rule) bool { return r.Name == name })
	}
	files, err := filepath.Glob(filepath.Join("../..", test[1], "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(files, func(file string) bool {
		data, err := os.ReadFile(file)
		return err == nil && strings.Contains(string(data), "func "+test[2]+"(t *testing.T)")
	})
}
