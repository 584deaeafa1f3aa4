package driver

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Signaler is a driver that signals an instance's command.
type Signaler interface {
	// Signal sends a signal, such as "SIGHUP", "HUP" or "1". An unknown one is
	// dockerhv.ErrInvalid; an instance that does not run is dockerhv.ErrConflict.
	Signal(ctx context.Context, id, signal string) error
}

// Signal signals an instance's command, as [Signaler] says.
func Signal(ctx context.Context, d Driver, id, signal string) error {
	if s, ok := As[Signaler](d); ok {
		return s.Signal(ctx, id, signal)
	}
	return unsupportedBy(d, "signal instance", id)
}

// signalNames returns Linux's names by number, without "SIG"; see signal(7). They
// are the same on all architectures that Docker Engines run on.
func signalNames() []string {
	return []string{
		"", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
		"TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH",
		"IO", "PWR", "SYS",
	}
}

const (
	firstRealTime = 34 // SIGRTMIN, as the C libraries have it
	lastSignal    = 64 // SIGRTMAX
)

// SignalNumber returns the number that Linux gives to a signal: "SIGHUP", "HUP", "1"
// or "SIGRTMIN+3". It is 0 for one that there is not.
func SignalNumber(signal string) int {
	if n, err := strconv.Atoi(signal); err == nil && n > 0 && n <= lastSignal {
		return n
	}
	name := strings.TrimPrefix(signal, "SIG")
	if n := slices.Index(signalNames(), name); n > 0 {
		return n
	}
	if after, ok := strings.CutPrefix(name, "RTMIN"); ok {
		return realTime(firstRealTime, after)
	}
	if before, ok := strings.CutPrefix(name, "RTMAX"); ok {
		return realTime(lastSignal, before)
	}
	return 0
}

// SignalName returns Linux's name of a signal, such as "SIGHUP", or "" for one that
// there is not.
func SignalName(number int) string {
	switch {
	case number > 0 && number < len(signalNames()):
		return "SIG" + signalNames()[number]
	case number >= firstRealTime && number <= lastSignal:
		return fmt.Sprintf("SIGRTMIN+%d", number-firstRealTime)
	}
	return ""
}

// realTime adds an offset such as "+3" or "-1".
func realTime(from int, offset string) int {
	n, err := strconv.Atoi("0" + offset)
	if offset != "" {
		n, err = strconv.Atoi(offset)
	}
	if n += from; err != nil || n < firstRealTime || n > lastSignal {
		return 0
	}
	return n
}

// SignalOf returns the number of the signal that an exit code tells of, or 0.
func SignalOf(code int) int {
	if code > 128 && code <= 128+lastSignal {
		return code - 128
	}
	return 0
}

// SIGKILL is the number of the signal that no command can refuse.
const SIGKILL = 9

// Ends tells whether a signal, by its number, asks a command to end, and is no
// message to it by custom, as SIGHUP is.
func Ends(signal int) bool {
	if signal <= 0 || signal >= len(signalNames()) {
		return signal > 0
	}
	switch signalNames()[signal] {
	case "HUP", "USR1", "USR2", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "WINCH":
		return false
	}
	return true
}
