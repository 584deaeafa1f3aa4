package template

// Phase is what an installation is busy with.
type Phase string

// The phases, in the order in which they can come. An installation skips those
// that it has no use for.
const (
	Resolving   Phase = "resolving"   // finding out what the reference or URL names
	Downloading Phase = "downloading" // bytes from a registry or a URL
	Building    Phase = "building"    // steps of a Dockerfile
	Loading     Phase = "loading"     // bytes of an archive into the store
	Extracting  Phase = "extracting"  // the store unpacks what it got
	Exporting   Phase = "exporting"   // bytes of an image out of the store
	Done        Phase = "done"        // the image can be run
)

// Unit is what a Progress counts.
type Unit string

// The units.
const (
	Bytes Unit = "bytes"
	Steps Unit = "steps"
)

// Progress is one record of an installation. Records are small, absolute and
// safe to drop: the newest of an item says all there is to say. There is one
// item per template, however many layers or steps it has.
type Progress struct {
	// Item names the template, and with it the bar to draw.
	Item string `json:"item"`
	// Phase is what the item is busy with.
	Phase Phase `json:"phase"`
	// Current and Total count Units. A Total of 0 is unknown. Current never
	// decreases within a phase.
	Current int64 `json:"current,omitempty"`
	Total   int64 `json:"total,omitempty"`
	Unit    Unit  `json:"unit,omitempty"`
	// Detail is one line for a person, such as the build's current step.
	Detail string `json:"detail,omitempty"`
}
