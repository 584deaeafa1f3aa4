package guru

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"path"
	"slices"
	"unicode/utf8"

	"github.com/dockerhv/dockerhv/driver"
)

// cloudConfig is what user and vendor data begin with that are YAML. What the guru
// writes is JSON, which is YAML.
const cloudConfig = "#cloud-config\n"

// seed writes the NoCloud seed (cloud-init's documentation, "NoCloud"): user-data and
// meta-data, without which it is none, vendor-data for the password, which the user's
// data win over, and network-config.
func (d *draft) seed(userData []byte) {
	p := d.profile
	if len(userData) == 0 {
		userData = []byte(cloudConfig + "{}\n")
	}
	d.seedFile("userData", "user-data", userData)
	d.seedFile("metadata", "meta-data", asYAML(d.metadata()))
	if p.Password != "" {
		d.seedFile("password", "vendor-data", append([]byte(cloudConfig), asYAML(login(p.Login, string(p.Password)))...))
	}
	d.seedFile("nics", "network-config", asYAML(d.networkConfig()))
}

func (d *draft) seedFile(origin, name string, content []byte) {
	d.file(origin, driver.File{Path: path.Join(SeedFolder, name), Content: content})
}

// metadata are the keys that cloud-init asks for, and the cloud's own.
func (d *draft) metadata() map[string]any {
	p := d.profile
	data := map[string]any{"instance-id": p.ID}
	if d.spec.Hostname != "" {
		data["local-hostname"] = d.spec.Hostname
	}
	if len(p.SSHKeys) > 0 && p.Login.User == "" {
		data["public-keys"] = p.SSHKeys // which are the default user's then
	}
	for _, key := range slices.Sorted(maps.Keys(p.Metadata)) {
		value := p.Metadata[key]
		switch {
		case key == "instance-id" || key == "local-hostname" || key == "public-keys":
			d.invalid("metadata."+key, "is refused; the profile's own fields set it")
		case key == "" || !utf8.ValidString(key) || !utf8.ValidString(value):
			d.invalid("metadata", "has an empty key, or text that is no UTF-8")
		default:
			data[key] = value
		}
	}
	return data
}

// login sets a password as cloud-init's own CloudStack data source does, for its
// default user, or for one that is named, by a list, which old versions know as well.
func login(l Login, password string) map[string]any {
	if l.User == "" {
		return map[string]any{"password": password, "chpasswd": map[string]any{"expire": false}, "ssh_pwauth": true}
	}
	return map[string]any{
		"chpasswd":   map[string]any{"expire": false, "list": []string{l.User + ":" + password}},
		"ssh_pwauth": true,
	}
}

// networkConfig describes what the engine has set already, so that cloud-init does not
// ask a DHCP server which is not there (cloud-init's documentation, "Network config
// version 2"). Where the addresses are the engine's choice they are not known yet, and
// cloud-init is told to leave the network as it is.
func (d *draft) networkConfig() map[string]any {
	ethernets := make(map[string]any)
	for position, i := range d.nics {
		nic := d.profile.NICs[i]
		if config := ethernet(nic, d.parsed[i], position == 0); config != nil {
			ethernets[fmt.Sprintf("eth%d", position)] = config
		}
	}
	if len(ethernets) == 0 {
		return map[string]any{"config": "disabled"}
	}
	return map[string]any{"version": 2, "ethernets": ethernets}
}

// ethernet is the configuration of one NIC, or nil where its addresses are not known.
func ethernet(nic NIC, a addresses, isDefault bool) map[string]any {
	var networks []netip.Prefix
	var routes []map[string]string
	for _, family := range []struct {
		network netip.Prefix
		gateway netip.Addr
		all     string
	}{{a.prefix4, a.gateway4, "0.0.0.0/0"}, {a.prefix6, a.gateway6, "::/0"}} {
		if !family.network.IsValid() {
			continue
		}
		networks = append(networks, family.network)
		if isDefault && family.gateway.IsValid() {
			routes = append(routes, map[string]string{"to": family.all, "via": family.gateway.String()})
		}
	}
	if len(networks) == 0 {
		return nil
	}
	config := map[string]any{"addresses": networks}
	if nic.MAC != "" {
		config["match"] = map[string]string{"macaddress": normalMAC(nic.MAC)}
	}
	if len(routes) > 0 {
		config["routes"] = routes
	}
	if len(a.dns) > 0 {
		config["nameservers"] = map[string]any{"addresses": a.dns}
	}
	if nic.MTU > 0 {
		config["mtu"] = nic.MTU
	}
	return config
}

// asYAML writes JSON, in one form for equal values.
func asYAML(value any) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return nil // unreachable: maps of texts and numbers alone
	}
	return text.Bytes()
}
