package driver

// MountType is where a mount's content is.
type MountType string

// The types. Named pipes, which only Windows hosts have, are none.
const (
	// MountVolume is a volume of the host's engine. Create makes it if it is not there.
	MountVolume MountType = "volume"
	// MountBind is a path of the host, which must be there. The operator's policy
	// must allow it.
	MountBind MountType = "bind"
	// MountTmpfs is in memory, and gone with the instance's stop.
	MountTmpfs MountType = "tmpfs"
	// MountImage is an image's content, read-only.
	MountImage MountType = "image"
)

// Mount is something that an instance sees at a path of its own. A field that is not
// of its type must be zero.
type Mount struct {
	// Type is where the content is. Required.
	Type MountType `json:"type"`
	// Source is the volume's name among the owner's, the host's path, or the image's
	// ID; empty for a tmpfs, and for a volume that is the instance's alone and is
	// destroyed with it.
	Source string `json:"source,omitempty"`
	// Target is the absolute path in the instance. Required.
	Target string `json:"target"`
	// ReadOnly keeps the instance from writing. Of a bind it may leave out what is
	// mounted below the source: ReadOnlyRecursive does not.
	ReadOnly bool `json:"readOnly,omitempty"`
	// Subpath is a path in a named volume or an image, relative to its root, that is
	// mounted in place of the root.
	Subpath string `json:"subpath,omitempty"`

	// Size bounds a tmpfs, in bytes; 0 means no bound but the instance's memory. Mode is
	// its permissions; 0 means 0o1777.
	Size int64  `json:"size,omitempty"`
	Mode uint32 `json:"mode,omitempty"`

	// External says that the volume is not the owner's. It must be there under just this
	// name, is used as it is and never destroyed. The policy must allow it.
	External bool `json:"external,omitempty"`
	// NoCopy keeps a new volume empty, which else begins with what the image has at the
	// target.
	NoCopy bool `json:"noCopy,omitempty"`
	// Driver is the volume's driver, empty for the engine's own, and Options are that
	// driver's. They may hold secrets. The policy must allow what reaches beyond the
	// engine's own folders.
	Driver  string            `json:"driver,omitempty"`
	Options map[string]string `json:"options,omitempty"`

	// Create makes a bind's source, as a folder, if it is not there.
	Create bool `json:"create,omitempty"`
	// Propagation says whether what is mounted below a bind on one side later is seen on
	// the other; empty means neither way.
	Propagation Propagation `json:"propagation,omitempty"`
	// NonRecursive leaves out what is mounted below a bind's source.
	NonRecursive bool `json:"nonRecursive,omitempty"`
	// ReadOnlyRecursive keeps the instance from writing to what is mounted below a bind's
	// source, too, or from starting where the kernel can't see to that.
	ReadOnlyRecursive bool `json:"readOnlyRecursive,omitempty"`
	// Relabel changes the SELinux label of a bind's content on the host. Engines do it
	// only together with Create.
	Relabel Relabel `json:"relabel,omitempty"`
}

// Propagation says what mounts a bind shares with the host, as mount(8) does.
type Propagation string

// The propagations. The r stands for: also of what is mounted below.
const (
	PropagationPrivate  Propagation = "private"
	PropagationRPrivate Propagation = "rprivate"
	PropagationSlave    Propagation = "slave" // the host's are seen in the instance
	PropagationRSlave   Propagation = "rslave"
	PropagationShared   Propagation = "shared" // the instance's are seen on the host, too
	PropagationRShared  Propagation = "rshared"
)

// Relabel says for whom SELinux is told to allow a bind's content.
type Relabel string

// The relabels. The empty one changes nothing.
const (
	RelabelShared  Relabel = "shared"  // any instance
	RelabelPrivate Relabel = "private" // this one alone
)
