package driver_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv/driver"
)

const canary = "canary-91ac"

// 116: however a value that holds secrets is formatted or logged, alone or within
// another, it shows none.
func TestPrivateValuesAreNotFormatted(t *testing.T) {
	tls := &driver.TLS{CA: []byte(canary), Cert: []byte(canary), Key: []byte(canary)}
	private := driver.Private{"PASSWORD": canary, "TOKEN": canary}
	for name, value := range map[string]any{
		"Private":              private,
		"Spec":                 driver.Spec{ID: "i1", Env: private, Log: driver.Log{Options: private}},
		"Command":              driver.Command{Args: []string{"login"}, Env: private},
		"TLS":                  tls,
		"Endpoint":             driver.Endpoint{URL: "tcp://ann:" + canary + "@h1:2376", TLS: tls},
		"Endpoint of no URL":   driver.Endpoint{URL: "tcp://ann:" + canary + "@h1:%%", TLS: tls},
		"Endpoint with a name": driver.Endpoint{Name: "h1", URL: "tcp://ann:" + canary + "@h1:2376"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
				for _, v := range []any{value, []any{value}, struct{ V any }{value}} {
					fmt.Fprintf(&out, verb+"\n", v)
				}
			}
			for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
				slog.New(handler).Info("said", "value", value)
			}
			if strings.Contains(out.String(), canary) {
				t.Errorf("the secret shows in\n%s", out.String())
			}
			if encoded := fmt.Sprintf("%x", canary); strings.Contains(out.String(), encoded) {
				t.Errorf("the secret shows as bytes in\n%s", out.String())
			}
		})
	}
}

// A spec still says all in JSON, which is what its hash is made of.
func TestPrivateValuesAreInJSON(t *testing.T) {
	spec := driver.Spec{ID: "i1", Env: driver.Private{"PASSWORD": canary}}
	data, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	var back driver.Spec
	if err := json.Unmarshal(data, &back); err != nil || back.Env["PASSWORD"] != canary || back.Hash() != spec.Hash() {
		t.Errorf("%s became %v (%v)", data, map[string]string(back.Env), err)
	}
	if _, err := json.Marshal(struct{ T *driver.TLS }{&driver.TLS{Key: []byte(canary)}}); err != nil {
		t.Error(err)
	}
}
