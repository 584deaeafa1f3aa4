package guru

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// Docker is the guru of Docker hosts. The zero value is ready to use.
//
//	Profile             Spec                  by the engine
//	ID                  ID                    label, container name
//	Name                Name, Hostname        label, --hostname
//	Image               Image, Template       the image's ID, labels
//	Offering.CPUs       Resources.CPUs        NanoCpus: a hard cap, as CloudStack's limitCpuUse
//	Offering.Memory     Resources.Memory      Memory and MemorySwap: no swap beyond it
//	NICs                NICs                  EndpointSettings, one network each
//	Env, Command, ...   the same              the image's, replaced or added to
type Docker struct{}

var _ Guru = Docker{}

// Implement returns the spec of a profile. It keeps nothing of the profile's
// memory.
func (Docker) Implement(_ context.Context, p Profile) (driver.Spec, error) {
	nics, err := implementNICs(p.NICs)
	if err != nil {
		return driver.Spec{}, refuse(p, err)
	}
	spec := driver.Spec{
		ID:         p.ID,
		Name:       p.Name,
		Hostname:   hostname(p.Name),
		Image:      p.Image.ID,
		Template:   driver.Template{Format: p.Image.Format, Digest: p.Image.Digest, Reference: p.Image.Reference},
		Entrypoint: slices.Clone(p.Entrypoint),
		Command:    slices.Clone(p.Command),
		Env:        maps.Clone(p.Env),
		Resources:  driver.Resources{CPUs: p.Offering.CPUs, Memory: p.Offering.Memory},
		NICs:       nics,
		Ports:      slices.Clone(p.Ports),
		Labels:     maps.Clone(p.Labels),
	}
	if err := validate(spec, p); err != nil {
		return driver.Spec{}, refuse(p, err)
	}
	return spec, nil
}

// validate adds to the driver's rules what only the profile knows.
func validate(spec driver.Spec, p Profile) error {
	if !p.Image.Platform.Matches(p.Host.Platform) {
		return &dockerhv.FieldError{
			Field:  "image.platform",
			Reason: fmt.Sprintf("%v does not run on a host of %v; install the template for that platform", p.Image.Platform, p.Host.Platform),
		}
	}
	return driver.Validate(spec, p.Host)
}

func implementNICs(nics []NIC) ([]driver.NIC, error) {
	var implemented []driver.NIC
	for i, nic := range nics {
		path := fmt.Sprintf("nics[%d]", i)
		ipv4, err4 := parseAddr(path+".ipv4", nic.IPv4)
		ipv6, err6 := parseAddr(path+".ipv6", nic.IPv6)
		if err := errors.Join(err4, err6); err != nil {
			return nil, err
		}
		// One spelling, so that equal profiles have equal specs.
		mac := strings.ToLower(strings.ReplaceAll(nic.MAC, "-", ":"))
		implemented = append(implemented, driver.NIC{Network: nic.Network, MAC: mac, IPv4: ipv4, IPv6: ipv6})
	}
	return implemented, nil
}

func parseAddr(path, s string) (netip.Addr, error) {
	if s == "" {
		return netip.Addr{}, nil
	}
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}, &dockerhv.FieldError{Field: path, Reason: fmt.Sprintf("%q is no IP address", s)}
	}
	return addr, nil
}

// hostname makes a host name of a user's name for an instance, or none where
// nothing of it can be one (RFC 1123: letters, digits and hyphens, 63 at most).
func hostname(name string) string {
	label := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '-'
	}, name)
	if len(label) > 63 {
		label = label[:63]
	}
	return strings.Trim(label, "-")
}

func refuse(p Profile, err error) error {
	return &dockerhv.Error{Op: "implement profile", ID: p.ID, Host: p.Host.Name, Err: err}
}
