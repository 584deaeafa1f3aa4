package local_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery/local"
	"github.com/dockerhv/dockerhv/driver"
)

// TestContextsOfDocker reads what the docker command itself wrote.
func TestContextsOfDocker(t *testing.T) {
	docker, err := exec.LookPath("docker")
	if err != nil {
		t.Skip("there is no docker command here")
	}
	config, certs := t.TempDir(), t.TempDir()
	certPEM, keyPEM := newIdentity(t)
	ca := writeFile(t, filepath.Join(certs, "ca.pem"), certPEM)
	cert := writeFile(t, filepath.Join(certs, "cert.pem"), certPEM)
	key := writeFile(t, filepath.Join(certs, "key.pem"), keyPEM)
	run := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), docker, args...)
		cmd.Env = []string{"DOCKER_CONFIG=" + config, "HOME=" + certs}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("docker %s: %v: %s", strings.Join(args, " "), err, out)
		}
	}
	tests := []struct {
		name, docker string
		want         driver.Endpoint
	}{
		{"sock", "host=unix:///run/x.sock", driver.Endpoint{URL: "unix:///run/x.sock"}},
		{"shell", "host=ssh://admin@h", driver.Endpoint{URL: "ssh://admin@h"}},
		{"tunnel", "host=tcp://127.0.0.1:2375", driver.Endpoint{URL: "tcp://127.0.0.1:2375"}},
		{"identity", "host=tcp://192.0.2.1:2376,ca=" + ca + ",cert=" + cert + ",key=" + key, driver.Endpoint{
			URL: "tcp://192.0.2.1:2376",
			TLS: &driver.TLS{CA: []byte(certPEM), Cert: []byte(certPEM), Key: []byte(keyPEM)},
		}},
		{"authority", "host=tcp://192.0.2.1:2376,ca=" + ca, driver.Endpoint{
			URL: "tcp://192.0.2.1:2376", TLS: &driver.TLS{CA: []byte(certPEM)},
		}},
		{"trusting", "host=tcp://192.0.2.1:2376,skip-tls-verify=true", driver.Endpoint{
			URL: "tcp://192.0.2.1:2376", TLS: &driver.TLS{SkipVerify: true},
		}},
	}
	for _, tt := range tests {
		run("context", "create", tt.name, "--description", "a test", "--docker", tt.docker)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run("context", "use", tt.name)
			tt.want.Name = tt.name
			env := environment{"DOCKER_CONFIG": config}
			tt.want.Source = "current context"
			checkOne(t, env, tt.want)
			run("context", "use", "default")
			env["DOCKER_CONTEXT"] = tt.name
			tt.want.Source = "DOCKER_CONTEXT"
			checkOne(t, env, tt.want)
		})
	}
}

func TestContext(t *testing.T) {
	config := t.TempDir()
	pem := map[string][]byte{"ca.pem": []byte("ca"), "cert.pem": []byte("cert"), "key.pem": []byte("key"), "notes": []byte("x")}
	identity := &driver.TLS{CA: pem["ca.pem"], Cert: pem["cert.pem"], Key: pem["key.pem"]}
	tests := []struct {
		name, host string
		files      map[string][]byte
		tls        *driver.TLS
		class      error
		text       string
	}{
		{name: "identity", host: "tcp://192.0.2.1:2376", files: pem, tls: identity},
		{name: "ignored", host: "unix:///run/x.sock", files: pem},
		{
			name: "plain", host: "tcp://192.0.2.1:2375", class: dockerhv.ErrDenied,
			text: `use DOCKER_CONTEXT "plain": plain text would make whoever reaches 192.0.2.1:2375 root there; ` +
				"give it a TLS identity, or consent with Discoverer.AllowPlaintext",
		},
		{
			name: "hostless", class: dockerhv.ErrInvalid,
			text: `use DOCKER_CONTEXT "hostless": it names no Docker Engine`,
		},
		{
			name: "scheme", host: "https://h", class: dockerhv.ErrInvalid,
			text: `use DOCKER_CONTEXT "scheme": endpoint.url: has the scheme "https"; use unix, tcp, ssh or npipe`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			writeContext(t, config, tt.name, tt.host, tt.files)
			env := environment{"DOCKER_CONFIG": config, "DOCKER_CONTEXT": tt.name}
			if tt.class == nil {
				checkOne(t, env, driver.Endpoint{Name: tt.name, URL: tt.host, TLS: tt.tls, Source: "DOCKER_CONTEXT"})
				return
			}
			_, err := discover(t, local.Discoverer{Getenv: env.get})
			checkError(t, err, tt.class, tt.text)
		})
	}
}

