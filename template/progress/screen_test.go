package progress_test

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// screen is as much of a terminal as the renderer needs, and fails the test on
// the rest. It wraps lines, unless told not to, and scrolls.
type screen struct {
	t             *testing.T
	columns, rows int

	mu       sync.Mutex
	cells    [][]string
	scrolled []string // the lines that left at the top
	x, y     int
	noWrap   bool
	wrapped  bool // a text was too long for a line
	frames   int
}

func newScreen(t *testing.T, columns, rows int) *screen {
	return &screen{t: t, columns: columns, rows: rows, cells: [][]string{nil}}
}

func (s *screen) size() (columns, rows int) { return s.columns, s.rows }

func (s *screen) Write(data []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frames++
	text := []rune(string(data))
	for i := 0; i < len(text); i++ {
		switch r := text[i]; {
		case r == '\r':
			s.x = 0
		case r == '\n':
			s.down()
		case r == '\x1b':
			end := i + 1
			for ; text[end] < 'A' || text[end] == '['; end++ {
			}
			s.obey(string(text[i+1 : end+1]))
			i = end
		case r < ' ':
			s.t.Errorf("a control character %q is written", r)
		default:
			s.put(r)
		}
	}
	return len(data), nil
}

// put writes a letter. It knows the width of the few that the tests use.
func (s *screen) put(r rune) {
	switch {
	case r >= '\u0300' && r < '\u0370': // combines with the letter before
		line := s.cells[s.y]
		line[s.x-1] += string(r)
		return
	case r >= '\u2e80' && r < '\uffdd':
		s.cell(string(r))
		s.cell("")
		return
	}
	s.cell(string(r))
}

func (s *screen) cell(text string) {
	if s.x == s.columns {
		s.wrapped = true
		if s.noWrap {
			return
		}
		s.x = 0
		s.down()
	}
	line := s.cells[s.y]
	for len(line) <= s.x {
		line = append(line, " ")
	}
	line[s.x] = text
	s.cells[s.y] = line
	s.x++
}

func (s *screen) down() {
	if s.y++; s.y == len(s.cells) {
		s.cells = append(s.cells, nil)
	}
	if len(s.cells) > s.rows {
		s.scrolled = append(s.scrolled, strings.Join(s.cells[0], ""))
		s.cells = s.cells[1:]
		s.y--
	}
}

func (s *screen) obey(sequence string) {
	line := s.cells[s.y]
	switch n, isUp := strings.CutSuffix(strings.TrimPrefix(sequence, "["), "A"); {
	case isUp:
		up, err := strconv.Atoi(n)
		if err != nil || up > s.y {
			s.t.Errorf("the cursor goes up by %q from row %d", n, s.y)
		}
		s.y = max(0, s.y-up)
	case sequence == "[K":
		s.cells[s.y] = line[:min(s.x, len(line))]
	case sequence == "[J":
		s.cells[s.y] = line[:min(s.x, len(line))]
		s.cells = s.cells[:s.y+1]
	case sequence == "[?7l":
		s.noWrap = true
	case sequence == "[?7h":
		s.noWrap = false
	default:
		s.t.Errorf("the sequence %q is written", sequence)
	}
}

// String is what a person sees, what scrolled off included.
func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := slices.Clone(s.scrolled)
	for _, line := range s.cells {
		lines = append(lines, strings.Join(line, ""))
	}
	return strings.Join(lines, "\n")
}

// count is how many frames were drawn since it was last asked.
func (s *screen) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	frames := s.frames
	s.frames = 0
	return frames
}
