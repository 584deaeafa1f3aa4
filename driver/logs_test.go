package driver_test

import (
	"errors"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

func TestLogsUsesLogReader(t *testing.T) {
	var lines []string
	for line, err := range driver.Logs(t.Context(), wrapper{told{}}, "i1", driver.LogOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line.Text)
	}
	if len(lines) != 1 || lines[0] != "told" {
		t.Errorf("Logs yields %q, want what the LogReader says", lines)
	}
}

func TestLogsUnsupported(t *testing.T) {
	yielded := 0
	for line, err := range driver.Logs(t.Context(), fake{}, "i1", driver.LogOptions{}) {
		yielded++
		var typed *dockerhv.Error
		if !errors.Is(err, errors.ErrUnsupported) || !errors.As(err, &typed) || line != (driver.LogLine{}) {
			t.Errorf("Logs yields %v, %v, want ErrUnsupported alone", line, err)
		}
		if want := "read logs of instance i1: the driver driver_test.fake can't; use a driver that implements it"; err.Error() != want {
			t.Errorf("Logs yields %v, want %s", err, want)
		}
	}
	if yielded != 1 {
		t.Errorf("Logs yields %d times, want once", yielded)
	}
}
