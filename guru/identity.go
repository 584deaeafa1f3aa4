package guru

import (
	"maps"
	"strings"

	"github.com/dockerhv/dockerhv/driver"
)

// identify maps what the instance is called.
func (d *draft) identify() {
	p := d.profile
	d.spec.ID, d.spec.Name, d.spec.Hostname = p.ID, p.Name, p.Hostname
	if p.Hostname == "" {
		d.spec.Hostname = hostname(p.Name)
	}
	d.spec.Labels = maps.Clone(p.Labels)
	if p.InternalName != "" {
		d.label("internalName", LabelInternalName, p.InternalName)
	}
}

// label adds a label of the guru's, which must not contradict the cloud's.
func (d *draft) label(path, name, value string) {
	if has, ok := d.spec.Labels[name]; ok && has != value {
		d.invalid(path, "the label %s has another value already", name)
		return
	}
	if d.spec.Labels == nil {
		d.spec.Labels = make(map[string]string)
	}
	d.spec.Labels[name] = value
}

// hostname makes a host name of a user's name for an instance, or none where
// nothing of it can be one (RFC 1123: letters, digits and hyphens, 63 at most).
func hostname(name string) string {
	label := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '-'
	}, name)
	if len(label) > 63 {
		label = label[:63]
	}
	return strings.Trim(label, "-")
}

// platform maps the image, and refuses one that the host or the cloud's own word for
// it does not fit.
func (d *draft) platform() {
	image, host := d.profile.Image, d.profile.Host.Platform
	d.spec.Image = image.ID
	d.spec.Template = driver.Template{Format: image.Format, Digest: image.Digest, Reference: image.Reference}
	if !image.Platform.Matches(host) {
		d.invalid("image.platform", "%v does not run on a host of %v; install the template for that platform", image.Platform, host)
	}
	word := d.profile.Architecture
	if word == "" {
		return
	}
	arch, known := architecture(word)
	switch {
	case !known:
		d.invalid("architecture", "%q is not known; write x86_64, i686, aarch64, armv7l, s390x, ppc64le or riscv64", word)
	case image.Platform.Architecture != "" && arch != image.Platform.Architecture:
		d.invalid("architecture", "%s is not that of the image, %s; install the template for it", word, image.Platform.Architecture)
	case host.Architecture != "" && arch != host.Architecture:
		d.invalid("architecture", "%s does not run on a host of %s", word, host.Architecture)
	}
}
