package docker_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/repository"
)

// 116: a secret of an instance or of a registry is in no log, error, event, label,
// or report.
func TestNoSecretLeaks(t *testing.T) {
	const canary = "canary-5e1f0c"
	var seen bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&seen, &slog.HandlerOptions{Level: slog.LevelDebug}))
	image := busybox(t, open(t, "secret"))
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: enginetest.Endpoint(t)}, docker.Options{Owner: "secret", Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	note := func(what any) { fmt.Fprintf(&seen, "%+v %#v\n", what, what) }

	r := watch(t, d)
	spec := sleeper("secret", image)
	spec.Env = map[string]string{"PASSWORD": canary}
	note(create(t, d, spec))
	changed := spec
	changed.Env = map[string]string{"PASSWORD": canary + "2"}
	_, err = d.Create(t.Context(), changed)
	note(err)
	bad := spec
	bad.Env = map[string]string{"PASS=WORD": canary}
	_, err = d.Create(t.Context(), bad)
	note(err)
	start(t, d, spec.ID)
	note(inspect(t, d, spec.ID))
	listed, err := d.List(t.Context(), driver.Filter{})
	note(listed)
	note(err)
	plan, err := d.Plan(t.Context(), changed)
	note(plan)
	note(err)
	r.until(t, "started secret running")
	note(r.events)
	_, err = repository.Source{
		Reference: "127.0.0.1:1/app:1", Policy: repository.Always,
		Credentials: func(context.Context, string) (template.Credential, error) {
			return template.Credential{Username: "ann", Password: canary}, nil
		},
	}.Install(t.Context(), d.Images(), template.InstallOptions{})
	note(err)

	var raw struct {
		Config struct{ Labels map[string]string }
		Name   string
	}
	if status := callEngineInto(t, http.MethodGet, "/containers/secret.secret/json", "", &raw); status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	labels, err := json.Marshal(raw)
	if err != nil {
		t.Fatal(err)
	}
	seen.Write(labels)
	if !strings.Contains(seen.String(), "spec-hash") {
		t.Error("the labels were not looked at")
	}
	if at := strings.Index(seen.String(), canary); at >= 0 {
		t.Errorf("the secret leaks: ...%s...", seen.String()[max(0, at-200):at+40])
	}
}
