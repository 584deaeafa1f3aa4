package driver_test

import (
	"testing"

	"github.com/dockerhv/dockerhv/driver"
)

func TestSignalNumber(t *testing.T) {
	for signal, want := range map[string]int{
		"SIGHUP": 1, "HUP": 1, "1": 1, "KILL": driver.SIGKILL, "SIGTERM": 15, "SIGSYS": 31, "64": 64,
		"SIGRTMIN": 34, "RTMIN+3": 37, "SIGRTMAX": 64, "RTMAX-1": 63, "RTMAX+1": 0, "RTMIN-1": 0, "RTMIN+": 0,
		"": 0, "SIG": 0, "0": 0, "65": 0, "-1": 0, "nonsense": 0, "hup": 0,
	} {
		if got := driver.SignalNumber(signal); got != want {
			t.Errorf("SignalNumber(%q) = %d, want %d", signal, got, want)
		}
	}
	for code, want := range map[int]int{0: 0, 1: 0, 128: 0, 129: 1, 137: 9, 143: 15, 192: 64, 193: 0, 255: 0, -1: 0} {
		if got := driver.SignalOf(code); got != want {
			t.Errorf("SignalOf(%d) = %d, want %d", code, got, want)
		}
	}
	for signal, want := range map[int]bool{0: false, 1: false, 2: true, 9: true, 10: false, 15: true, 28: false, 37: true, -1: false} {
		if got := driver.Ends(signal); got != want {
			t.Errorf("Ends(%d) = %t, want %t", signal, got, want)
		}
	}
}
