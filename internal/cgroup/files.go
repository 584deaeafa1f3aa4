package cgroup

import (
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

// files reads a group's files, and keeps the first error.
type files struct{ err error }

func (f *files) text(path string) string {
	data, err := os.ReadFile(path)
	if err != nil && f.err == nil {
		f.err = err
	}
	return string(data)
}

// number reads a file that is one number; "max" is the largest.
func (f *files) number(path string) int64 {
	text := strings.TrimSpace(f.text(path))
	if text == "max" {
		return math.MaxInt64
	}
	return f.parse(text)
}

func (f *files) parse(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil && f.err == nil {
		f.err = err
	}
	return n
}

// pairs reads lines of a name and a number.
func (f *files) pairs(path string) map[string]int64 {
	all := make(map[string]int64)
	for line := range strings.Lines(f.text(path)) {
		if words := strings.Fields(line); len(words) == 2 {
			all[words[0]] = f.parse(words[1])
		}
	}
	return all
}

// transfers reads lines of a device, "Read" or "Write" among others, and a number.
func (f *files) transfers(path string) (read, written int64) {
	for line := range strings.Lines(f.text(path)) {
		words := strings.Fields(line)
		switch {
		case len(words) != 3: // the total
		case words[1] == "Read":
			read += f.parse(words[2])
		case words[1] == "Write":
			written += f.parse(words[2])
		}
	}
	return read, written
}

// io reads lines of a device and pairs such as rbytes=1.
func (f *files) io(path string) (read, written int64) {
	for word := range strings.FieldsSeq(f.text(path)) {
		switch name, value, _ := strings.Cut(word, "="); name {
		case "rbytes":
			read += f.parse(value)
		case "wbytes":
			written += f.parse(value)
		}
	}
	return read, written
}

// stall reads a file of two lines, "some" and "full", which end with a total in
// microseconds. Older kernels leave "full" of the CPU out.
func (f *files) stall(path string) driver.Stall {
	var s driver.Stall
	for line := range strings.Lines(f.text(path)) {
		_, total, ok := strings.Cut(strings.TrimSpace(line), "total=")
		if !ok {
			continue
		}
		waited := time.Duration(f.parse(total)) * time.Microsecond
		if strings.HasPrefix(line, "some") {
			s.Some = waited
		} else {
			s.Full = waited
		}
	}
	return s
}
