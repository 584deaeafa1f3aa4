package enginetest

import "strings"

// lastLines is the end of a log, on one line. An explanation of all of a program's flags is no part of it.
func lastLines(log string) string {
	log, _, _ = strings.Cut(log, "\nUsage:")
	lines := strings.Split(strings.TrimSpace(log), "\n")
	return strings.Join(lines[max(0, len(lines)-3):], " | ")
}

// oneLine is a program's message and its error, whichever there are, on one line.
func oneLine(message string, err error) string {
	message = strings.ReplaceAll(strings.TrimSpace(message), "\n", " | ")
	switch {
	case err == nil:
		return message
	case message == "":
		return err.Error()
	default:
		return message + " | " + err.Error()
	}
}
