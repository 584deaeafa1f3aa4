package engine

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
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

func FuzzLines(f *testing.F) {
	f.Add(frame(1, stamp+"one\n"))
	f.Add(frame(2, "x"))
	f.Add([]byte{1, 2, 3})
	f.Fuzz(func(_ *testing.T, stream []byte) {
		_, _ = readAll(stream)
	})
}
