package template

import (
	"maps"
	"reflect"
	"slices"
)

// Hypervisor is the name of the one hypervisor that this module is, as a cloud
// registers templates for it (CS-6664).
const Hypervisor = "Docker"

// Registration is what a cloud says when it registers a template: the parameters
// of CloudStack's registerTemplate, under its names in JSON, that mean something
// to a Docker host. The zero value of each field but ID, Format and URL works.
// [Registration.Complete] has the rules.
//
// Not here are the rights of who registers: the cloud decides, before it calls,
// who may make a template public or featured, or register one for all zones.
type Registration struct {
	// ID is the cloud's ID of the template: 1 to 255 characters without spaces. It
	// is required.
	ID string `json:"id"`
	// Name is for people and need not be unique: up to 255 characters; empty means
	// the ID. The cloud requires it.
	Name string `json:"name,omitempty"`
	// DisplayText is for people, too: up to 4096 characters; empty means the name.
	DisplayText string `json:"displaytext,omitempty"`
	// Owner is whose template it is, in whatever words the cloud has for accounts:
	// up to 255 characters; empty means the operator's.
	Owner string `json:"owner,omitempty"`

	// Format and URL say what the template is and where: a reference for a
	// Repository ("nginx:1.27" or "docker://nginx:1.27"), and for the others an
	// http or https URL, or a local path if the opener allows one. A URL has up to
	// 2048 characters and no password. Both are required.
	Format Format `json:"format"`
	URL    string `json:"url"`
	// Checksum is the SHA-256 of what is at the URL, as [ParseChecksum] reads it;
	// empty means none. A Repository image is pinned by a digest in its reference.
	Checksum string `json:"checksum,omitempty"`
	// Hypervisor is what the template is for; empty means [Hypervisor], and nothing
	// else is served.
	Hypervisor string `json:"hypervisor,omitempty"`
	// Arch is the processor's: x86_64, aarch64 or s390x, or Go's words for these.
	// Empty means the host's own, where the cloud means x86_64: an image can be for
	// many.
	Arch string `json:"arch,omitempty"`
	// Bits is 32 or 64; 0 means 64.
	Bits int `json:"bits,omitempty"`

	// Zones are the zones in which the template is to be had; none, or "-1" alone,
	// means all. They take a catalog that knows the zones of its hosts.
	Zones []string `json:"zoneids,omitempty"`
	// Public shows the template to all accounts, Featured puts it forward, and
	// Extractable lets others than the operator download it. The cloud acts on them.
	Public      bool `json:"ispublic,omitempty"`
	Featured    bool `json:"isfeatured,omitempty"`
	Extractable bool `json:"isextractable,omitempty"`
	// PasswordEnabled and SSHKeyEnabled say that instances take the password and the
	// keys that the cloud gives them, DynamicallyScalable that their size may change
	// while they run. Whoever makes profiles acts on them.
	PasswordEnabled     bool `json:"passwordenabled,omitempty"`
	SSHKeyEnabled       bool `json:"sshkeyenabled,omitempty"`
	DynamicallyScalable bool `json:"isdynamicallyscalable,omitempty"`
	// NoHVM is the cloud's requireshvm turned round, so that zero is its default. It
	// is kept for the cloud and means nothing to a Docker host.
	NoHVM bool `json:"nohvm,omitempty"`
	// OSType is the cloud's ID of the operating system, and Tag its template tag,
	// by which it chooses hosts: up to 255 characters each.
	OSType string `json:"ostypeid,omitempty"`
	Tag    string `json:"templatetag,omitempty"`
	// SortKey orders lists: lower comes first.
	SortKey int `json:"sortkey,omitempty"`

	// Details are further settings by name. Those that begin with "instance." are
	// what instances of the template start with, see [Defaults]; the others are the
	// source's, and its opener says which it knows and refuses all others: a
	// Dockerfile's build argument is "buildarg.NAME". A name has up to 255
	// characters, a value up to 1024. They are no place for a secret.
	Details map[string]string `json:"details,omitempty"`
	// Secrets are settings of the source that are nobody's to see. A catalog keeps
	// them in memory alone, and gives out their names: after a restart of the program,
	// registering the same again brings them back.
	Secrets Secrets `json:"-"`
}

// Platform is what the template's Arch and Bits ask for; the zero Platform where
// they leave it to the host.
func (r Registration) Platform() Platform {
	if a, ok := findArch(r.Arch); ok {
		return a.platform(r.Bits)
	}
	return Platform{}
}

// clone returns a registration that shares no memory with this one.
func (r Registration) clone() Registration {
	r.Zones, r.Details, r.Secrets = slices.Clone(r.Zones), maps.Clone(r.Details), maps.Clone(r.Secrets)
	return r
}

// equal compares all but the secrets' values, which a restart has lost.
func (r Registration) equal(other Registration) bool {
	if !slices.Equal(r.Secrets.Names(), other.Secrets.Names()) {
		return false
	}
	r.Secrets, other.Secrets = nil, nil
	return reflect.DeepEqual(r, other)
}
