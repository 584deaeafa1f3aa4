package enginetest

import "strings"

// lastLines is the end of a log, on one line.
func lastLines(log string) string {
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
