package guru_test

import (
	"strings"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/guru"
	"github.com/dockerhv/dockerhv/template"
)

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

// profiles are what clouds ask for. The golden files hold the specs they become.
var profiles = []struct {
	name    string
	profile guru.Profile
}{
	{"least", guru.Profile{ID: "i-2-3-VM", Image: image()}},
	{"named", guru.Profile{ID: "i1", Name: "web-1", Image: image()}},
	{"name-that-is-no-host-name", guru.Profile{ID: "i1", Name: "Ünser Server (neu)!", Image: image()}},
	{"name-of-signs-alone", guru.Profile{ID: "i1", Name: "***", Image: image()}},
	{"name-too-long", guru.Profile{ID: "i1", Name: strings.Repeat("a", 62) + "-" + strings.Repeat("b", 9), Image: image()}},
	{"offering", guru.Profile{ID: "i1", Image: image(), Offering: guru.Offering{CPUs: 0.5, Memory: 512 << 20}, Host: host()}},
	{"offering-of-all", guru.Profile{ID: "i1", Image: image(), Offering: guru.Offering{CPUs: 4, Memory: 8 << 30}, Host: host()}},
	{"offering-on-any-host", guru.Profile{ID: "i1", Image: image(), Offering: guru.Offering{CPUs: 1e3, Memory: 1 << 50}}},
	{"command", guru.Profile{ID: "i1", Image: image(), Command: []string{"sleep", "60"}}},
	{"entrypoint-and-environment", guru.Profile{
		ID: "i1", Image: image(), Entrypoint: []string{"/bin/sh", "-c"}, Command: []string{"echo $A"},
		Env: map[string]string{"B": "", "A": "x=y"}, Labels: map[string]string{"zone": "z1", "account": "a1"},
	}},
	{"nic-of-the-cloud", guru.Profile{ID: "i1", Image: image(), NICs: []guru.NIC{
		{Network: "guest-204", MAC: "02-00-4C-9F-00-01", IPv4: "10.1.1.5", IPv6: "2001:DB8:0::5"},
	}}},
	{"nics-of-the-engine", guru.Profile{ID: "i1", Image: image(), NICs: []guru.NIC{{}, {Network: "guest-204"}}}},
	{"ports", guru.Profile{ID: "i1", Image: image(), Ports: []driver.Port{
		{HostPort: 8080, Port: 80}, {Port: 53, Protocol: driver.UDP},
	}}},
	{"tarfile-without-platform", guru.Profile{ID: "i1", Image: template.Image{
		ID: image().ID, Digest: image().Digest, Format: template.Tarfile,
	}}},
	{"all", guru.Profile{
		ID: "i-2-3-VM", Name: "db", Image: image(), Offering: guru.Offering{CPUs: 2, Memory: 1 << 30},
		NICs:    []guru.NIC{{Network: "guest-204", MAC: "02:00:4c:9f:00:01", IPv4: "10.1.1.5"}},
		Ports:   []driver.Port{{HostPort: 5432, Port: 5432, Protocol: driver.TCP}},
		Command: []string{"postgres", "-c", "fsync=on"}, Entrypoint: []string{"docker-entrypoint.sh"},
		Env: map[string]string{"POSTGRES_DB": "app"}, Labels: map[string]string{"zone": "z1"}, Host: host(),
	}},
}
