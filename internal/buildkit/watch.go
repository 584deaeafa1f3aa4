package buildkit

import (
	"strings"

	"github.com/moby/buildkit/client"
	"github.com/opencontainers/go-digest"

	"github.com/dockerhv/dockerhv/template"
)

const (
	keptLines = 20  // of a step's output, for the error of a step that fails
	keptBytes = 512 // of each of these lines
)

// watch follows a build: it counts its steps for the progress, and keeps what the
// error of a failing one needs.
type watch struct {
	build       Build
	steps       map[digest.Digest]*step
	failed      *step
	log         *logger
	hide        *strings.Replacer
	known, done int64 // of the steps that count
}

// step is one vertex of the build, as far as it was told.
type step struct {
	name   string
	ended  bool
	output []string // its last lines, the last of which may still grow

	number    int // in the log
	logged    state
	unwritten string // of its last line
}

// state is how much of a step is in the log.
type state int

const (
	unseen state = iota
	begun
	ended
)

func newWatch(build Build) *watch {
	w := &watch{build: build, steps: make(map[digest.Digest]*step), hide: hider(build.Secrets)}
	if build.Log != nil {
		w.log = &logger{to: build.Log, hide: w.hide}
	}
	return w
}

// status takes one of BuildKit's records. Vertexes come again with each change.
func (w *watch) status(status *client.SolveStatus) {
	for _, vertex := range status.Vertexes {
		s := w.step(vertex.Digest)
		if s.name == "" && counts(vertex.Name) {
			w.known++
		}
		s.name = vertex.Name
		if vertex.Error != "" && !strings.Contains(vertex.Error, "context canceled") && w.failed == nil {
			w.failed = s
		}
		if vertex.Completed != nil && !s.ended {
			s.ended = true
			if counts(s.name) {
				w.done++
			}
		}
		w.report(vertex)
		w.log.vertex(s, vertex)
	}
	for _, log := range status.Logs {
		s := w.step(log.Vertex)
		s.print(log.Data)
		w.log.print(s, log.Data, false)
	}
}

func (w *watch) step(id digest.Digest) *step {
	s := w.steps[id]
	if s == nil {
		s = &step{number: len(w.steps) + 1}
		w.steps[id] = s
	}
	return s
}

func (w *watch) report(vertex *client.Vertex) {
	if w.build.Progress == nil || vertex.Started == nil {
		return
	}
	w.build.Progress(template.Progress{
		Item: w.build.Name, Phase: template.Building, Unit: template.Steps,
		Current: w.done, Total: w.known, Detail: vertex.Name,
	})
}

// counts tells whether a step is one of the Dockerfile's, or of what becomes of it.
// BuildKit's own are over before it knows how many those are.
func counts(name string) bool { return !strings.HasPrefix(name, "[internal]") }

// print adds output, which comes in pieces that need not end with a line.
func (s *step) print(data []byte) {
	for i, piece := range strings.Split(string(data), "\n") {
		if i > 0 || len(s.output) == 0 {
			s.output = append(s.output, "")
		}
		last := &s.output[len(s.output)-1]
		*last += piece[:min(len(piece), max(0, keptBytes-len(*last)))]
	}
	if extra := len(s.output) - keptLines; extra > 0 {
		s.output = append(s.output[:0], s.output[extra:]...)
	}
}

// lines returns the last lines of the output, without empty ones at its end.
func (s *step) lines() []string {
	lines := s.output
	for len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}
