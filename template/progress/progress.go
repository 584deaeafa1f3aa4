// Package progress shows the progress of installations to people and programs.
//
// [New] picks what suits a file: bars on a terminal, lines elsewhere. Give the
// renderer's Report to the installation, and Close it when all have ended:
//
//	bars := progress.New(os.Stderr)
//	defer bars.Close()
//	source.Install(ctx, store, template.InstallOptions{Progress: bars.Report})
//
// One renderer serves many installations at once. Records of one item share one
// bar, so installations of one template onto several hosts need items of their own.
//
// What a record says is somebody else's text, from a registry or a build. All
// renderers drop its escape sequences and control characters.
package progress

import (
	"os"

	"golang.org/x/term"

	"github.com/dockerhv/dockerhv/template"
)

// Renderer shows records. Both methods are safe for concurrent use.
type Renderer interface {
	// Report shows a record, soon or never: only the newest of an item counts.
	// After Close it does nothing.
	Report(p template.Progress)
	// Close shows what is not shown yet and ends the output with a whole line. It
	// returns the first error of writing. It leaves the writer open.
	Close() error
}

// New returns a [Terminal] if the file is one that can move its cursor, and a
// [Plain] if it is a file, a pipe or a terminal that TERM calls dumb.
func New(f *os.File) Renderer {
	if !term.IsTerminal(int(f.Fd())) || os.Getenv("TERM") == "dumb" {
		return NewPlain(f)
	}
	return NewTerminal(f, func() (columns, rows int) {
		columns, rows, err := term.GetSize(int(f.Fd()))
		if err != nil {
			return 0, 0
		}
		return columns, rows
	})
}
