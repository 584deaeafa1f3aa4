package guru

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Details are the cloud's loose ends by key (CloudStack's VmDetailConstants):
//
//	cpuNumber, cpuSpeed, memory   a custom offering's: Offering.CPUs, .Speed in MHz, .Memory in MiB
//	cpuOvercommitRatio            Offering.CPUOvercommit
//	memoryOvercommitRatio         Offering.MemoryOvercommit
//	rootdisksize                  the size of the root volume, in GiB
//	SSH.PublicKey                 SSHKeys, one a line
//	extraconfig*                  options of the instance, one a line: see below
//	deployvm, Encrypted.Password, Message.ReservedCapacityFreed.Flag, External:*
//	                              the cloud's and its extension's own; they ask nothing of an instance
//
// They fill what the profile's own fields leave zero, and must not contradict them.
// A password is refused here: Profile.Password is where no log shows it. Any other key
// is refused as well, as one that is misspelt would otherwise be dropped in silence;
// what another hypervisor's users have set, such as nicAdapter, an operator waives as
// "details.nicAdapter".
//
// The options of extraconfig are of those alone that can't reach beyond the instance:
//
//	env.NAME=text  label.NAME=text  ulimit.NAME=soft[:hard]  pids=number
//	init=true  stopSignal=SIGINT  stopGrace=30s
//	readOnlyRoot=true  noNewPrivileges=true  dropCapabilities=NET_RAW,...
//
// What could, such as privileges, added capabilities, devices, mounts of the host and
// its namespaces, has no option, whatever the operator's driver.Policy allows.
type Details map[string]string

// extraConfig is what the keys of options begin with (CloudStack's
// ApiConstants.EXTRA_CONFIG).
const extraConfig = "extraconfig"

// readDetails fills the draft's profile up.
func (d *draft) readDetails() {
	p := &d.profile
	p.Volumes, p.SSHKeys = slices.Clone(p.Volumes), slices.Clone(p.SSHKeys)
	for _, key := range slices.Sorted(maps.Keys(p.Details)) {
		path, value := "details."+key, p.Details[key]
		switch key {
		case "cpuNumber":
			fill(d, path, value, &p.Offering.CPUs, 1)
		case "cpuSpeed":
			fill(d, path, value, &p.Offering.Speed, 1)
		case "memory":
			fill(d, path, value, &p.Offering.Memory, mebibyte)
		case "cpuOvercommitRatio":
			d.fillRatio(path, value, &p.Offering.CPUOvercommit, p.Offering.CPUs > 0 || p.Details["cpuNumber"] != "")
		case "memoryOvercommitRatio":
			d.fillRatio(path, value, &p.Offering.MemoryOvercommit, p.Offering.Memory > 0 || p.Details["memory"] != "")
		case "rootdisksize":
			fill(d, path, value, d.rootSize(), 1<<30)
		case "SSH.PublicKey":
			d.addKeys(value)
		case "password":
			d.invalid(path, "is no place for it; use profile.password, which no log shows")
		case "deployvm", "Encrypted.Password", "Message.ReservedCapacityFreed.Flag":
		default:
			if !strings.HasPrefix(key, "External:") && !strings.HasPrefix(key, extraConfig) {
				d.unsupported(path, "no such detail is known")
			}
		}
	}
}

// fill sets a number that the profile leaves zero.
func fill[T int | int64 | float64](d *draft, path, value string, field *T, unit T) {
	number, err := strconv.ParseInt(value, 10, 32)
	switch {
	case err != nil || number <= 0:
		d.invalid(path, "%q is no number above 0", value)
	case *field != 0 && *field != T(number)*unit:
		d.invalid(path, "%d contradicts the profile's own field, which is %v", number, *field)
	default:
		*field = T(number) * unit
	}
}

// fillRatio sets an over-commit. The cloud tells it of all instances, also of those
// that have nothing that it could be of.
func (d *draft) fillRatio(path, value string, field *float64, matters bool) {
	ratio, err := strconv.ParseFloat(value, 64)
	switch {
	case err != nil || !(ratio >= 1):
		d.invalid(path, "%q is no over-commit, which is at least 1", value)
	case *field != 0 && *field != ratio:
		d.invalid(path, "%v contradicts the profile's own field, which is %v", ratio, *field)
	case matters:
		*field = ratio
	}
}

// rootSize is the size of the root volume, which is added where there is none.
func (d *draft) rootSize() *int64 {
	isRoot := func(v Volume) bool { return v.Type == VolumeRoot }
	i := slices.IndexFunc(d.profile.Volumes, isRoot)
	if i < 0 {
		i = len(d.profile.Volumes)
		d.profile.Volumes = append(d.profile.Volumes, Volume{Type: VolumeRoot})
	}
	return &d.profile.Volumes[i].Size
}

// addKeys adds the keys that are not there yet: CloudStack puts several into one detail.
func (d *draft) addKeys(lines string) {
	for line := range strings.Lines(lines) {
		if key := strings.TrimSpace(line); key != "" && !slices.Contains(d.profile.SSHKeys, key) {
			d.profile.SSHKeys = append(d.profile.SSHKeys, key)
		}
	}
}
