package guru_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/guru"
	"github.com/dockerhv/dockerhv/template"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestImplement compares the specs of profiles with the golden files, which
// "go test ./guru -update" writes anew.
func TestImplement(t *testing.T) {
	for _, tt := range profiles {
		t.Run(tt.name, func(t *testing.T) {
			spec, err := guru.Docker{}.Implement(t.Context(), tt.profile)
			if err != nil {
				t.Fatal(err)
			}
			if err := driver.Validate(spec, tt.profile.Host); err != nil {
				t.Errorf("the spec is refused: %v", err)
			}
			got, err := json.MarshalIndent(spec, "", "\t")
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", tt.name+".json")
			if *update {
				if err := os.WriteFile(golden, append(got, '\n'), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
				t.Errorf("%s (-want +got):\n%s", golden, diff)
			}
		})
	}
}

// TestImplementRefuses changes a good profile in ways that each break one rule.
func TestImplementRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*guru.Profile)
		field  string
		text   string // a part of the reason
	}{
		{"no ID", func(p *guru.Profile) { p.ID = "" }, "id", "is empty"},
		{"an ID that is none", func(p *guru.Profile) { p.ID = "a b" }, "id", "is refused"},
		{"no image", func(p *guru.Profile) { p.Image.ID = "" }, "image", "no image ID"},
		{"a reference for an image", func(p *guru.Profile) { p.Image.ID = "nginx" }, "image", "use Image.ID"},
		{"another platform", func(p *guru.Profile) { p.Image.Platform.Architecture = "arm64" }, "image.platform", "linux/arm64 does not run on a host of linux/amd64"},
		{"an unknown platform on a known host", func(p *guru.Profile) { p.Image.Platform = template.Platform{} }, "image.platform", "does not run"},
		{"too many CPUs", func(p *guru.Profile) { p.Offering.CPUs = 5 }, "resources.cpus", "host's 4 CPUs"},
		{"too few CPUs", func(p *guru.Profile) { p.Offering.CPUs = 0.001 }, "resources.cpus", "at least 0.01"},
		{"too much memory", func(p *guru.Profile) { p.Offering.Memory = 9 << 30 }, "resources.memory", "more than the host's"},
		{"too little memory", func(p *guru.Profile) { p.Offering.Memory = 1 }, "resources.memory", "at least"},
		{"IPv4 that is no address", func(p *guru.Profile) { p.NICs = []guru.NIC{{Network: "n"}, {Network: "n", IPv4: "10.1.1.256"}} }, "nics[1].ipv4", `"10.1.1.256" is no IP address`},
		{"IPv6 that is no address", func(p *guru.Profile) { p.NICs = []guru.NIC{{Network: "n", IPv6: "x"}} }, "nics[0].ipv6", `"x" is no IP address`},
		{"IPv4 for IPv6", func(p *guru.Profile) { p.NICs = []guru.NIC{{Network: "n", IPv6: "10.1.1.5"}} }, "nics[0].ipv6", "is no IPv6 address"},
		{"an address with a mask", func(p *guru.Profile) { p.NICs = []guru.NIC{{Network: "n", IPv4: "10.1.1.5/24"}} }, "nics[0].ipv4", "is no IP address"},
		{"an address on the default network", func(p *guru.Profile) { p.NICs = []guru.NIC{{IPv4: "172.17.0.9"}} }, "nics[0]", "a network of one's own"},
		{"a MAC that is none", func(p *guru.Profile) { p.NICs = []guru.NIC{{MAC: "x"}} }, "nics[0].mac", "no unicast"},
		{"port 0", func(p *guru.Profile) { p.Ports = []driver.Port{{}} }, "ports[0].port", "is 0"},
		{"a variable without a name", func(p *guru.Profile) { p.Env = map[string]string{"": "x"} }, "env", "no name"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := guru.Profile{ID: "i1", Image: image(), Host: host()}
			tt.change(&p)
			spec, err := guru.Docker{}.Implement(t.Context(), p)
			var field *dockerhv.FieldError
			if !errors.As(err, &field) || !errors.Is(err, dockerhv.ErrInvalid) {
				t.Fatalf("Implement = %v, want ErrInvalid", err)
			}
			if field.Field != tt.field || !strings.Contains(field.Reason, tt.text) {
				t.Errorf("Implement = %v, want %s with %q", err, tt.field, tt.text)
			}
			checkRefusal(t, p, spec, err)
		})
	}
}

func TestImplementUnsupported(t *testing.T) {
	p := guru.Profile{ID: "i1", Image: image(), Offering: guru.Offering{Memory: 1 << 30}, Host: host()}
	p.Host.LimitsMemory = false
	spec, err := guru.Docker{}.Implement(t.Context(), p)
	if !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Implement = %v, want ErrUnsupported", err)
	}
	checkRefusal(t, p, spec, err)
}

// TestImplementBothAddresses: both addresses of a NIC are told at once.
func TestImplementBothAddresses(t *testing.T) {
	p := guru.Profile{ID: "i1", Image: image(), NICs: []guru.NIC{{IPv4: "x", IPv6: "y"}}}
	_, err := guru.Docker{}.Implement(t.Context(), p)
	want := `implement profile i1: nics[0].ipv4: "x" is no IP address; nics[0].ipv6: "y" is no IP address`
	if err == nil || err.Error() != want {
		t.Errorf("Implement = %v, want %s", err, want)
	}
}

// TestImplementShares: the spec keeps nothing of the profile's memory.
func TestImplementShares(t *testing.T) {
	profile := profiles[len(profiles)-1].profile
	spec, err := guru.Docker{}.Implement(t.Context(), profile)
	if err != nil {
		t.Fatal(err)
	}
	before := spec.Hash()
	spec2, err := guru.Docker{}.Implement(t.Context(), profile)
	if err != nil {
		t.Fatal(err)
	}
	spec2.Command[0], spec2.Entrypoint[0], spec2.Ports[0].Port, spec2.NICs[0].Network = "x", "x", 1, "x"
	spec2.Env["POSTGRES_DB"], spec2.Labels["zone"] = "x", "x"
	if again, err := (guru.Docker{}).Implement(t.Context(), profile); err != nil || again.Hash() != before {
		t.Errorf("changing a spec changed the profile: %+v, %v", again, err)
	}
}

// checkRefusal wants a refusal that names the profile and its host and returns no spec.
func checkRefusal(t *testing.T, p guru.Profile, spec driver.Spec, err error) {
	t.Helper()
	var typed *dockerhv.Error
	if !errors.As(err, &typed) || typed.Op != "implement profile" || typed.ID != p.ID || typed.Host != p.Host.Name {
		t.Errorf("the error is %v, want it to say whose profile", err)
	}
	if diff := cmp.Diff(driver.Spec{}.Hash(), spec.Hash()); diff != "" {
		t.Errorf("a refused profile has the spec %+v", spec)
	}
}
