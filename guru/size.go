package guru

import "math"

// size maps the offering.
func (d *draft) size() {
	o := d.profile.Offering
	d.sizeCPUs(o)
	d.sizeMemory(o)
	d.requestGPUs(o.GPUs)
}

// sizeCPUs derives the two CPU bounds as CloudStack does for a KVM guest:
//
//	CPUs      = cpus x quota, where quota = 1, or with limitCpuUse
//	            min(1, maxSpeed / speed of the host), to two places, half down
//	CPUShares = cpus x minSpeed, where minSpeed = maxSpeed / cpuOvercommitRatio, cut
//
// The first is setVmQuotaPercentage of KVMGuru together with what a guest's number of
// virtual CPUs bounds by itself, which an instance of an engine must be told. The
// second is createCpuTuneDef of LibvirtComputingResource, whose minSpeed is from
// toVirtualMachineTO of HypervisorGuruBase.
func (d *draft) sizeCPUs(o Offering) {
	if !d.checkSpeeds(o) {
		return
	}
	d.spec.Resources.CPUs = o.CPUs
	if o.LimitCPU && o.Speed > 0 && d.profile.HostSpeed > 0 {
		// To a billionth, which is what an engine counts in: 3 x 0.7 is not 2.0999999999999996.
		d.spec.Resources.CPUs = math.Round(o.CPUs*quota(o.Speed, d.profile.HostSpeed)*1e9) / 1e9
	}
	if o.Speed > 0 || o.MinSpeed > 0 || o.CPUOvercommit > 0 {
		d.spec.Resources.CPUShares = shares(o)
	}
}

// quota is the part of each CPU that LimitCPU leaves, rounded half down.
func quota(speed, hostSpeed int) float64 {
	hundredths := min(1, float64(speed)/float64(hostSpeed)) * 100
	return max(minQuota, math.Ceil(hundredths-0.5)/100)
}

func shares(o Offering) int64 {
	perCPU := float64(o.MinSpeed)
	if o.MinSpeed == 0 {
		perCPU = minSpeed(o)
	}
	return int64(min(maxShares, max(minShares, o.CPUs*perCPU)))
}

// minSpeed is what over-commit leaves of the speed, in whole MHz as in the cloud.
func minSpeed(o Offering) float64 {
	speed := float64(o.Speed)
	if o.Speed == 0 {
		speed = sharesOfCPU
	}
	return math.Trunc(speed / max(1, o.CPUOvercommit))
}

// checkSpeeds tells whether the CPUs' numbers can be reckoned with.
func (d *draft) checkSpeeds(o Offering) bool {
	before := len(d.all)
	if o.Speed < 0 || o.MinSpeed < 0 || d.profile.HostSpeed < 0 {
		d.invalid("offering.speed", "a speed is negative; use MHz, or 0 for none")
	}
	d.checkRatio("offering.cpuOvercommit", o.CPUOvercommit)
	switch speeds := o.Speed > 0 || o.MinSpeed > 0; {
	case math.IsNaN(o.CPUs) || math.IsInf(o.CPUs, 0) || o.CPUs < 0:
		d.invalid("offering.cpus", "%v is no number of CPUs", o.CPUs)
	case o.CPUs == 0 && speeds:
		d.invalid("offering.speed", "is that of CPUs, of which there are none; set offering.cpus")
	case o.CPUs == 0 && o.LimitCPU:
		d.invalid("offering.limitCPU", "there is nothing to limit to; set offering.cpus")
	case o.CPUs == 0 && o.CPUOvercommit > 0:
		d.invalid("offering.cpuOvercommit", "is that of CPUs, of which there are none; set offering.cpus")
	case o.Speed > 0 && o.MinSpeed > o.Speed:
		d.invalid("offering.minSpeed", "%d MHz is more than the speed of %d", o.MinSpeed, o.Speed)
	case o.Speed > 0 && o.MinSpeed > 0 && o.CPUOvercommit > 0 && math.Abs(float64(o.MinSpeed)-minSpeed(o)) > 1:
		d.invalid("offering.minSpeed", "%d MHz contradicts the over-commit of %v, which leaves %v of %d", o.MinSpeed, o.CPUOvercommit, minSpeed(o), o.Speed)
	}
	return len(d.all) == before
}

func (d *draft) checkRatio(path string, ratio float64) {
	if ratio != 0 && !(ratio >= 1 && ratio <= math.MaxInt32) {
		d.invalid(path, "%v is no over-commit; it is how often a thing is sold, at least 1", ratio)
	}
}

// mebibyte is what the cloud counts memory in.
const mebibyte = 1 << 20

// sizeMemory maps maxRam and minRam. What over-commit leaves is in whole MiB, as in
// toVirtualMachineTO of CloudStack's HypervisorGuruBase.
func (d *draft) sizeMemory(o Offering) {
	d.checkRatio("offering.memoryOvercommit", o.MemoryOvercommit)
	left := o.MinMemory
	if o.MemoryOvercommit >= 1 {
		left = int64(float64(o.Memory/mebibyte)/o.MemoryOvercommit) * mebibyte
	}
	switch {
	case o.Memory < 0:
		d.invalid("offering.memory", "%d bytes is negative; use 0 for no bound", o.Memory)
	case o.Memory == 0 && (o.MinMemory != 0 || o.MemoryOvercommit != 0):
		d.invalid("offering.memory", "is 0, so that nothing of it can be left; set it")
	case o.MinMemory < 0 || o.MinMemory > o.Memory:
		d.invalid("offering.minMemory", "%d bytes is not between 0 and the memory of %d", o.MinMemory, o.Memory)
	case o.MinMemory > 0 && math.Abs(float64(o.MinMemory-left)) > mebibyte:
		d.invalid("offering.minMemory", "%d bytes contradicts the over-commit of %v, which leaves %d of %d", o.MinMemory, o.MemoryOvercommit, left, o.Memory)
	case o.MinMemory > 0:
		left = o.MinMemory
	}
	d.spec.Resources.Memory, d.spec.Resources.MemoryReservation = o.Memory, left
}
