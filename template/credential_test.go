package template_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv/template"
)

// TestCredentialSecrets: however a credential is formatted or logged, alone or
// inside of another value, it shows the user's name alone.
func TestCredentialSecrets(t *testing.T) {
	const secret = "hunter2"
	for name, c := range map[string]template.Credential{
		"credential of bob":     {Username: "bob", Password: secret, IdentityToken: secret, RegistryToken: secret},
		"credential of a token": {IdentityToken: secret},
		"credential of nobody":  {},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			inside := struct{ C template.Credential }{c}
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
				for _, value := range []any{c, &c, inside, []template.Credential{c}, template.PullOptions{Credential: c}} {
					fmt.Fprintf(&out, verb+"\n", value)
				}
			}
			for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
				slog.New(handler).Info("pull", "credential", c, "pointer", &c, "inside", inside)
			}
			if err := json.NewEncoder(&out).Encode(inside); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(out.String(), secret) {
				t.Errorf("the secret shows in\n%s", out.String())
			}
			if got := c.String(); got != name || strings.Count(out.String(), name) < 20 {
				t.Errorf("String = %q, want %q, also in\n%s", got, name, out.String())
			}
		})
	}
}
