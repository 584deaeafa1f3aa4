package docker

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

// kept is a log as an engine keeps it: two streams, each in the order of time, and lines
// of one time, long lines in parts, and one that has not ended.
func kept(random *rand.Rand) (all []engine.LogPiece) {
	begin := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	times := map[driver.Stream]time.Time{driver.Stdout: begin, driver.Stderr: begin}
	for n := range 60 {
		stream := driver.Stdout
		if random.IntN(3) == 0 {
			stream = driver.Stderr
		}
		newest := times[driver.Stdout]
		if times[driver.Stderr].After(newest) {
			newest = times[driver.Stderr]
		}
		if late := newest.Add(-disorder / 2); times[stream].Before(late) {
			times[stream] = late // no stream is much behind the other
		}
		switch random.IntN(4) {
		case 0: // the same time once more
		case 1:
			times[stream] = times[stream].Add(time.Nanosecond)
		case 2:
			times[stream] = times[stream].Add(time.Millisecond)
		case 3: // far on
			times[stream] = newest.Add(time.Duration(random.Int64N(int64(time.Minute))))
		}
		line := func(text string, offset int, ended bool) engine.LogPiece {
			return engine.LogPiece{
				LogLine: driver.LogLine{Time: times[stream], Stream: stream, Text: text}, Offset: offset, Ended: ended,
			}
		}
		switch text := fmt.Sprint("line ", n); {
		case n%10 == 9:
			all = append(all, line(text, 0, false), line(" goes on", len(text), true))
		case n%7 == 6:
			all = append(all, line("", 0, true))
		default:
			all = append(all, line(text, 0, true))
		}
	}
	return all
}

// read reads a kept log as an engine gives it, from a cursor on, up to some lines.
func read(all []engine.LogPiece, after string, most int) (lines []driver.LogLine) {
	var c cursor
	if after != "" {
		var err error
		if c, err = parseCursor(after); err != nil {
			panic(err)
		}
	}
	since := c.since()
	pass := newReading(&c)
	for n, piece := range all {
		if piece.Time.Before(since) {
			continue
		}
		othersBegun := n > 0 && !all[n-1].Ended && all[n-1].Stream != piece.Stream
		text, behind := pass.next(piece, othersBegun)
		if !behind {
			continue
		}
		piece.Text, piece.Cursor = text, c.String()
		if lines = append(lines, piece.LogLine); len(lines) == most {
			break
		}
	}
	return lines
}

// 104, 105: wherever a reading is broken off, and however often, the next goes on
// exactly behind it.
func TestCursors(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	for range 300 {
		all := kept(random)
		var want, got []string
		for _, p := range all {
			want = append(want, p.Text)
		}
		for after := ""; ; {
			lines := read(all, after, 1+random.IntN(10))
			if len(lines) == 0 {
				break
			}
			for _, l := range lines {
				got = append(got, l.Text)
			}
			after = lines[len(lines)-1].Cursor
		}
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: the parts are\n%q\nwant\n%q", seed, got, want)
		}
	}
}

// A part of a line that was all there was is not read again when the line goes on.
func TestCursorInALine(t *testing.T) {
	at := time.Unix(1000, 0)
	piece := func(text string, ended bool) []engine.LogPiece {
		return []engine.LogPiece{{LogLine: driver.LogLine{Time: at, Stream: driver.Stdout, Text: text}, Ended: ended}}
	}
	first := read(piece("begun", false), "", 0)
	for text, want := range map[string]string{"begun and ended": " and ended", "begun": ""} {
		got := ""
		for _, l := range read(piece(text, true), first[0].Cursor, 0) {
			got += l.Text + "|"
		}
		if got != strings.TrimPrefix(want+"|", "|") {
			t.Errorf("%q goes on with %q; want %q", text, got, want)
		}
	}
}

// What was printed after the clock was put back is not lost.
func TestCursorOfAClockThatWasPutBack(t *testing.T) {
	var all []engine.LogPiece
	for _, seconds := range []int64{100, 101, 50, 51, 102} {
		all = append(all, engine.LogPiece{Ended: true, LogLine: driver.LogLine{
			Time: time.Unix(seconds, 0), Stream: driver.Stdout, Text: fmt.Sprint(seconds),
		}})
	}
	if lines := read(all, "", 0); len(lines) != 5 {
		t.Errorf("read %v", lines)
	}
	lines := read(all, "", 3)
	var got []string
	for _, l := range read(all, lines[2].Cursor, 0) {
		got = append(got, l.Text)
	}
	if !slices.Contains(got, "51") || !slices.Contains(got, "102") {
		t.Errorf("behind the third: %q", got)
	}
}

func TestNoCursor(t *testing.T) {
	for _, text := range []string{"x", "1:a:1.1.1", "2:a:1.1.1:1.1.1", "1:a:1.1.1:-1.1.1", "1:a:1.1:1.1.1", "1:a:1.1.1:1.1.x"} {
		if _, err := parseCursor(text); !errors.Is(err, dockerhv.ErrInvalid) {
			t.Errorf("%q: %v", text, err)
		}
	}
	c := cursor{hostID: "abc", out: position{time: 1, lines: 2, offset: 3}, err: position{time: 4}}
	if back, err := parseCursor(c.String()); back != c || err != nil {
		t.Errorf("%+v is read back as %+v, %v", c, back, err)
	}
}
