package guru_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/guru"
	"github.com/dockerhv/dockerhv/template"
)

// installed is what installing a template has returned.
var installed = template.Image{ID: "sha256:" + strings.Repeat("0123456789abcdef", 4)}

// A cloud sells two CPUs three times over, and half a gigabyte.
func ExampleDocker() {
	spec, err := guru.Docker{}.Implement(context.Background(), guru.Profile{
		ID: "i-2-45-VM", Name: "Web 1", Image: installed,
		Offering: guru.Offering{CPUs: 2, Speed: 1500, CPUOvercommit: 3, Memory: 512 << 20},
		NICs:     []guru.NIC{{BroadcastURI: "vlan://1577", IPv4: "10.1.1.5", Netmask: "255.255.255.0", Gateway: "10.1.1.1"}},
		Volumes:  []guru.Volume{{Type: guru.VolumeData, Name: "vol-7", Target: "/var/lib/db"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("hostname:", spec.Hostname)
	fmt.Println("CPUs:", spec.Resources.CPUs, "shares:", spec.Resources.CPUShares)
	fmt.Println("network:", spec.NICs[0].Network, spec.NICs[0].IPv4)
	fmt.Println("mount:", spec.Mounts[0].Source, "at", spec.Mounts[0].Target)
	// Output:
	// hostname: Web-1
	// CPUs: 2 shares: 1000
	// network: vlan-1577 10.1.1.5
	// mount: vol-7 at /var/lib/db
}

// User data, keys and the password reach the instance as files, which format without
// what is in them.
func ExampleDocker_userData() {
	spec, err := guru.Docker{}.Implement(context.Background(), guru.Profile{
		ID: "i-2-45-VM", Image: installed,
		UserDataBase64: "I2Nsb3VkLWNvbmZpZwpwYWNrYWdlczogW25naW54XQo=",
		Password:       "correct horse",
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, file := range spec.Files {
		fmt.Println(file)
	}
	// Output:
	// file /var/lib/cloud/seed/nocloud/user-data of 32 bytes
	// file /var/lib/cloud/seed/nocloud/meta-data of 33 bytes
	// file /var/lib/cloud/seed/nocloud/vendor-data of 111 bytes
	// file /var/lib/cloud/seed/nocloud/network-config of 27 bytes
}

// What an engine can't do is refused, unless the operator accepts that it is left out.
func ExampleDocker_waived() {
	profile := guru.Profile{ID: "i-2-45-VM", Image: installed, NICs: []guru.NIC{{Network: "lan", RateMbps: 200}}}
	_, err := guru.Docker{}.Implement(context.Background(), profile)
	fmt.Println(errors.Is(err, errors.ErrUnsupported))
	_, err = guru.Docker{Waived: []string{"nics.rateMbps"}}.Implement(context.Background(), profile)
	fmt.Println(err)
	// Output:
	// true
	// <nil>
}

// An operator's own rule: whoever is on trial gets few processes, and no ports.
func ExampleHook() {
	onTrial := func(p guru.Profile, spec *driver.Spec) error {
		if p.Labels["plan"] != "trial" {
			return nil
		}
		if len(spec.Ports) > 0 {
			return errors.New("ports are not for trials")
		}
		spec.Resources.PIDs = 64
		return nil
	}
	g := guru.Docker{Hooks: []guru.Hook{onTrial}}
	profile := guru.Profile{ID: "i-2-45-VM", Image: installed, Labels: map[string]string{"plan": "trial"}}
	spec, err := g.Implement(context.Background(), profile)
	fmt.Println(spec.Resources.PIDs, err)
	profile.Ports = []driver.Port{{Port: 80}}
	_, err = g.Implement(context.Background(), profile)
	fmt.Println(err)
	// Output:
	// 64 <nil>
	// implement profile i-2-45-VM: apply hook 0: ports are not for trials
}

// An orchestrator that has made a network of its own for each of the cloud's.
func ExampleNetworkNamer() {
	g := guru.Docker{Networks: func(nic guru.NIC) (string, error) {
		if nic.NetworkID == "" {
			return "", errors.New("the cloud must say which network it is")
		}
		return "zone1-" + nic.NetworkID, nil
	}}
	spec, err := g.Implement(context.Background(), guru.Profile{
		ID: "i-2-45-VM", Image: installed, NICs: []guru.NIC{{NetworkID: "204", BroadcastURI: "lswitch://5"}},
	})
	fmt.Println(spec.NICs[0].Network, err)
	// Output: zone1-204 <nil>
}
