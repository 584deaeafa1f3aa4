package driver_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// FuzzValidate is 124: whatever a spec says, Validate does not panic. What it refuses it
// refuses by class, in one line; what it accepts is data: it survives JSON with its
// hash.
func FuzzValidate(f *testing.F) {
	for _, seed := range []string{
		`{"id":"i1","image":"` + imageID + `"}`,
		`{"id":"i1","image":"` + imageID + `","mounts":[{"type":"tmpfs","target":"/x","mode":511},{"type":"image","source":"x","target":"/"}]}`,
		`{"id":"i1","image":"` + imageID + `","resources":{"cpus":0.5,"memory":8388608,"swap":-2,"cpuSet":"0-1,3"},"io":{"weight":10}}`,
		`{"id":"i1","image":"` + imageID + `","security":{"seccomp":"{}","sysctls":{"net.a":"1"},"devices":[{"path":"/dev/x"}],"hostNamespaces":["uts"]}}`,
		`{"id":"\n","health":{"interval":1},"restart":{"policy":"x"},"ulimits":{"nofile":{"soft":2}},"ports":[{"port":1},{"port":1}],"nics":[{"ipv6":"::ffff:1.2.3.4"}]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var spec driver.Spec
		if json.Unmarshal([]byte(text), &spec) != nil {
			return
		}
		for _, h := range []driver.Host{{}, host, {CPUs: 1, Memory: 1 << 30}} {
			if err := driver.Validate(spec, h); err != nil {
				assertRefusal(t, err)
				return
			}
		}
		data, err := json.Marshal(spec)
		var back driver.Spec
		if err != nil || json.Unmarshal(data, &back) != nil || back.Hash() != spec.Hash() {
			t.Errorf("the spec does not survive JSON: %v", err)
		}
		if change := driver.Differ(spec.Fields(), driver.Instance{Resources: spec.Resources.InForce(), Restart: spec.Restart}, back); change.Action != driver.ActionNone {
			t.Errorf("the spec differs from itself: %+v", change)
		}
	})
}

// assertRefusal looks at each error that Validate has joined.
func assertRefusal(t *testing.T, err error) {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("%v joins nothing", err)
	}
	for _, one := range joined.Unwrap() {
		if !errors.Is(one, dockerhv.ErrInvalid) && !errors.Is(one, errors.ErrUnsupported) {
			t.Errorf("the refusal %v has no class", one)
		}
		if strings.ContainsAny(one.Error(), "\r\n") {
			t.Errorf("the refusal %q is not one line", one)
		}
	}
}
