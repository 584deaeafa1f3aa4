package buildkit

import (
	"fmt"
	"io"
	"strings"

	"github.com/moby/buildkit/client"
)

// logger writes what BuildKit tells as lines, each with the number of its step:
//
//	#5 [2/3] RUN make
//	#5 cc -o app app.c
//	#5 done
type logger struct {
	to     io.Writer
	hide   *strings.Replacer
	failed bool // a writer that fails is left alone
}

func (l *logger) vertex(s *step, vertex *client.Vertex) {
	if l == nil || s.logged == ended || vertex.Started == nil {
		return
	}
	if s.logged == unseen {
		l.line(s, vertex.Name)
		s.logged = begun
	}
	if vertex.Completed == nil {
		return
	}
	s.logged = ended
	l.print(s, nil, true)
	switch {
	case vertex.Error != "":
		l.line(s, "error: "+vertex.Error)
	case vertex.Cached:
		l.line(s, "cached")
	default:
		l.line(s, "done")
	}
}

// print writes those of a step's lines that are whole, and the last one at the end.
func (l *logger) print(s *step, data []byte, end bool) {
	if l == nil {
		return
	}
	s.unwritten += string(data)
	for {
		line, rest, whole := strings.Cut(s.unwritten, "\n")
		switch {
		case whole:
			l.line(s, line)
			s.unwritten = rest
			continue
		case end && line != "" || len(line) > maxLine:
			l.line(s, line)
			s.unwritten = ""
		}
		return
	}
}

// maxLine bounds what of a line that does not end is kept.
const maxLine = 64 << 10

func (l *logger) line(s *step, text string) {
	if l.failed {
		return
	}
	text = l.hide.Replace(strings.TrimRight(text, "\r"))
	_, err := fmt.Fprintf(l.to, "#%d %s\n", s.number, text)
	l.failed = err != nil
}

// hider returns what puts "***" in place of secrets. One of several lines comes line
// by line; a line of a few characters hides nothing that matters, and much that does.
func hider(secrets map[string][]byte) *strings.Replacer {
	const few = 4
	var pairs []string
	for _, secret := range secrets {
		for line := range strings.Lines(string(secret)) {
			if line = strings.TrimSpace(line); len(line) >= few {
				pairs = append(pairs, line, "***")
			}
		}
	}
	return strings.NewReplacer(pairs...)
}