// TestContextUnreadable: a broken store says which file, and hides nothing.
func TestContextUnreadable(t *testing.T) {
	tests := []struct {
		name, context string
		ruin          func(t *testing.T, config, meta, tls string)
		class         error
		part          string
	}{
		{"broken metadata", "prod", func(t *testing.T, _, meta, _ string) { writeFile(t, meta, "{") }, dockerhv.ErrInvalid, "meta.json"},
		{"broken endpoint", "prod", func(t *testing.T, _, meta, _ string) {
			writeFile(t, meta, `{"Name": "prod", "Endpoints": {"docker": {"Host": 7}}}`)
		}, dockerhv.ErrInvalid, "meta.json"},
		{"another orchestrator's context", "prod", func(t *testing.T, _, meta, _ string) {
			writeFile(t, meta, `{"Name": "prod", "Endpoints": {"kubernetes": {"Host": "https://h"}}}`)
		}, dockerhv.ErrInvalid, "it names no Docker Engine"},
		{"TLS files that can't be listed", "prod", func(t *testing.T, _, _, tls string) { writeFile(t, tls, "") }, dockerhv.ErrInvalid, "TLS"},
		{"a TLS file that can't be read", "prod", func(t *testing.T, _, _, tls string) {
			if err := os.MkdirAll(filepath.Join(tls, "docker"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(tls, filepath.Join(tls, "docker/ca.pem")); err != nil {
				t.Fatal(err)
			}
		}, dockerhv.ErrInvalid, "TLS"},
		{"absent beside a broken one", "gone", func(t *testing.T, _, meta, _ string) { writeFile(t, meta, "{") }, dockerhv.ErrNotFound, "default, and one that can't be read: "},
		{"no store", "gone", func(t *testing.T, config, _, _ string) {
			if err := os.RemoveAll(filepath.Join(config, "contexts")); err != nil {
				t.Fatal(err)
			}
		}, dockerhv.ErrNotFound, "contexts in "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			config := t.TempDir()
			writeContext(t, config, "prod", "tcp://192.0.2.1:2376", nil)
			metas, err := filepath.Glob(filepath.Join(config, "contexts/meta/*/meta.json"))
			if err != nil || len(metas) != 1 {
				t.Fatalf("the store has %v, %v", metas, err)
			}
			id := filepath.Base(filepath.Dir(metas[0]))
			tt.ruin(t, config, metas[0], filepath.Join(config, "contexts/tls", id))
			env := environment{"DOCKER_CONFIG": config, "DOCKER_CONTEXT": tt.context}
			got, err := discover(t, local.Discoverer{Getenv: env.get, Sockets: []string{listen(t)}})
			if len(got) != 0 || !errors.Is(err, tt.class) || !strings.Contains(err.Error(), tt.part) {
				t.Errorf("Discover = %v, %v, want a %q with %q", got, err, tt.class, tt.part)
			}
		})
	}
}

func checkOne(t *testing.T, env environment, want driver.Endpoint) {
	t.Helper()
	got, err := discover(t, local.Discoverer{Getenv: env.get})
	if diff := cmp.Diff(endpoints(want), got); diff != "" || err != nil {
		t.Errorf("Discover: %v (-want +got):\n%s", err, diff)
	}
}

// checkBroken wants an invalid choice whose error ends with a text.
func checkBroken(t *testing.T, err error, text string) {
	t.Helper()
	if !errors.Is(err, dockerhv.ErrInvalid) || !strings.HasSuffix(err.Error(), text) {
		t.Errorf("the error is %v, want ErrInvalid and %q", err, text)
	}
}
