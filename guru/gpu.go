package guru

import (
	"strings"

	"github.com/dockerhv/dockerhv/driver"
)

// gpu is the capability by which an engine finds the device driver that gives GPUs.
const gpu = "gpu"

// requestGPUs asks the engine's device drivers for an offering's GPUs: those with a
// qualified name of CDI by that name, others by the driver's own.
func (d *draft) requestGPUs(g GPUs) {
	switch {
	case g.Count < 0:
		d.invalid("offering.gpus.count", "%d is negative", g.Count)
	case g.Count > 0 && len(g.Devices) > 0 && g.Count != len(g.Devices):
		d.invalid("offering.gpus.count", "%d contradicts the %d devices; leave it out", g.Count, len(g.Devices))
	}
	if g.Slice != "" {
		d.unsupported("offering.gpus.slice", "engines give whole devices, not %q of one", g.Slice)
	}
	if g.Model != "" {
		d.unsupported("offering.gpus.model", "engines know GPUs by name, as offering.gpus.devices has them, and by no model")
	}
	cdi, own := d.splitGPUs(g.Devices)
	requests := &d.spec.Security.DeviceRequests
	if len(cdi) > 0 {
		*requests = append(*requests, driver.DeviceRequest{Driver: driver.DeviceDriverCDI, IDs: cdi})
	}
	switch byCapability := [][]string{{gpu}}; {
	case len(own) > 0:
		*requests = append(*requests, driver.DeviceRequest{IDs: own, Capabilities: byCapability})
	case g.Count > 0 && len(cdi) == 0:
		*requests = append(*requests, driver.DeviceRequest{Count: g.Count, Capabilities: byCapability})
	}
}

// splitGPUs parts the names of CDI, "vendor/class=name", from others.
func (d *draft) splitGPUs(devices []string) (cdi, own []string) {
	seen := make(map[string]bool)
	for i, id := range devices {
		path := element("offering.gpus.devices", i)
		switch {
		case id == "" || !isLine(id):
			d.invalid(path, "%q is no device's name", id)
		case seen[id]:
			d.invalid(path, "%q is there twice", id)
		case strings.Contains(id, "="):
			cdi = append(cdi, id)
		default:
			own = append(own, id)
		}
		seen[id] = true
	}
	return cdi, own
}
