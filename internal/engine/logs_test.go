package engine

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dockerhv/dockerhv/driver"
)

const stamp = "2026-11-23T08:00:00.000000001Z "

func frame(stream byte, payload string) []byte {
	header := [8]byte{0: stream}
	binary.BigEndian.PutUint32(header[4:], uint32(len(payload)))
	return append(header[:], payload...)
}

func readAll(stream []byte) (lines []driver.LogLine, err error) {
	r := lineReader{bytes: bufio.NewReader(bytes.NewReader(stream))}
	for {
		piece, err := r.next()
		if errors.Is(err, io.EOF) {
			for _, piece := range r.rest() {
				lines = append(lines, piece.LogLine)
			}
			return lines, nil
		}
		if err != nil {
			return lines, err
		}
		lines = append(lines, piece.LogLine)
	}
}

func TestLines(t *testing.T) {
	both := bytes.Join([][]byte{
		frame(1, stamp+"one\n"), frame(1, stamp+"begun "), frame(2, stamp+"problem\n"), frame(1, stamp+"and ended\n"),
		frame(1, stamp+"\n"), frame(1, stamp+"open"),
	}, nil)
	lines, err := readAll(both)
	want := []driver.LogLine{
		{Stream: driver.Stdout, Text: "one"},
		{Stream: driver.Stderr, Text: "problem"},
		{Stream: driver.Stdout, Text: "begun and ended"},
		{Stream: driver.Stdout, Text: ""},
		{Stream: driver.Stdout, Text: "open"},
	}
	if diff := cmp.Diff(want, lines, cmpopts.IgnoreFields(driver.LogLine{}, "Time")); diff != "" || err != nil {
		t.Errorf("%v; lines (-want +got):\n%s", err, diff)
	}
	if lines[0].Time.Nanosecond() != 1 {
		t.Errorf("time %v", lines[0].Time)
	}
	for name, broken := range map[string][]byte{
		"cut in a payload":   both[:20],
		"the engine's error": frame(3, "disk failed"),
		"a frame too large":  {1, 0, 0, 0, 0xff, 0, 0, 0},
	} {
		if _, err := readAll(broken); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// A terminal's log has no frames. Lines are longer and shorter than what is read at
// once, so that the times in between stand at every place of it.
func TestLinesOfATerminal(t *testing.T) {
	later := "2026-11-23T08:00:01.000000000Z "
	for size := range 200 {
		long := strings.Repeat("x", 4000+size)
		stream := stamp + "one\r\n" + stamp + long + stamp + long + stamp + "y\r\n" + stamp + "\r\n" +
			stamp + "2026-11-23T07:00:00.000000000Z was before\r\n" + stamp + "no end" + later + "started anew"
		lines, err := readAll([]byte(stream))
		var got []string
		for _, l := range lines {
			got = append(got, l.Text)
		}
		want := []string{"one", long + long + "y", "", "2026-11-23T07:00:00.000000000Z was before", "no end", "started anew"}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Fatalf("%d: %v; lines (-want +got):\n%s", size, err, diff)
		}
	}
}

// A line that has not ended at the end of a run does not go on with the next run's.
func TestLineWithoutAnEnd(t *testing.T) {
	later := "2026-11-23T08:00:01.000000000Z "
	lines, err := readAll(bytes.Join([][]byte{frame(1, stamp+"no end"), frame(1, later+"anew\n")}, nil))
	if err != nil || len(lines) != 2 || lines[0].Text != "no end" || lines[1].Text != "anew" {
		t.Errorf("%v, %v", lines, err)
	}
}

func FuzzLines(f *testing.F) {
	f.Add([]byte(stamp + "one\r\n" + stamp + "two"))
	f.Add([]byte("2026-"))
	f.Add(frame(1, stamp+"one\n"))
	f.Add(frame(2, "x"))
	f.Add([]byte{1, 2, 3})
	f.Fuzz(func(_ *testing.T, stream []byte) {
		_, _ = readAll(stream)
	})
}
