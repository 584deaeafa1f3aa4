package drivertest_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var (
	// aboutLines is how the comment of a test begins that is about requirements:
	// "// 46, 47: a stream that is cut ..." or "// 4-6: ...".
	aboutLines = regexp.MustCompile(`^// (\d+(?:-\d+)?(?:(?:, | and )\d+(?:-\d+)?)*)[^:]{0,40}: `)
	testFunc   = regexp.MustCompile(`^func (Test\w+)\(t \*testing\.T\)`)
)

// provenBy finds the module's tests whose comments say which requirements they are
// about, by these, each as "package.Test".
func provenBy(t *testing.T) map[int][]string {
	t.Helper()
	const root = "../.."
	proven := make(map[int][]string)
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(path))
		for name, numbers := range testsAbout(string(source)) {
			for _, n := range numbers {
				proven[n] = append(proven[n], filepath.ToSlash(folder)+"."+name)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, names := range proven {
		slices.Sort(names)
	}
	return proven
}

// testsAbout finds the tests of a source file, with the requirements that they are about.
func testsAbout(source string) map[string][]int {
	found := make(map[string][]int)
	comment := "" // the first line of the one that stands above
	for line := range strings.SplitSeq(source, "\n") {
		switch test := testFunc.FindStringSubmatch(line); {
		case test != nil:
			if about := aboutLines.FindStringSubmatch(comment); about != nil {
				found[test[1]] = numbersOf(about[1])
			}
			comment = ""
		case !strings.HasPrefix(line, "//"):
			comment = ""
		case comment == "":
			comment = line
		}
	}
	return found
}

// numbersOf reads "4-6, 8 and 10".
func numbersOf(list string) []int {
	var numbers []int
	for part := range strings.SplitSeq(strings.ReplaceAll(list, " and ", ", "), ", ") {
		from, to, isRange := strings.Cut(part, "-")
		first, _ := strconv.Atoi(from)
		last := first
		if isRange {
			last, _ = strconv.Atoi(to)
		}
		for n := first; n <= last; n++ {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

func TestTestsAbout(t *testing.T) {
	found := testsAbout("// 4-6 and 8, at last: it stops.\n// More.\nfunc TestStop(t *testing.T) {\n}\n\n// Of 7: no.\nfunc TestOther(t *testing.T) {\n// 9: no.\n\nfunc TestThird(t *testing.T) {")
	if len(found) != 1 || !slices.Equal(found["TestStop"], []int{4, 5, 6, 8}) {
		t.Errorf("found %v", found)
	}
}
