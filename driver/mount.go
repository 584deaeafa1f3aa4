package driver

// MountType is where a mount's content is.
type MountType string

// The types.
const (
	// MountVolume is a volume of the host's engine. It is made if it is not there.
	MountVolume MountType = "volume"
	// MountBind is a path of the host, which must be there. The operator's policy
	// must allow it.
	MountBind MountType = "bind"
	// MountTmpfs is in memory, and gone with the instance's stop.
	MountTmpfs MountType = "tmpfs"
)

// Mount is something that an instance sees at a path of its own.
type Mount struct {
	// Type is where the content is. Required.
	Type MountType `json:"type"`
	// Source is the volume's name or the host's path; empty for a tmpfs, and for a
	// volume that is the instance's alone and is destroyed with it.
	Source string `json:"source,omitempty"`
	// Target is the absolute path in the instance. Required.
	Target string `json:"target"`
	// ReadOnly keeps the instance from writing.
	ReadOnly bool `json:"readOnly,omitempty"`
	// Size bounds a tmpfs, in bytes; 0 means no bound but the instance's memory.
	Size int64 `json:"size,omitempty"`
}
