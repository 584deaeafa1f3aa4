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

// TestSecrets: however secrets are formatted or logged, alone or inside of a
// registration, they show their names alone.
func TestSecrets(t *testing.T) {
	const secret = "hunter2"
	s := template.Secrets{"password": secret, "identitytoken": secret}
	r := nginx()
	r.Secrets = s
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		for _, value := range []any{s, &s, r, &r, template.Template{Registration: r}, []template.Registration{r}} {
			fmt.Fprintf(&out, verb+"\n", value)
		}
	}
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(handler).Info("register", "secrets", s, "registration", r, "pointer", &r)
	}
	if err := json.NewEncoder(&out).Encode([]any{s, r, template.Template{Registration: r}}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), secret) || strings.Contains(out.String(), fmt.Sprintf("%x", secret)) {
		t.Errorf("a secret shows in\n%s", out.String())
	}
	if got, want := s.String(), "secrets [identitytoken password]"; got != want {
		t.Errorf("String = %q, want %q", got, want)
	}
}
