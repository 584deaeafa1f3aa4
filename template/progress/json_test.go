package progress_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/progress"
)

func TestJSON(t *testing.T) {
	var out strings.Builder
	j := progress.NewJSON(&out)
	j.Report(bytes("nginx:1.27", template.Downloading, 1, 2))
	j.Report(template.Progress{Item: "a<b", Phase: template.Building, Unit: template.Steps, Total: 3, Detail: "RUN a && b\n"})
	j.Report(template.Progress{Item: "nginx:1.27", Phase: template.Done})
	if err := j.Close(); err != nil {
		t.Error(err)
	}
	j.Report(template.Progress{Item: "late"})
	want := `{"item":"nginx:1.27","phase":"downloading","current":1,"total":2,"unit":"bytes"}
{"item":"a<b","phase":"building","total":3,"unit":"steps","detail":"RUN a && b"}
{"item":"nginx:1.27","phase":"done"}
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
}

func TestJSONError(t *testing.T) {
	w := &failing{}
	j := progress.NewJSON(w)
	j.Report(template.Progress{Item: "a"})
	j.Report(template.Progress{Item: "b"})
	if err := j.Close(); !errors.Is(err, errBroken) || w.writes != 1 {
		t.Errorf("Close = %v after %d writes, want the first error", err, w.writes)
	}
}

// TestClean: texts are somebody else's. What a terminal would obey is dropped
// from each of them, with all renderers.
func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain text":                      "plain text",
		"":                                "",
		"\x1b[31mred\x1b[0m":              "red",
		"\x1b[1;38;2;1;2;3mred":           "red",
		"up\x1b[2Aand\x1b[?25lhide":       "upandhide",
		"\x1b]0;title\x07text":            "text",
		"\x1b]8;;http://x\x1b\\link":      "link",
		"\x1b]52;c;aGk=":                  "",
		"\x1bPq sixel\x1b\\text":          "text",
		"\x1b(0line\x1bc\x1b7":            "line",
		"cut off \x1b[12":                 "cut off",
		"lone \x1b":                       "lone",
		"\u009b31mC1\u009d0;title\u009c!": "C1!",
		"\x9b31m":                         "\ufffd31m",
		"one\r\ntwo\tthree":               "one two three",
		"a\x00b\x08c\x7fd":                "abcd",
		"\u202eevil\u202c\u200b\ufeff":    "evil",
		"\u2028line\u2029":                "line",
		"  much   space  ":                "much space",
		"heart ❤\ufe0f":                   "heart ❤",
		"漢字 é e\u0301":                    "漢字 é e\u0301",
	} {
		p := template.Progress{Item: in, Phase: template.Phase(in), Detail: in}
		var out strings.Builder
		j := progress.NewJSON(&out)
		j.Report(p)
		var got template.Progress
		if err := json.Unmarshal([]byte(out.String()), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(template.Progress{Item: want, Phase: template.Phase(want), Detail: want}, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", in, diff)
		}
		if got := plainly(t, func(lines *progress.Plain) { lines.Report(p) }); len(got) != 1 || !strings.HasPrefix(got[0], want) {
			t.Errorf("%q makes the lines %q", in, got)
		}
	}
}

// FuzzClean: no text gets a control character through.
func FuzzClean(f *testing.F) {
	f.Add("\x1b[31mred\x1b]0;title\x07\u009b2J", "a\r\nb")
	f.Add("\x1b\x1b[[\x1b]\x1b\x1b\\", "\x1b[\x1b[31m2J")
	f.Fuzz(func(t *testing.T, item, detail string) {
		var out strings.Builder
		lines := progress.NewPlain(&out)
		lines.Report(template.Progress{Item: item, Phase: template.Building, Detail: detail})
		text, ended := strings.CutSuffix(out.String(), "\n")
		if !ended || strings.ContainsFunc(text, unicode.IsControl) {
			t.Errorf("%q and %q become %q", item, detail, out.String())
		}
	})
}
