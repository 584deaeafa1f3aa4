package guru

// NIC is an interface of a profile (CloudStack's NicTO).
type NIC struct {
	// Network is the host's network by its name there (NicTO.name).
	Network string `json:"network,omitempty"`
	// NetworkID is the cloud's ID of the network (NicTO.networkUuid).
	NetworkID string `json:"networkID,omitempty"`
	// BroadcastURI and IsolationURI say which wire of the cloud it is, such as
	// "vlan://1577", "vxlan://70000" or "vlan://untagged". They name the host's network
	// where Network does not, as NetworkNamer says.
	BroadcastURI string `json:"broadcastURI,omitempty"`
	IsolationURI string `json:"isolationURI,omitempty"`

	// DeviceID orders the interfaces (NicTO.deviceId), if any of the profile has one.
	DeviceID int `json:"deviceID,omitempty"`
	// Default is the interface with the default route (NicTO.defaultNic). At most one
	// of a profile is.
	Default bool `json:"default,omitempty"`
	// MAC is NicTO.mac; empty means the engine's choice.
	MAC string `json:"mac,omitempty"`

	// IPv4 and IPv6 are NicTO.ip and NicTO.ip6address, in their text form; empty means
	// the engine's choice.
	IPv4 string `json:"ipv4,omitempty"`
	IPv6 string `json:"ipv6,omitempty"`
	// Netmask (such as "255.255.255.0", or "24"), Gateway, IPv6CIDR (such as
	// "2001:db8::/64"), IPv6Gateway and MTU tell of the cloud's network (NicTO.netmask,
	// gateway, ip6cidr, ip6gateway, mtu). The host's network has been made with them; here
	// they must fit the addresses, and go into the seed's network-config.
	Netmask     string `json:"netmask,omitempty"`
	Gateway     string `json:"gateway,omitempty"`
	IPv6CIDR    string `json:"ipv6CIDR,omitempty"`
	IPv6Gateway string `json:"ipv6Gateway,omitempty"`
	MTU         int    `json:"mtu,omitempty"`
	// DNS are the addresses of name servers, the first to be asked first (NicTO.dns1,
	// dns2, ip6Dns1, ip6Dns2). An engine has one list of them for all of an instance's NICs.
	DNS []string `json:"dns,omitempty"`

	// RateMbps bounds the throughput in Mbit/s (NicTO.networkRateMbps). Engines can't.
	RateMbps int `json:"rateMbps,omitempty"`
	// SecurityGroup asks for the cloud's rules of who may connect
	// (NicTO.securityGroupEnabled). Engines have none; an orchestrator that sets the
	// host's firewall itself waives it.
	SecurityGroup bool `json:"securityGroup,omitempty"`
	// SecondaryIPs are further addresses (NicTO.nicSecIps). Engines give one a family.
	SecondaryIPs []string `json:"secondaryIPs,omitempty"`
}
