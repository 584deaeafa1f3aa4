package guru

// VolumeType is what a volume is to an instance (CloudStack's Volume.Type).
type VolumeType string

// The types. The cloud's ISO is none: an engine boots no medium.
const (
	VolumeRoot VolumeType = "ROOT"
	VolumeData VolumeType = "DATADISK"
)

// Volume is a disk of a profile (CloudStack's DiskTO and its VolumeObjectTO).
type Volume struct {
	// Type is what it is. Required.
	Type VolumeType `json:"type"`
	// Name is the host's volume (VolumeObjectTO.path or .uuid), which outlives the
	// instance and is made if it is not there. A data volume must have one; the root is
	// the instance's own, whatever its name.
	Name string `json:"name,omitempty"`
	// Target is where the instance sees a data volume; empty means a folder of its name
	// in DataFolder.
	Target string `json:"target,omitempty"`
	// Size is in bytes (VolumeObjectTO.size); 0 means no bound. An engine bounds the root,
	// where its storage driver has quotas, and no data volume.
	Size int64 `json:"size,omitempty"`
	// ReadOnly keeps the instance from writing.
	ReadOnly bool `json:"readOnly,omitempty"`
	// IO bounds reading and writing.
	IO IO `json:"io,omitzero"`
}

// IO bounds what is read from and written to a volume each second
// (VolumeObjectTO.bytesReadRate, bytesWriteRate, iopsReadRate, iopsWriteRate); 0 means
// no bound. An engine bounds a host's whole disks alone.
type IO struct {
	ReadBytes  int64 `json:"readBytes,omitempty"`
	WriteBytes int64 `json:"writeBytes,omitempty"`
	ReadOps    int64 `json:"readOps,omitempty"`
	WriteOps   int64 `json:"writeOps,omitempty"`
}
