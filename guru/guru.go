// Package guru turns what a cloud sells into what a driver is told.
//
// A [Guru] fills the parameters of an instance for provisioning: it reads a
// [Profile], which speaks the cloud's words (an offering, NICs, volumes, user data,
// a template's image), and returns the driver.Spec that means the same to a host. It
// is pure: it reaches no network, no file, no clock and no source of randomness, so
// the same profile gives the same spec wherever it runs.
//
// # From the cloud's words to the driver's
//
// The left column is CloudStack's VirtualMachineTO with its NicTO and DiskTO, the
// middle one the profile's field, the right one what [Docker] makes of it.
//
//	uuid, or name              ID                      ID
//	name                       InternalName            the label LabelInternalName
//	hostName, display name     Name                    Name, and Hostname if it has none of its own
//	(a host name)              Hostname                Hostname
//	arch                       Architecture            must be the image's and the host's
//	cpus                       Offering.CPUs           Resources.CPUs
//	maxSpeed, speed            Offering.Speed          with LimitCPU in Resources.CPUs, else in CPUShares
//	minSpeed                   Offering.MinSpeed       Resources.CPUShares
//	limitCpuUse                Offering.LimitCPU       Resources.CPUs
//	maxRam, minRam             Offering.Memory, .MinMemory  Resources.Memory, .MemoryReservation
//	gpuDevice                  Offering.GPUs           Security.DeviceRequests; a model or a slice is refused
//	nics[].deviceId            NICs[].DeviceID         the order of NICs
//	nics[].defaultNic          NICs[].Default          the first of NICs, with the default route from Engine 28
//	nics[].name, broadcastUri,
//	isolationUri, uuid         NICs[].Network, ...     NICs[].Network, by Docker.Networks
//	nics[].mac                 NICs[].MAC              NICs[].MAC
//	nics[].ip, ip6address      NICs[].IPv4, .IPv6      NICs[].IPv4, .IPv6
//	nics[].netmask, gateway,
//	ip6cidr, ip6gateway, mtu   NICs[].Netmask, ...     the host network's; the seed's network-config
//	nics[].dns1, dns2, ip6Dns* NICs[].DNS              DNS.Servers; the seed's network-config
//	nics[].networkRateMbps     NICs[].RateMbps         refused, or waived
//	nics[].securityGroupEnabled NICs[].SecurityGroup   refused, or waived
//	nics[].nicSecIps           NICs[].SecondaryIPs     refused, or waived
//	disks[] ROOT               Volumes[] VolumeRoot    the instance's own root; its size is Resources.Disk, refused where the host has no quotas, or waived
//	disks[] DATADISK           Volumes[] VolumeData    Mounts
//	disks[] ISO                                        refused
//	bootArgs, bootType, bootMode  Boot                 refused, or waived
//	details                    Details                 by key: see Details
//	extraConfig                Details                 what can't reach beyond the instance
//	user data                  UserData                Files: the NoCloud seed's user-data
//	vmData                     Metadata                Files: the seed's meta-data
//	SSH.PublicKey              SSHKeys                 Files: authorized_keys, the seed's meta-data
//	password                   Password                Files: the seed's vendor-data
//	template's details         Template                Entrypoint, Command, Env, Ports, Health, User, WorkDir
//
// What belongs to the cloud itself (state, type, enableHA, enableDynamicallyScaleVm,
// vncPassword and vncAddr, os) is in no profile.
//
// # What is refused
//
// What an engine can't do is refused, not dropped, with the path of the profile's
// field, and all faults of a profile at once. A cloud asks for some of it without
// meaning it: CloudStack gives each NIC a rate and each root volume a size.
// [Docker.Waived] is where an operator accepts that it is left out.
package guru

import (
	"context"

	"github.com/dockerhv/dockerhv/driver"
)

// Guru implements profiles. Its errors are *dockerhv.Error values that join a
// *dockerhv.FieldError for each fault, with the path of the profile's field, such as
// "profile.nics[1].mac". They match dockerhv.ErrInvalid, and errors.ErrUnsupported for
// what the profile's host or any engine can't do. It is safe for concurrent use.
type Guru interface {
	// Implement returns the spec of a profile: one that driver.Validate accepts.
	Implement(ctx context.Context, p Profile) (driver.Spec, error)
}
