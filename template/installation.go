package template

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// DownloadState says how far a template is on a host, in CloudStack's words (the
// Status of its VMTemplateStorageResourceAssoc).
type DownloadState string

// The states, of the cloud's those that there is a cause for here:
//
//	NotDownloaded -Install-> InProgress -> Downloaded | DownloadError | Abandoned
//	Downloaded, DownloadError, Abandoned -Install-> InProgress, -Uninstall-> NotDownloaded
//
// Installing again what is Downloaded leaves it so until there is work to do.
const (
	NotDownloaded DownloadState = "NOT_DOWNLOADED"
	InProgress    DownloadState = "DOWNLOAD_IN_PROGRESS"
	Downloaded    DownloadState = "DOWNLOADED"
	DownloadError DownloadState = "DOWNLOAD_ERROR"
	// Abandoned: all who installed it gave up, or the program ended meanwhile.
	Abandoned DownloadState = "ABANDONED"
)

// interrupted is the error string of an installation that ended with the program.
const interrupted = "interrupted: the program ended while it installed; install it again"

// maxErrorString bounds what is kept of an error, in bytes.
const maxErrorString = 1024

// Installation is what a catalog knows of one template on one host. It is plain data.
type Installation struct {
	// Template is the template's ID, Host the host's name.
	Template string `json:"template"`
	Host     string `json:"host"`
	// State is how far it is. It is as of the last Install: what others do to a
	// host's images it does not tell.
	State DownloadState `json:"state"`
	// Percent is how much of the content is on the host, from 0 to 100; it stays
	// within one installation, and says 0 where the total is not known.
	Percent int `json:"percent,omitempty"`
	// Error is why the last installation failed, in one line.
	Error string `json:"error,omitempty"`
	// Platform is what was asked for; zero means the host's own.
	Platform Platform `json:"platform,omitzero"`
	// Image is what the template became, since it was last Downloaded.
	Image Image `json:"image,omitzero"`
	// Brought are the images that came to the host by installations of this
	// template, with their references: those that Uninstall may remove.
	Brought []Image `json:"brought,omitempty"`
	// Updated is when the state last changed.
	Updated time.Time `json:"updated,omitzero"`
}

// Ready tells whether instances can be made of it: the cloud's isready.
func (i Installation) Ready() bool { return i.State == Downloaded }

// Status is the text that CloudStack shows to users: "12% Downloaded", "Installing
// Template", "Download Complete", or the error. Of a template that was never
// installed there is nothing to say but that it is registered: "Active".
func (i Installation) Status() string {
	switch {
	case i.State == InProgress && i.Percent >= 100:
		return "Installing Template"
	case i.State == InProgress:
		return fmt.Sprintf("%d%% Downloaded", i.Percent)
	case i.State == Downloaded:
		return "Download Complete"
	case i.Error != "":
		return i.Error
	}
	return "Active"
}

// progressed is the installation after a record of its progress. The percentage
// never falls: the total of a pull grows as its layers become known.
func (i Installation) progressed(p Progress) Installation {
	switch p.Phase {
	case Downloading, Loading, Building:
		if p.Total > 0 {
			share := float64(p.Current) / float64(p.Total)
			i.Percent = max(i.Percent, int(100*min(max(share, 0), 1)))
		}
	case Extracting:
		i.Percent = 100
	case Resolving, Exporting, Done:
	}
	return i
}

// works tells whether a record of progress is of work on the host, not of looking
// for what is there.
func works(p Progress) bool { return p.Phase != Resolving && p.Phase != Done }

// errorString is what is kept of an error: one line that can be shown anywhere,
// whatever a build has printed.
func errorString(err error) string {
	text := inOneLine(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, err.Error()))
	if len(text) > maxErrorString {
		text = strings.ToValidUTF8(text[:maxErrorString-3], "") + "..."
	}
	return text
}
