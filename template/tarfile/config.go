package tarfile

import (
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// Config is what the image of a root file system says to run. All of it may be
// overridden when an instance is created.
type Config struct {
	// Entrypoint and Command are what is run, together; both empty leave it to the
	// instance to say.
	Entrypoint []string `json:"entrypoint,omitempty"`
	Command    []string `json:"command,omitempty"`
	// Env are environment variables. They are in the image for all to read: put no
	// secret there.
	Env map[string]string `json:"env,omitempty"`
	// User is whom it runs as, "user" or "user:group", by name or number; empty
	// means root.
	User string `json:"user,omitempty"`
	// WorkDir is where it runs, an absolute path; empty means "/".
	WorkDir string `json:"workdir,omitempty"`
	// Labels are the image's, which its instances inherit.
	Labels map[string]string `json:"labels,omitempty"`
	// Platform is what the system is made for; zero means the one asked for at
	// Install, or else the host's.
	Platform template.Platform `json:"platform,omitzero"`
}

func (c Config) isZero() bool {
	return len(c.Entrypoint) == 0 && len(c.Command) == 0 && len(c.Env) == 0 && len(c.Labels) == 0 &&
		c.User == "" && c.WorkDir == "" && c.Platform == (template.Platform{})
}

func (c Config) validate() error {
	refuse := func(field, reason string) error {
		return &dockerhv.FieldError{Field: "config." + field, Reason: reason}
	}
	for name, value := range c.Env {
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.Contains(value, "\x00") {
			return refuse("env", "has a name that is empty or has = in it, or a value that no program can get")
		}
	}
	for name := range c.Labels {
		if name == "" {
			return refuse("labels", "has an empty name")
		}
	}
	switch {
	case c.WorkDir != "" && !path.IsAbs(c.WorkDir):
		return refuse("workdir", "is not an absolute path")
	case c.User != "" && !isPrintable(c.User):
		return refuse("user", "has characters that no name has")
	case (c.Platform.OS == "") != (c.Platform.Architecture == ""):
		return refuse("platform", "is not complete; write linux/amd64")
	}
	return nil
}

// encode is OCI's image config.
func (c Config) encode(p template.Platform, diffID string) ([]byte, error) {
	type rootFS struct {
		Type    string   `json:"type"`
		DiffIDs []string `json:"diff_ids"`
	}
	type run struct {
		User       string            `json:",omitempty"`
		Env        []string          `json:",omitempty"`
		Entrypoint []string          `json:",omitempty"`
		Cmd        []string          `json:",omitempty"`
		WorkingDir string            `json:",omitempty"`
		Labels     map[string]string `json:",omitempty"`
	}
	var env []string
	for _, name := range slices.Sorted(maps.Keys(c.Env)) {
		env = append(env, name+"="+c.Env[name])
	}
	return json.Marshal(struct {
		Created string `json:"created"`
		template.Platform
		Config run    `json:"config"`
		RootFS rootFS `json:"rootfs"`
	}{
		Created:  "1970-01-01T00:00:00Z", // for the image to be the same whenever it is made
		Platform: p,
		Config:   run{User: c.User, Env: env, Entrypoint: c.Entrypoint, Cmd: c.Command, WorkingDir: c.WorkDir, Labels: c.Labels},
		RootFS:   rootFS{Type: "layers", DiffIDs: []string{"sha256:" + diffID}},
	})
}
