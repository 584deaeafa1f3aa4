package driver

// Allocatable is what is left of a host for further instances: its capacity without
// what is reserved for the host itself, and without the bounds of the instances that
// there are, whatever they are doing, for one at rest may be started. It is pure.
//
// The instances are as Inspect tells them: List leaves their bounds out. One that has no
// bound takes nothing here. A figure is negative where more was promised than there is.
// No instance has a bound of swap or disk, so those are what they were.
func Allocatable(host Host, reserved Resources, instances []Instance) Capacity {
	promised := reserved
	for _, i := range instances {
		promised.CPUs += i.Resources.CPUs
		promised.Memory += i.Resources.Memory
	}
	left := host.Capacity
	left.CPUs = left.CPUs.Less(promised.CPUs)
	left.Memory = left.Memory.Less(float64(promised.Memory))
	return left
}
