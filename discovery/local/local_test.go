package local_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery/local"
	"github.com/dockerhv/dockerhv/driver"
)

// TestPrecedence sets the rules one after the other, from the last to the first,
// and never unsets one: the newest must win each time.
func TestPrecedence(t *testing.T) {
	home := t.TempDir()
	config := filepath.Join(home, ".docker")
	writeContext(t, config, "current", "ssh://current", nil)
	writeContext(t, config, "chosen", "ssh://chosen", nil)
	socket := listen(t)
	env := environment{"HOME": home}
	d := local.Discoverer{Getenv: env.get}

	steps := []struct {
		name string
		set  func()
		want []driver.Endpoint
	}{
		{"nothing", func() { d.Sockets = []string{} }, nil},
		{"sockets", func() { d.Sockets = []string{socket} }, endpoints(
			driver.Endpoint{URL: "unix://" + socket, Source: "socket"})},
		{"current context", func() { writeFile(t, filepath.Join(config, "config.json"), `{"currentContext": "current"}`) }, endpoints(
			driver.Endpoint{Name: "current", URL: "ssh://current", Source: "current context"})},
		{"DOCKER_CONTEXT", func() { env["DOCKER_CONTEXT"] = "chosen" }, endpoints(
			driver.Endpoint{Name: "chosen", URL: "ssh://chosen", Source: "DOCKER_CONTEXT"})},
		{"DOCKER_CONTEXT=default passes over the current context", func() { env["DOCKER_CONTEXT"] = "default" }, endpoints(
			driver.Endpoint{URL: "unix://" + socket, Source: "socket"})},
		{"DOCKER_HOST", func() { env["DOCKER_CONTEXT"] = "chosen"; env["DOCKER_HOST"] = "ssh://host" }, endpoints(
			driver.Endpoint{URL: "ssh://host", Source: "DOCKER_HOST"})},
		{"explicit", func() { d.Explicit.URL = "ssh://explicit" }, endpoints(
			driver.Endpoint{URL: "ssh://explicit", Source: "explicit"})},
	}
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			step.set()
			got, err := discover(t, d)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(step.want, got); diff != "" {
				t.Errorf("Discover (-want +got):\n%s", diff)
			}
		})
	}
}

// TestBrokenChoice: what is chosen and broken is one error, although each later
// rule would have an answer.
func TestBrokenChoice(t *testing.T) {
	config := t.TempDir()
	writeContext(t, config, "good", "ssh://good", nil)
	socket := listen(t)
	tests := []struct {
		name     string
		explicit driver.Endpoint
		env      environment
		config   string // config.json
		class    error
		text     string
	}{
		{
			name: "explicit", explicit: driver.Endpoint{URL: "http://127.0.0.1"}, env: environment{"DOCKER_HOST": "ssh://h"},
			class: dockerhv.ErrInvalid,
			text:  `use explicit endpoint: endpoint.url: has the scheme "http"; use unix, tcp, ssh or npipe`,
		},
		{
			name: "host", env: environment{"DOCKER_HOST": "localhost:2375", "DOCKER_CONTEXT": "good"},
			class: dockerhv.ErrInvalid,
			text:  `use DOCKER_HOST: endpoint.url: has the scheme "localhost"; use unix, tcp, ssh or npipe`,
		},
		{
			name: "context", env: environment{"DOCKER_CONTEXT": "gone"}, config: `{"currentContext": "good"}`,
			class: dockerhv.ErrNotFound,
			text: `use DOCKER_CONTEXT "gone": it is none of the contexts in ` + config +
				`: default, good; choose one of them, or make it with docker context create`,
		},
		{
			name: "current context", config: `{"currentContext": "gone"}`,
			class: dockerhv.ErrNotFound,
			text: `use current context "gone": it is none of the contexts in ` + config +
				`: default, good; choose one of them, or make it with docker context create`,
		},
		{
			name: "config.json", config: `{"currentContext": `,
			class: dockerhv.ErrInvalid,
			text:  `use current context: ` + config + `/config.json: unexpected end of JSON input`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.config == "" {
				tt.config = "{}"
			}
			writeFile(t, filepath.Join(config, "config.json"), tt.config)
			d := local.Discoverer{Explicit: tt.explicit, ConfigDir: config, Sockets: []string{socket}, Getenv: tt.env.get}
			got, err := discover(t, d)
			if len(got) != 0 {
				t.Errorf("Discover yields %v beside the error", got)
			}
			checkError(t, err, tt.class, tt.text)
		})
	}
}

// TestDefaults: the zero value reads the process's environment.
func TestDefaults(t *testing.T) {
	t.Setenv("DOCKER_HOST", "ssh://host")
	got, err := discover(t, local.Discoverer{})
	want := endpoints(driver.Endpoint{URL: "ssh://host", Source: "DOCKER_HOST"})
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Discover: %v (-want +got):\n%s", err, diff)
	}
}

// TestConfigDir: the field, then DOCKER_CONFIG, then the home directory.
func TestConfigDir(t *testing.T) {
	home, configured, given := t.TempDir(), t.TempDir(), t.TempDir()
	for dir, host := range map[string]string{
		filepath.Join(home, ".docker"): "ssh://home", configured: "ssh://configured", given: "ssh://given",
	} {
		writeContext(t, dir, "prod", host, nil)
	}
	env := environment{"HOME": home, "USERPROFILE": home, "DOCKER_CONTEXT": "prod"}
	d := local.Discoverer{Getenv: env.get}
	check := func(want string) {
		t.Helper()
		got, err := discover(t, d)
		if err != nil || len(got) != 1 || got[0].URL != want {
			t.Errorf("Discover = %v, %v, want %s", got, err, want)
		}
	}
	check("ssh://home")
	env["DOCKER_CONFIG"] = configured
	check("ssh://configured")
	d.ConfigDir = given
	check("ssh://given")
}
