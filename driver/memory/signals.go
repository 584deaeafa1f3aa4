package memory

import "github.com/dockerhv/dockerhv/driver"

// harmless tells whether a signal does nothing to a process without a handler.
func harmless(name string) bool {
	return name == "SIGCHLD" || name == "SIGCONT" || name == "SIGURG" || name == "SIGWINCH"
}

// signalName reads "SIGHUP", "HUP" or "1".
func signalName(s string) (name string, ok bool) {
	name = driver.SignalName(driver.SignalNumber(s))
	return name, name != ""
}
