package preflight

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// Plan is what a Setup would change on this machine. It is plain data: nothing happens
// before it is applied.
type Plan struct {
	// Install are the commands that install the engine; nil if there is one.
	Install [][]string
	// Changes are the files to write, in their order.
	Changes []Change
	// Restart are the commands that have the engine read them; nil if it need not.
	Restart [][]string
	// Notes say what a person must see to, for the plan can't.
	Notes []string
}

// Change is a file to write.
type Change struct {
	// Path is the file, and Why what it is for.
	Path, Why string
	// Before is its content, nil if it is not there, and After what it will be.
	Before, After []byte
	// Mode are the permissions that a new file gets; another keeps its own.
	Mode fs.FileMode
	// Secret is true for a file that nobody is shown.
	Secret bool
	// Restarts is true for a file that the engine reads when it starts, and only then.
	Restarts bool
}

// Empty tells whether there is nothing to do.
func (p Plan) Empty() bool { return len(p.Install) == 0 && len(p.Changes) == 0 && len(p.Restart) == 0 }

// restarts tells whether the engine must read what is changed.
func (p Plan) restarts() bool {
	return slices.ContainsFunc(p.Changes, func(c Change) bool { return c.Restarts })
}

// Write writes the plan for people: the commands, and the difference of each file.
func (p Plan) Write(w io.Writer) error {
	var out bytes.Buffer
	if p.Empty() {
		fmt.Fprintln(&out, "Nothing is to be changed.")
	}
	for _, command := range p.Install {
		fmt.Fprintf(&out, "Install the engine: %s\n", strings.Join(command, " "))
	}
	for _, c := range p.Changes {
		c.write(&out)
	}
	for _, command := range p.Restart {
		fmt.Fprintf(&out, "Have the engine read that: %s\n", strings.Join(command, " "))
	}
	for _, note := range p.Notes {
		fmt.Fprintf(&out, "Note: %s\n", note)
	}
	_, err := w.Write(out.Bytes())
	return err
}

func (c Change) write(out *bytes.Buffer) {
	verb := "Change"
	if c.Before == nil {
		verb = "Write"
	}
	fmt.Fprintf(out, "%s %s: %s\n", verb, c.Path, c.Why)
	if c.Secret {
		return
	}
	diff := udiff.Unified(c.Path, c.Path, string(c.Before), string(c.After))
	for line := range strings.Lines(diff) {
		if strings.HasPrefix(line, "--- ") || strings.HasPrefix(line, "+++ ") {
			continue
		}
		fmt.Fprintf(out, "    %s", line)
	}
}
