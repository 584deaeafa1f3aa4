package driver_test

import (
	"testing"

	"github.com/dockerhv/dockerhv/driver"
)

func TestAs(t *testing.T) {
	tests := []struct {
		name   string
		driver driver.Driver
		found  bool
	}{
		{"nil", nil, false},
		{"itself", told{}, true},
		{"behind a wrapper", wrapper{told{}}, true},
		{"behind two wrappers", wrapper{wrapper{told{}}}, true},
		{"a driver without it", fake{}, false},
		{"a wrapper of one without it", wrapper{fake{}}, false},
		{"a wrapper of nothing", wrapper{}, false},
		{"a wrapper without Unwrap", opaque{told{}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, ok := driver.As[driver.Waiter](tt.driver)
			if ok != tt.found || (w != nil) != tt.found {
				t.Errorf("As = %v, %t, want found %t", w, ok, tt.found)
			}
		})
	}
}

// TestAsOutermost: a wrapper that implements the interface itself wins over what
// it wraps.
func TestAsOutermost(t *testing.T) {
	w, ok := driver.As[interface{ Unwrap() driver.Driver }](wrapper{wrapper{told{}}})
	if !ok {
		t.Fatal("not found")
	}
	if _, outer := w.Unwrap().(wrapper); !outer {
		t.Errorf("As found %T, want the outer wrapper", w)
	}
}
