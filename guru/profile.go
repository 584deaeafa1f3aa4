package guru

import (
	"fmt"
	"log/slog"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/template"
)

// Profile is what a cloud asks for when it provisions an instance: CloudStack's
// VirtualMachineTO in the parts that mean something to an engine. It is plain data
// that survives JSON, secrets included. The zero value of a field asks for nothing.
type Profile struct {
	// ID is the cloud's ID of the instance (VirtualMachineTO.uuid or .name).
	// Required; Spec.ID says which characters it may have.
	ID string `json:"id"`
	// InternalName is what the cloud itself calls it (VirtualMachineTO.name, such as
	// "i-2-45-VM"), by which CloudStack's power reports are keyed.
	InternalName string `json:"internalName,omitempty"`
	// Name is the name that the user sees (VirtualMachineTO.hostName).
	Name string `json:"name,omitempty"`
	// Hostname is what the instance calls itself. Empty makes it of Name, where that
	// can be a host name, or leaves it to the engine.
	Hostname string `json:"hostname,omitempty"`

	// Image is the installed template. Required.
	Image template.Image `json:"image"`
	// Architecture is what the template was registered for (VirtualMachineTO.arch), such
	// as "x86_64" or "aarch64", also in Go's words. Empty does not check it.
	Architecture string `json:"architecture,omitempty"`
	// Template is what the template's registration says of its instances; the profile's
	// own fields win over it.
	Template Defaults `json:"template,omitzero"`
	// Offering is the size that was sold.
	Offering Offering `json:"offering,omitzero"`

	// NICs are the interfaces; empty means one on the host's default network.
	NICs []NIC `json:"nics,omitempty"`
	// Ports are published on the host; nil means the template's.
	Ports []driver.Port `json:"ports,omitempty"`
	// Volumes are the root and the data disks.
	Volumes []Volume `json:"volumes,omitempty"`

	// Entrypoint and Command replace the template's and the image's; nil keeps them. A
	// given Entrypoint drops the template's command with the image's.
	Entrypoint []string `json:"entrypoint,omitempty"`
	Command    []string `json:"command,omitempty"`
	// Env adds to the template's and the image's environment, and wins over it.
	Env map[string]string `json:"env,omitempty"`
	// User runs the command, and WorkDir is where; empty means the template's or the
	// image's.
	User    string `json:"user,omitempty"`
	WorkDir string `json:"workDir,omitempty"`
	// Health replaces the template's and the image's health check; nil keeps it.
	Health *driver.HealthCheck `json:"health,omitempty"`

	// UserData is for cloud-init or whatever reads the NoCloud seed in the instance.
	// UserDataBase64 is the same as the cloud's API takes it (deployVirtualMachine
	// userdata); one of the two may be set.
	UserData       Secret `json:"userData,omitempty"`
	UserDataBase64 Secret `json:"userDataBase64,omitempty"`
	// Metadata are further keys of the seed's meta-data (VirtualMachineTO.vmData).
	Metadata map[string]string `json:"metadata,omitempty"`
	// SSHKeys may log in: "type base64 [comment]" each.
	SSHKeys []string `json:"sshKeys,omitempty"`
	// Password is for the login, or its hash as in shadow(5). Only cloud-init in the
	// instance can set it.
	Password Secret `json:"password,omitempty"`
	// Login is whose keys and password these are.
	Login Login `json:"login,omitzero"`

	// Boot is how a machine would boot.
	Boot Boot `json:"boot,omitzero"`
	// Details are the cloud's loose ends (VirtualMachineTO.details).
	Details Details `json:"details,omitempty"`
	// Labels are the cloud's own, kept on the instance.
	Labels map[string]string `json:"labels,omitempty"`

	// Host is where the instance shall run; what exceeds it is refused. The zero value
	// checks nothing of the host.
	Host driver.Host `json:"host,omitzero"`
	// HostSpeed is the speed of the host's CPUs in MHz, which engines don't tell; 0 means
	// that it is not known. Offering.LimitCPU says what it is for.
	HostSpeed int `json:"hostSpeed,omitempty"`
}

// LogValue says whose profile it is: a structured log would else show its secrets.
func (p Profile) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", p.ID), slog.String("name", p.Name), slog.String("image", p.Image.ID))
}

// Defaults are what a template's registration says of its instances.
type Defaults struct {
	Entrypoint []string            `json:"entrypoint,omitempty"`
	Command    []string            `json:"command,omitempty"`
	Env        map[string]string   `json:"env,omitempty"`
	Ports      []driver.Port       `json:"ports,omitempty"`
	Health     *driver.HealthCheck `json:"health,omitempty"`
	User       string              `json:"user,omitempty"`
	WorkDir    string              `json:"workDir,omitempty"`
}

// Login is a user that the image has, who logs in with the profile's keys and
// password.
type Login struct {
	// User is the user's name. Empty means cloud-init's default user, and for the keys
	// root as well.
	User string `json:"user,omitempty"`
	// UID and GID own the user's authorized_keys. 0 means root, who may own them for any
	// user.
	UID int `json:"uid,omitempty"`
	GID int `json:"gid,omitempty"`
	// Home is the user's home folder; empty means /root for root, else /home and the name.
	Home string `json:"home,omitempty"`
}

// Boot is how a machine would boot. An engine boots nothing, so that anything in it is
// refused unless it is waived.
type Boot struct {
	// Args are a kernel's (VirtualMachineTO.bootArgs); Type is BIOS or UEFI (bootType),
	// Mode LEGACY or SECURE (bootMode).
	Args string `json:"args,omitempty"`
	Type string `json:"type,omitempty"`
	Mode string `json:"mode,omitempty"`
}

// Secret is a text that formats as its length, whatever the verb. In JSON it is there.
type Secret string

// String returns how long the text is.
func (s Secret) String() string { return fmt.Sprintf("secret of %d bytes", len(s)) }

// Format writes String, also for the verbs that would show bytes, such as %x.
func (s Secret) Format(to fmt.State, _ rune) { _, _ = to.Write([]byte(s.String())) }

// LogValue is String, so that a structured log does not show the text.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
