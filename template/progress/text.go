package progress

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"github.com/dockerhv/dockerhv/template"
)

// escapes are the sequences that a terminal obeys (ECMA-48): CSI ones; strings
// such as a window's title, whose end may be missing; and all the shorter ones.
var escapes = regexp.MustCompile(
	"(\x1b\\[|\u009b)[0-?]*[ -/]*[@-~]?" +
		"|(\x1b[\\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\x07\x1b\u009c]*(\x07|\x1b\\\\|\u009c)?" +
		"|\x1b[ -/]*[0-~]?")

// clean returns the record with texts that are safe to show, each in one line.
func clean(p template.Progress) template.Progress {
	p.Item, p.Detail = cleanText(p.Item), cleanText(p.Detail)
	p.Phase = template.Phase(cleanText(string(p.Phase)))
	return p
}

// cleanText drops what moves a cursor, or makes text look like other text.
func cleanText(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r):
			return -1
		}
		return r
	}, escapes.ReplaceAllString(s, ""))
	return strings.Join(strings.Fields(s), " ")
}

// displayWidth is how many columns of a terminal a text takes.
func displayWidth(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	kind := width.LookupRune(r).Kind()
	if kind == width.EastAsianWide || kind == width.EastAsianFullwidth {
		return 2
	}
	return 1
}

// truncate shortens a text to at most n columns; what was cut off is told by "…".
func truncate(s string, n int) string {
	if displayWidth(s) <= n {
		return s
	}
	left := n - displayWidth("…")
	end := strings.IndexFunc(s, func(r rune) bool {
		left -= runeWidth(r)
		return left < 0
	})
	return s[:end] + "…"
}

// pad fits a text into exactly n columns, at their left.
func pad(s string, n int) string {
	s = truncate(s, n)
	return s + strings.Repeat(" ", max(0, n-displayWidth(s)))
}

// padLeft makes a text at least n columns wide, at their right.
func padLeft(s string, n int) string { return strings.Repeat(" ", max(0, n-displayWidth(s))) + s }
