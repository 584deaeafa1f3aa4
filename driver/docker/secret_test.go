package docker_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/dockerfile"
	"github.com/dockerhv/dockerhv/template/repository"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

// canary is in the place of every secret.
const canary = "canary-5e1f0c"

// notes are all that this module says, in every form in which it can be said.
type notes struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

// say notes values in each form in which somebody may log them.
func (n *notes) say(values ...any) {
	for _, v := range values {
		fmt.Fprintf(n, "%v %+v %#v %s %q\n", v, v, v, v, v)
		slog.New(slog.NewJSONHandler(n, nil)).Info("said", "value", v)
	}
}

// told notes all that an observed driver has told.
func (n *notes) told(t *testing.T, o *observed) {
	t.Helper()
	var collected metricdata.ResourceMetrics
	if err := o.metrics.Collect(t.Context(), &collected); err != nil {
		t.Fatal(err)
	}
	n.say(collected)
	for _, s := range o.spans.Ended() {
		n.say(s.Name(), s.Attributes(), s.Status(), s.Events())
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	n.say(o.records, o.log.String())
}

// clean asserts that the canary is nowhere, and that the sources of the notes are.
func (n *notes) clean(t *testing.T, sources ...string) {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	text := n.text.String()
	for _, s := range sources {
		if !strings.Contains(text, s) {
			t.Errorf("nothing is noted of %q", s)
		}
	}
	for _, secret := range []string{canary, fmt.Sprintf("%x", canary), "Y2FuYXJ5LTVlMWYwY"} { // as it is, as bytes, as base64
		if at := strings.Index(text, secret); at >= 0 {
			t.Errorf("the secret leaks: ...%s...", text[max(0, at-200):min(len(text), at+60)])
		}
	}
}

// 116: a secret of an instance is in no log, audit record, span, metric, error, event,
// label, dump or report.
func TestNoSecretLeaks(t *testing.T) {
	var seen notes
	o := observe("secret")
	image := busybox(t, open(t, "secret"))
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: enginetest.Endpoint(t)}, o.options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	r := watch(t, d)
	spec := sleeper("secret", image)
	spec.Env = map[string]string{"PASSWORD": canary}
	seen.say(spec, create(t, d, spec))
	changed := spec
	changed.Env = map[string]string{"PASSWORD": canary + "2"}
	bad := spec
	bad.Env = map[string]string{"PASS=WORD": canary}
	refused := sleeper("refused", image)
	refused.Log = driver.Log{Driver: "json-file", Options: map[string]string{"token": canary}}
	for _, s := range []driver.Spec{changed, bad, refused} {
		_, err = d.Create(t.Context(), s)
		if err == nil {
			t.Errorf("%v was created", s)
		}
		seen.say(err)
	}
	start(t, d, spec.ID)
	exec := driver.Command{Args: []string{"true"}, Env: map[string]string{"TOKEN": canary}}
	_, err = d.Exec(t.Context(), spec.ID, exec)
	seen.say(exec, err)
	exec.Args = []string{"no-such-program"}
	_, err = d.Exec(t.Context(), spec.ID, exec)
	seen.say(err)
	seen.say(inspect(t, d, spec.ID))
	listed, err := d.List(t.Context(), driver.Filter{})
	seen.say(listed, err)
	plan, err := d.Plan(t.Context(), changed)
	seen.say(plan, err)
	r.until(t, "started secret running")
	seen.say(r.events)
	dump, err := json.Marshal(driver.Dump(t.Context(), d))
	seen.say(string(dump), err)
	seen.say(rawLabels(t))
	seen.told(t, o)
	seen.clean(t, "spec-hash", "create instance", "POST /containers/*/exec", "dockerhv.api.duration", "failures", `"operation":"GET /events"`)
}

// rawLabels is what the engine itself keeps beside the environment.
func rawLabels(t *testing.T) string {
	t.Helper()
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
	return string(labels)
}

// 116: nor is a secret of a template's: a registry's credential, a password in a URL,
// a build argument.
func TestNoSecretOfATemplateLeaks(t *testing.T) {
	var seen notes
	o := observe("template")
	enginetest.AssertUnchanged(t)
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: enginetest.Endpoint(t)}, o.options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	failing := dockerfile.Source{
		Text: "FROM scratch\nARG TOKEN\nENV T=$TOKEN\nCOPY none /none\n", Args: map[string]string{"TOKEN": canary},
	}
	for name, source := range map[string]template.TemplateSource{
		"a credential": repository.Source{
			Reference: "127.0.0.1:1/app:1", Policy: repository.Always,
			Credentials: func(context.Context, string) (template.Credential, error) {
				return template.Credential{Username: "ann", Password: canary, IdentityToken: canary, RegistryToken: canary}, nil
			},
		},
		"a credential that can't be had": repository.Source{
			Reference: "127.0.0.1:1/app:1", Policy: repository.Always,
			Credentials: func(context.Context, string) (template.Credential, error) {
				return template.Credential{Password: canary}, io.EOF
			},
		},
		"a tarfile's URL":    tarfile.Source{URL: "http://ann:" + canary + "@127.0.0.1:1/app.tar"},
		"a Dockerfile's URL": dockerfile.Source{URL: "http://ann:" + canary + "@127.0.0.1:1/Dockerfile"},
		"a build argument":   failing,
	} {
		_, err := source.Install(t.Context(), d.Images(), template.InstallOptions{Progress: func(p template.Progress) { seen.say(p) }})
		if err == nil {
			t.Errorf("%s: it was installed", name)
		}
		seen.say(name, err)
	}
	seen.say(failing)
	seen.told(t, o)
	seen.clean(t, "pull image", "POST /grpc", "dockerhv.api.duration")
}

// 116: nor is one of an endpoint's: a password in its URL, a key.
func TestNoSecretOfAnEndpointLeaks(t *testing.T) {
	var seen notes
	for name, endpoint := range map[string]driver.Endpoint{
		"a password":            {URL: "tcp://ann:" + canary + "@127.0.0.1:1"},
		"a password of no URL":  {URL: "tcp://ann:" + canary + "@127.0.0.1:%%"},
		"a password for ssh":    {URL: "ssh://ann:" + canary + "@127.0.0.1:1"},
		"a key that is none":    {URL: "tcp://127.0.0.1:1", TLS: &driver.TLS{CA: []byte(canary), Cert: []byte(canary), Key: []byte(canary)}},
		"a key with no partner": {URL: "tcp://127.0.0.1:1", TLS: &driver.TLS{Key: []byte(canary)}},
	} {
		for _, owner := range []string{"endpoint", "no owner"} {
			o := observe(owner)
			_, err := docker.Open(t.Context(), endpoint, o.options)
			if err == nil {
				t.Errorf("%s: it was opened", name)
			}
			seen.say(name, endpoint, err, errors.Unwrap(err))
			seen.told(t, o)
		}
	}
	seen.clean(t, "a key that is none", "127.0.0.1")
}
