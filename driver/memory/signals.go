package memory

import (
	"slices"
	"strconv"
	"strings"
)

// signalNames are Linux's, by number.
var signalNames = []string{
	"", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1",
	"SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP",
	"SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
}

// signalName reads "SIGHUP", "HUP" or "1".
func signalName(s string) (name string, ok bool) {
	if n, err := strconv.Atoi(s); err == nil {
		if n < 1 || n >= len(signalNames) {
			return "", false
		}
		return signalNames[n], true
	}
	name = "SIG" + strings.TrimPrefix(s, "SIG")
	return name, slices.Contains(signalNames, name)
}

func numberOf(name string) int { return max(0, slices.Index(signalNames, name)) }

// harmless tells whether a signal does nothing to a process without a handler.
func harmless(name string) bool {
	return name == "SIGCHLD" || name == "SIGCONT" || name == "SIGURG" || name == "SIGWINCH"
}
