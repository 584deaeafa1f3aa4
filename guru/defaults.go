package guru

// What the guru puts where a profile says nothing, and the bounds of what it may say.
const (
	// DefaultMaxUserData is how long user data may be in base64: the default of
	// CloudStack's setting vm.userdata.max.length. MaxUserData is the most that an
	// operator can set, there as here.
	DefaultMaxUserData = 32768
	MaxUserData        = 1 << 20

	// DataFolder is where data volumes are seen that name no target.
	DataFolder = "/mnt"

	// LabelInternalName is the label that keeps Profile.InternalName.
	LabelInternalName = "cloud.internal-name"

	// SeedFolder is where cloud-init looks for a NoCloud seed in the file system
	// (https://cloudinit.readthedocs.io/en/latest/reference/datasources/nocloud.html).
	SeedFolder = "/var/lib/cloud/seed/nocloud"

	// sharesOfCPU is the weight of one CPU of an offering that sells no speed: an
	// engine's default for an instance.
	sharesOfCPU = 1024
	// The kernel's bounds of a weight (cgroups(7), cpu.shares), to which it cuts what
	// KVM's formula gives for large guests on its own.
	minShares = 2
	maxShares = 1 << 18

	// minQuota is the least part of a CPU that LimitCPU leaves: its formula counts in
	// hundredths.
	minQuota = 0.01

	// minMTU is the least of IPv4 (RFC 791) and minMTU6 that of IPv6 (RFC 8200).
	minMTU  = 68
	minMTU6 = 1280
	maxMTU  = 65535

	// maxSSHKey bounds one key in its text form: RSA with 16384 bits has 2800 bytes.
	maxSSHKey = 8192
	// maxPassword bounds a password, in bytes.
	maxPassword = 512
)

// architectures are the cloud's words for Go's (VirtualMachineTO.arch, CPU.CPUArch).
func architecture(word string) (goarch string, known bool) {
	switch word {
	case "x86_64", "amd64":
		return "amd64", true
	case "i386", "i486", "i586", "i686", "386":
		return "386", true
	case "aarch64", "arm64":
		return "arm64", true
	case "armv6l", "armv7l", "arm":
		return "arm", true
	case "s390x", "ppc64le", "riscv64":
		return word, true
	}
	return "", false
}
