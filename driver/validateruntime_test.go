package driver_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// refuses asserts that Validate refuses each change of a valid spec, naming a field
// and, where the reason has a bound, telling it.
func refuses(t *testing.T, fields map[string][]func(*driver.Spec)) {
	t.Helper()
	for field, changes := range fields {
		t.Run(field, func(t *testing.T) {
			for n, change := range changes {
				s := driver.Spec{ID: "i1", Image: imageID}
				change(&s)
				err := driver.Validate(s, driver.Host{})
				e, ok := errors.AsType[*dockerhv.FieldError](err)
				if !ok || e.Field != field || !errors.Is(err, dockerhv.ErrInvalid) {
					t.Errorf("change %d: %v; want the field %s to be invalid", n, err, field)
				}
			}
		})
	}
}

// accepts asserts that Validate accepts a change of a valid spec.
func accepts(t *testing.T, changes ...func(*driver.Spec)) {
	t.Helper()
	for n, change := range changes {
		s := driver.Spec{ID: "i1", Image: imageID}
		change(&s)
		if err := driver.Validate(s, driver.Host{}); err != nil {
			t.Errorf("change %d: %v", n, err)
		}
	}
}

func TestValidateRuntime(t *testing.T) {
	health := func(h driver.HealthCheck) func(*driver.Spec) {
		return func(s *driver.Spec) { s.Health = &h }
	}
	restart := func(r driver.Restart) func(*driver.Spec) {
		return func(s *driver.Spec) { s.Restart = r }
	}
	refuses(t, map[string][]func(*driver.Spec){
		"runtime":     {func(s *driver.Spec) { s.Runtime = "/usr/bin/runc" }, func(s *driver.Spec) { s.Runtime = "a b" }},
		"annotations": {func(s *driver.Spec) { s.Annotations = map[string]string{"": "x"} }},
		"restart.policy": {
			restart(driver.Restart{Policy: "sometimes"}),
		},
		"restart.maxRetries": {
			restart(driver.Restart{MaxRetries: 1}), restart(driver.Restart{Policy: driver.RestartOnFailure, MaxRetries: -1}),
		},
		"health": {
			health(driver.HealthCheck{Disabled: true, Command: []string{"x"}}), health(driver.HealthCheck{Disabled: true, Retries: 1}),
			health(driver.HealthCheck{Disabled: true, StartInterval: time.Second}), health(driver.HealthCheck{Retries: -1}),
			health(driver.HealthCheck{Interval: -time.Second}), health(driver.HealthCheck{StartInterval: time.Microsecond}),
			health(driver.HealthCheck{Timeout: 1}), health(driver.HealthCheck{StartPeriod: 999 * time.Microsecond}),
		},
	})
	accepts(t,
		func(s *driver.Spec) { s.Runtime = "io.containerd.runc.v2" },
		func(s *driver.Spec) { s.Annotations = map[string]string{"org.example/a": ""} },
		restart(driver.Restart{Policy: driver.RestartOnFailure, MaxRetries: 3}),
		health(driver.HealthCheck{}), health(driver.HealthCheck{Disabled: true}),
		health(driver.HealthCheck{Command: []string{"true"}, Interval: time.Millisecond, StartInterval: time.Second, Retries: 1}),
	)
}

// 82: what a host can't be told exactly is refused wherever it is in a spec.
func TestValidateText(t *testing.T) {
	for _, text := range []string{"\xff", "a\x00b"} {
		refuses(t, map[string][]func(*driver.Spec){
			"runtime":                  {func(s *driver.Spec) { s.Runtime = text }},
			"log.options":              {func(s *driver.Spec) { s.Log.Options = map[string]string{"a": text} }},
			"health.command":           {func(s *driver.Spec) { s.Health = &driver.HealthCheck{Command: []string{"a", text}} }},
			"mounts[1].subpath":        {func(s *driver.Spec) { s.Mounts = []driver.Mount{{}, {Subpath: text}} }},
			"mounts[0].options":        {mountOf(driver.Mount{Options: map[string]string{text: ""}})},
			"security.sysctls":         {func(s *driver.Spec) { s.Security.Sysctls = map[string]string{"net.a": text} }},
			"security.devices[0].path": {func(s *driver.Spec) { s.Security.Devices = []driver.Device{{Path: text}} }},
			"security.deviceRequests[0].capabilities": {func(s *driver.Spec) {
				s.Security.DeviceRequests = []driver.DeviceRequest{{Capabilities: [][]string{{"gpu", text}}}}
			}},
			"io.devices[0].device": {func(s *driver.Spec) { s.IO.Devices = []driver.DeviceIO{{Device: text}} }},
			"ulimits":              {func(s *driver.Spec) { s.Ulimits = map[string]driver.Ulimit{text: {}} }},
		})
	}
	secret := strings.Repeat("secret", 3)
	err := driver.Validate(driver.Spec{ID: "i1", Image: imageID, Env: map[string]string{"A": secret + "\xff"}}, driver.Host{})
	if err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("%v; want an error that does not tell the text", err)
	}
}
