package drivertest

import (
	"fmt"
	"strconv"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

// Busybox is the workload of an image that has a shell and the usual small
// programs: busybox, alpine, debian.
func Busybox(image string) Workload {
	return Workload{
		Image: image,
		Serve: func(signal string, code int) []string {
			return script(fmt.Sprintf("trap 'exit %d' %s; echo ready; sleep 86400 & wait", code, signal[len("SIG"):]))
		},
		Exit: func(code int, after time.Duration) []string {
			return script(fmt.Sprintf("sleep %.3f; exit %d", after.Seconds(), code))
		},
		Stubborn: script("trap '' TERM; echo ready; while :; do sleep 0.2; done"),
		Missing:  []string{"no-such-program"},

		Count: script("trap 'exit 0' TERM; i=0; while :; do i=$((i+1)); echo $i; sleep 0.02; done"),
		Print: printed,
		Eat:   script("sleep 0.5; x=0123456789abcdef; while :; do x=$x$x; done"),
		Spin:  script("while :; do :; done"),

		Flood:    func(bytes int) []string { return script(fmt.Sprintf(`head -c %d /dev/zero | tr '\0' x`, bytes)) },
		Env:      func(name string) []string { return script(`eval "printf '%s\\n' \"\$$1\""`, name) },
		WorkDir:  []string{"pwd"},
		User:     []string{"id", "-u"},
		Hostname: []string{"hostname"},

		Cat:  []string{"cat"},
		Hang: script("sleep 86400 & wait"),
		Find: func(mark string) []string { return script(`grep -q "MARK=$1" /proc/[0-9]*/environ`, mark) },
		Size: script("while :; do stty size; sleep 0.05; done"),
		Read: func(path string) []string { return []string{"cat", path} },
	}
}

// script is a command that runs a shell's script with arguments, from $1 on.
func script(text string, args ...string) []string {
	return append([]string{"sh", "-c", text, "sh"}, args...)
}

// printed gives each line as an argument that begins with its stream's number.
func printed(lines []driver.LogLine) []string {
	args := make([]string, 0, len(lines))
	for _, line := range lines {
		number := 1
		if line.Stream == driver.Stderr {
			number = 2
		}
		args = append(args, strconv.Itoa(number)+line.Text)
	}
	return script(`for line; do printf '%s\n' "${line#?}" >&"${line%"${line#?}"}"; sleep 0.02; done`, args...)
}
