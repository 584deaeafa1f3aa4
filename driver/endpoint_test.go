package driver_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

func TestEndpointValidate(t *testing.T) {
	identity := &driver.TLS{CAFile: "/ca.pem"}
	tests := []struct {
		name     string
		endpoint driver.Endpoint
		class    error
		text     string // a part of the error's
	}{
		{name: "unix", endpoint: driver.Endpoint{URL: "unix:///var/run/docker.sock"}},
		{name: "npipe", endpoint: driver.Endpoint{URL: "npipe:////./pipe/docker_engine"}},
		{name: "ssh", endpoint: driver.Endpoint{URL: "ssh://admin@h:22/run/docker.sock"}},
		{name: "ssh alone", endpoint: driver.Endpoint{URL: "ssh://h"}},
		{name: "tcp with an identity", endpoint: driver.Endpoint{URL: "tcp://h:2376", TLS: identity}},
		{name: "tcp with consent", endpoint: driver.Endpoint{URL: "tcp://h:2375", AllowPlaintext: true}},
		{name: "tcp to localhost", endpoint: driver.Endpoint{URL: "tcp://LocalHost:2375"}},
		{name: "tcp to 127.9.9.9", endpoint: driver.Endpoint{URL: "tcp://127.9.9.9:2375"}},
		{name: "tcp to ::1", endpoint: driver.Endpoint{URL: "tcp://[::1]:2375"}},

		{name: "empty", class: dockerhv.ErrInvalid, text: `has the scheme ""`},
		{name: "no URL", endpoint: driver.Endpoint{URL: "192.0.2.1:2375"}, class: dockerhv.ErrInvalid, text: "is not a URL"},
		{name: "a scheme of no engine", endpoint: driver.Endpoint{URL: "https://h:2376"}, class: dockerhv.ErrInvalid, text: `the scheme "https"; use`},
		{name: "unix without a path", endpoint: driver.Endpoint{URL: "unix://"}, class: dockerhv.ErrInvalid, text: "names no socket"},
		{name: "unix with a relative path", endpoint: driver.Endpoint{URL: "unix://var/run/docker.sock"}, class: dockerhv.ErrInvalid, text: "absolute"},
		{name: "ssh without a host", endpoint: driver.Endpoint{URL: "ssh://admin@"}, class: dockerhv.ErrInvalid, text: "names no host"},
		{name: "ssh to an option", endpoint: driver.Endpoint{URL: "ssh://-oProxyCommand=x"}, class: dockerhv.ErrInvalid, text: "take for an option"},
		{name: "ssh as an option", endpoint: driver.Endpoint{URL: "ssh://-oProxyCommand@h"}, class: dockerhv.ErrInvalid, text: "take for an option"},
		{name: "tcp without a port", endpoint: driver.Endpoint{URL: "tcp://h"}, class: dockerhv.ErrInvalid, text: "host and port"},
		{name: "tcp without a host", endpoint: driver.Endpoint{URL: "tcp://:2375"}, class: dockerhv.ErrInvalid, text: "host and port"},
		{name: "plain text", endpoint: driver.Endpoint{URL: "tcp://192.0.2.1:2375"}, class: dockerhv.ErrDenied, text: "root there; set Endpoint.TLS"},
		{name: "plain text to a name", endpoint: driver.Endpoint{URL: "tcp://localhost.example:2375"}, class: dockerhv.ErrDenied, text: "root there"},
		{name: "a password", endpoint: driver.Endpoint{URL: "ssh://admin:hunter2@h"}, class: dockerhv.ErrInvalid, text: "holds a password"},
		{name: "a password of no URL", endpoint: driver.Endpoint{URL: "tcp://admin:hunter2@h:x"}, class: dockerhv.ErrInvalid, text: "is not a URL"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.endpoint.Validate()
			if tt.class == nil {
				if err != nil {
					t.Errorf("Validate = %v, want none", err)
				}
				return
			}
			if !errors.Is(err, tt.class) || !strings.Contains(err.Error(), tt.text) {
				t.Fatalf("Validate = %v, want a %q with %q", err, tt.class, tt.text)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%v holds the password", err)
			}
			var field *dockerhv.FieldError
			if tt.class == dockerhv.ErrInvalid && (!errors.As(err, &field) || field.Field != "endpoint.url") {
				t.Errorf("%v does not name the field", err)
			}
		})
	}
}

func TestEndpointString(t *testing.T) {
	if got := (driver.Endpoint{Name: "prod", URL: "ssh://h"}).String(); got != "prod" {
		t.Errorf("String = %q, want the name", got)
	}
	if got := (driver.Endpoint{URL: "ssh://h"}).String(); got != "ssh://h" {
		t.Errorf("String = %q, want the URL", got)
	}
}

// TestEndpointSecrets: however an endpoint is formatted or logged, its key stays out.
func TestEndpointSecrets(t *testing.T) {
	identity := driver.TLS{Key: []byte("hunter2"), Cert: []byte("hunter2")}
	e := driver.Endpoint{Name: "prod", URL: "tcp://h:2376", TLS: &identity}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		for _, value := range []any{e, &e, identity, &identity, []driver.Endpoint{e}, struct{ E driver.Endpoint }{e}} {
			fmt.Fprintf(&out, verb+"\n", value)
		}
	}
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(handler).Info("opened", "endpoint", e, "identity", e.TLS)
	}
	for _, secret := range []string{"hunter2", "aHVudGVyMg", "104 117 110", "0x68"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the key shows as %q in\n%s", secret, out.String())
		}
	}
	for _, want := range []string{"endpoint=prod", `"endpoint":"prod"`, "TLS identity"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
}
