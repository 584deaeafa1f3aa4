package guru_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/guru"
	"github.com/dockerhv/dockerhv/template"
)

var update = flag.Bool("update", false, "write the golden files anew")

// request is what testdata/NAME.json holds: a guru's settings and a profile, whose
// image and host are those below where it says nothing of them.
type request struct {
	Waived      []string     `json:"waived"`
	MaxUserData int          `json:"maxUserData"`
	Profile     guru.Profile `json:"profile"`
}

// answer is what testdata/NAME.golden.json holds: a spec with its files in readable
// form, or all faults, each after its class.
type answer struct {
	Spec   *driver.Spec `json:"spec,omitempty"`
	Files  []file       `json:"files,omitempty"`
	Faults []string     `json:"faults,omitempty"`
}

type file struct {
	Path    string   `json:"path"`
	Mode    string   `json:"mode"`
	UID     int      `json:"uid,omitempty"`
	GID     int      `json:"gid,omitempty"`
	Content []string `json:"content"`
}

// TestGolden implements the profiles of testdata and compares what comes out with the
// golden files, which "go test ./guru -update" writes anew.
func TestGolden(t *testing.T) {
	names, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, name := range names {
		if strings.HasSuffix(name, ".golden.json") {
			continue
		}
		count++
		t.Run(strings.TrimSuffix(filepath.Base(name), ".json"), func(t *testing.T) {
			compareGolden(t, strings.TrimSuffix(name, ".json")+".golden.json", implement(t, read(t, name)))
		})
	}
	if count < 30 || len(names) != 2*count && !*update {
		t.Errorf("there are %d profiles and %d files", count, len(names))
	}
}

func read(t *testing.T, name string) request {
	t.Helper()
	r := request{Profile: guru.Profile{Image: image(), Host: host()}}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		t.Fatal(err)
	}
	return r
}

// implement does so twice: the second answer is that of a guru that is pure.
func implement(t *testing.T, r request) answer {
	t.Helper()
	g := guru.Docker{Waived: r.Waived, MaxUserData: r.MaxUserData}
	spec, err := g.Implement(t.Context(), r.Profile)
	again, errAgain := g.Implement(t.Context(), r.Profile)
	if again.Hash() != spec.Hash() || (err == nil) != (errAgain == nil) {
		t.Errorf("the same profile has another spec: %+v", again)
	}
	if err != nil {
		checkRefusal(t, r.Profile, spec, err)
		return answer{Faults: faults(err)}
	}
	if err := driver.Validate(spec, r.Profile.Host); err != nil {
		t.Errorf("the spec is refused: %v", err)
	}
	return answer{Spec: &spec, Files: takeFiles(&spec)}
}

// takeFiles takes the files out of a spec.
func takeFiles(spec *driver.Spec) (files []file) {
	for _, f := range spec.Files {
		files = append(files, file{f.Path, cmp.Or(f.Mode, driver.DefaultFileMode).String(), f.UID, f.GID, strings.Split(string(f.Content), "\n")})
	}
	spec.Files = nil
	return files
}

// faults lists what an error joins.
func faults(err error) (all []string) {
	var refusal *dockerhv.Error
	errors.As(err, &refusal)
	joined, ok := refusal.Err.(interface{ Unwrap() []error })
	if _, one := refusal.Err.(*dockerhv.Error); one || !ok {
		return []string{class(refusal.Err) + ": " + refusal.Err.Error()}
	}
	for _, one := range joined.Unwrap() {
		all = append(all, class(one)+": "+one.Error())
	}
	return all
}

func class(err error) string {
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return "unsupported"
	case errors.Is(err, dockerhv.ErrInvalid):
		return "invalid"
	}
	return "unclassed"
}

func compareGolden(t *testing.T, name string, a answer) {
	t.Helper()
	var got bytes.Buffer
	encoder := json.NewEncoder(&got)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "\t")
	if err := encoder.Encode(a); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(name, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// checkRefusal wants a refusal that names the profile and its host and returns no spec.
func checkRefusal(t *testing.T, p guru.Profile, spec driver.Spec, err error) {
	t.Helper()
	var typed *dockerhv.Error
	if !errors.As(err, &typed) || typed.Op != "implement profile" || typed.ID != p.ID || typed.Host != p.Host.Name {
		t.Errorf("the error is %v, want it to say whose profile", err)
	}
	if strings.ContainsAny(err.Error(), "\r\n") {
		t.Errorf("the refusal %q is not one line", err)
	}
	if diff := gocmp.Diff(driver.Spec{}.Hash(), spec.Hash()); diff != "" {
		t.Errorf("a refused profile has the spec %+v", spec)
	}
}

// image is an installed template.
func image() template.Image {
	digest := "sha256:" + strings.Repeat("0123456789abcdef", 4)
	return template.Image{
		ID: digest, Digest: digest, Reference: "nginx:1.27", Format: template.Repository, Size: 1 << 20, Cached: true,
		Platform: template.Platform{OS: "linux", Architecture: "amd64"},
	}
}

// host enforces bounds.
func host() driver.Host {
	return driver.Host{
		Name: "h1", Platform: template.Platform{OS: "linux", Architecture: "amd64"},
		CPUs: 4, Memory: 8 << 30, LimitsCPU: true, LimitsMemory: true,
	}
}
