package driver

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"slices"
	"time"

	"github.com/dockerhv/dockerhv/template"
)

// Spec is what a driver is told about an instance: the whole of it. It is plain
// data that survives JSON, and two equal specs have equal hashes. The zero value
// of each field means the image's or the host's own default.
type Spec struct {
	// ID is the orchestrator's ID of the instance: 1 to 63 letters, digits, '_',
	// '.' or '-', beginning with a letter or digit. Required.
	ID string `json:"id"`
	// Name is for people.
	Name string `json:"name,omitempty"`
	// Hostname is what the instance calls itself; empty means the engine's choice.
	Hostname string `json:"hostname,omitempty"`
	// Domain completes Hostname to a full name; empty means none.
	Domain string `json:"domain,omitempty"`

	// Image is the image's ID on the host, "sha256:...", so that nothing can
	// change between install and create. Required.
	Image string `json:"image"`
	// Template says what the image came from, and is reported back.
	Template Template `json:"template,omitzero"`

	// Entrypoint and Command replace the image's; nil keeps them. A given
	// Entrypoint drops the image's command, as in Docker.
	Entrypoint []string `json:"entrypoint,omitempty"`
	Command    []string `json:"command,omitempty"`
	// Env adds to the image's environment and wins over it.
	Env Private `json:"env,omitempty"`
	// WorkDir and User replace the image's. User is "name", "uid" or "uid:gid".
	WorkDir string `json:"workDir,omitempty"`
	User    string `json:"user,omitempty"`

	// Resources bounds what the instance may use.
	Resources Resources `json:"resources,omitzero"`
	// NICs are the instance's network interfaces; empty means one on the host's
	// default network.
	NICs []NIC `json:"nics,omitempty"`
	// Ports are published on the host.
	Ports []Port `json:"ports,omitempty"`
	// NetworkOf is the ID of another instance of the same owner, the holder, whose
	// network this one has: NICs, addresses, ports and host names are the holder's, and
	// a spec of its own for them is refused. The holder is an instance like others, which
	// must run where this one is started; see Instance.NetworkLost for its stop. One that
	// is destroyed by force and created again is another holder: this instance must be
	// created again, too.
	NetworkOf string `json:"networkOf,omitempty"`
	// DNS is how the instance finds others by name.
	DNS DNS `json:"dns,omitzero"`

	// Mounts are what the instance sees beside its image.
	Mounts []Mount `json:"mounts,omitempty"`
	// Files are streamed in before the first start.
	Files []File `json:"files,omitempty"`
	// Ulimits are its processes' limits by name, such as "nofile".
	Ulimits map[string]Ulimit `json:"ulimits,omitempty"`
	// IO bounds what it reads from and writes to the host's disks.
	IO IO `json:"io,omitzero"`
	// Security says what it may do on the host.
	Security Security `json:"security,omitzero"`
	// Restart says when the host starts it again by itself.
	Restart Restart `json:"restart,omitzero"`
	// Health is how the host finds out whether it is well; nil means as the image says.
	Health *HealthCheck `json:"health,omitempty"`
	// Log says where the host puts what it prints.
	Log Log `json:"log,omitzero"`
	// Init runs the engine's own init as its first process, which reaps orphans.
	Init bool `json:"init,omitempty"`

	// TTY gives its command a terminal, to which Console connects; all that it prints is
	// then one output.
	TTY bool `json:"tty,omitempty"`
	// Stdin keeps its command's input open, for what Console sends; else it is empty.
	Stdin bool `json:"stdin,omitempty"`
	// Runtime names one of Host.Runtimes; empty means the host's default. The policy must
	// allow another.
	Runtime string `json:"runtime,omitempty"`
	// Annotations are told to the runtime. The policy must allow each.
	Annotations map[string]string `json:"annotations,omitempty"`

	// StopSignal is the signal that Stop sends, such as "SIGINT"; empty means the
	// image's, or else SIGTERM.
	StopSignal string `json:"stopSignal,omitempty"`
	// StopGrace is how long Stop waits before it kills; 0 means 10 seconds. It is
	// rounded up to whole seconds.
	StopGrace time.Duration `json:"stopGrace,omitempty"`

	// Labels are the orchestrator's own, and are reported back. The prefix that
	// the driver keeps for itself is refused.
	Labels map[string]string `json:"labels,omitempty"`
}

// Template says what an image came from.
type Template struct {
	Format    template.Format `json:"format,omitempty"`
	Digest    string          `json:"digest,omitempty"`
	Reference string          `json:"reference,omitempty"`
}

// DefaultStopGrace is the grace of a spec that sets none.
const DefaultStopGrace = 10 * time.Second

// Hash identifies the spec's content: equal specs have equal hashes, whatever
// process or version of this module computed them, as long as no field was added
// that the spec uses. It is "v1:" and 64 hexadecimal digits.
//
// Of a file's content only its own hash goes in, so that the hash tells nothing of
// a secret that is not guessed whole.
func (s Spec) Hash() string {
	data, err := json.Marshal(s.withoutContent())
	if err != nil {
		// Unreachable: a spec holds nothing that JSON refuses but NaN and infinite
		// CPUs, which Validate refuses before any hash is taken.
		data = []byte(err.Error())
	}
	sum := sha256.Sum256(data)
	return "v1:" + hex.EncodeToString(sum[:])
}

// withoutContent has the hashes of the files in the place of what is in them.
func (s Spec) withoutContent() Spec {
	s.Files = slices.Clone(s.Files)
	for i := range s.Files {
		s.Files[i].Content = s.Files[i].Content.digest()
	}
	return s
}

// LogValue says which spec it is and nothing of what is in it: a structured log in
// JSON would else show the environment and the files.
func (s Spec) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", s.ID), slog.String("name", s.Name), slog.String("image", s.Image))
}
