package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/network"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// The labels of a network that an owner made.
const (
	labelNetwork     = LabelPrefix + "network"
	labelNetworkSpec = LabelPrefix + "network-spec"
)

// The engine's options behind the fields of a network's spec.
const (
	optionMTU    = "com.docker.network.driver.mtu"
	optionParent = "parent"
)

// Network is a network of the host, whoever made it.
type Network struct {
	driver.Network
	// Name is the engine's name of it.
	Name string
}

// Networks returns all networks of the host, the oldest first, in one request.
func (e *Engine) Networks(ctx context.Context) ([]Network, error) {
	list, err := e.cli.NetworkList(ctx, network.ListOptions{})
	if err != nil {
		return nil, e.fail("list networks", "", err)
	}
	all := make([]Network, 0, len(list))
	for i := range list {
		all = append(all, readNetwork(&list[i]))
	}
	slices.SortFunc(all, func(a, b Network) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.HostID, b.HostID))
	})
	return all, nil
}

func readNetwork(n *network.Summary) Network {
	all := Network{Name: n.Name, Network: driver.Network{
		Owner: n.Labels[labelOwner], HostID: n.ID, Created: n.Created.UTC(), Subnets: readSubnets(n.IPAM.Config),
	}}
	if json.Unmarshal([]byte(n.Labels[labelNetworkSpec]), &all.Spec) != nil || all.Spec.ID != n.Labels[labelNetwork] {
		all.Spec = driver.NetworkSpec{ID: n.Labels[labelNetwork]} // not what this module wrote
	}
	return all
}

func readSubnets(configs []network.IPAMConfig) []driver.Subnet {
	var subnets []driver.Subnet
	for _, c := range configs {
		prefix, err := netip.ParsePrefix(c.Subnet)
		if err != nil {
			continue
		}
		subnet := driver.Subnet{Prefix: prefix}
		subnet.Range, _ = netip.ParsePrefix(c.IPRange)
		// Some engines write the host's choice as a prefix.
		if subnet.Gateway = parseAddr(c.Gateway); !subnet.Gateway.IsValid() {
			gateway, _ := netip.ParsePrefix(c.Gateway)
			subnet.Gateway = gateway.Addr()
		}
		subnets = append(subnets, subnet)
	}
	return subnets
}

// swarmSeparator parts owner and ID in the name of a swarm's network, which takes no dot.
const swarmSeparator = "-_-"

// NetworkName is the engine's name of an owner's network. What carries the labels
// counts; the name makes it one.
func NetworkName(owner string, spec driver.NetworkSpec) string {
	if spec.Driver == driver.NetworkOverlay {
		return owner + swarmSeparator + spec.ID
	}
	return owner + "." + spec.ID
}

// OwnName is what an owner calls a network: his own by their IDs.
func OwnName(name, owner string) (id string, own bool) {
	if id, own = strings.CutPrefix(name, owner+"."); own {
		return id, true
	}
	return strings.CutPrefix(name, owner+swarmSeparator)
}

// CreateNetwork makes a network of a spec. Older engines make several of one name
// when they are asked at once.
func (e *Engine) CreateNetwork(ctx context.Context, owner string, spec driver.NetworkSpec) error {
	_, err := e.cli.NetworkCreate(ctx, NetworkName(owner, spec), networkOptions(owner, spec))
	return e.done(opCreateNetwork, spec.ID, err)
}

func networkOptions(owner string, spec driver.NetworkSpec) network.CreateOptions {
	options := network.CreateOptions{
		Driver:     string(cmp.Or(spec.Driver, driver.NetworkBridge)),
		Internal:   spec.Internal,
		Attachable: spec.Driver == driver.NetworkOverlay, // else only a swarm's services may use it
		EnableIPv6: new(slices.ContainsFunc(spec.Subnets, func(s driver.Subnet) bool { return s.Prefix.Addr().Is6() })),
		Options:    make(map[string]string, len(spec.Options)+2),
		Labels:     make(map[string]string, len(spec.Labels)+3),
		IPAM:       &network.IPAM{Config: ipamConfigs(spec.Subnets)},
	}
	maps.Copy(options.Options, spec.Options)
	if spec.MTU > 0 {
		options.Options[optionMTU] = strconv.Itoa(spec.MTU)
	}
	if spec.Parent != "" {
		options.Options[optionParent] = spec.Parent
	}
	maps.Copy(options.Labels, spec.Labels)
	options.Labels[labelOwner] = owner
	options.Labels[labelNetwork] = spec.ID
	options.Labels[labelNetworkSpec] = encode(spec)
	return options
}

func ipamConfigs(subnets []driver.Subnet) []network.IPAMConfig {
	var configs []network.IPAMConfig
	for _, s := range subnets {
		c := network.IPAMConfig{Subnet: s.Prefix.String()}
		if s.Gateway.IsValid() {
			c.Gateway = s.Gateway.String()
		}
		if s.Range.IsValid() {
			c.IPRange = s.Range.String()
		}
		configs = append(configs, c)
	}
	return configs
}

// DestroyNetwork removes a network. One that a running container is on is
// dockerhv.ErrConflict.
func (e *Engine) DestroyNetwork(ctx context.Context, hostID string) error {
	return e.done(opDestroyNetwork, hostID, e.cli.NetworkRemove(ctx, hostID))
}

// Endpoints returns the names of the containers that are on a network, by their IDs.
// What a container left behind is there with an ID that no container has.
func (e *Engine) Endpoints(ctx context.Context, hostID string) (map[string]string, error) {
	n, err := e.cli.NetworkInspect(ctx, hostID, network.InspectOptions{})
	if err != nil {
		return nil, e.fail("inspect network", hostID, err)
	}
	names := make(map[string]string, len(n.Containers))
	for id, endpoint := range n.Containers {
		names[id] = endpoint.Name
	}
	return names, nil
}

// DropEndpoint takes off a network what a container left on it that is gone.
func (e *Engine) DropEndpoint(ctx context.Context, hostID, name string) error {
	return e.done("drop endpoint of network", hostID, e.cli.NetworkDisconnect(ctx, hostID, name, true))
}

var missingNetwork = regexp.MustCompile(`network (\S+) not found`)

// networkMissing makes a dockerhv.ErrConflict of the engine's refusal to start a
// container whose network is gone: it says "not found" as of the container itself.
func networkMissing(err error) error {
	var e *dockerhv.Error
	if !errors.As(err, &e) || !errors.Is(e.Class, dockerhv.ErrNotFound) {
		return err
	}
	m := missingNetwork.FindStringSubmatch(e.Err.Error())
	if m == nil {
		return err
	}
	return &dockerhv.Error{
		Op: e.Op, Host: e.Host, ID: e.ID, Class: dockerhv.ErrConflict,
		Err: &driver.NetworkMissingError{Network: m[1]}, Next: "create the network again, then start the instance",
	}
}
