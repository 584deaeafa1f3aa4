package enginetest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
)

// The environment variables that say which engine is meant where Options don't.
const (
	programVar = "DOCKERHV_TEST_DOCKERD"
	rootVar    = "DOCKERHV_TEST_ROOT"
	configVar  = "DOCKERHV_TEST_CONFIG"
)

// Options says how a private engine differs from the installed one with its defaults. The zero value is that one.
type Options struct {
	// Program is the dockerd to run. Empty means the one that DOCKERHV_TEST_DOCKERD names, else the installed one.
	Program string

	// Root is the directory of another Linux system, to run its dockerd with its containerd, runc and iptables. The
	// engine changes nothing in it; engines may share it. Empty means the one that DOCKERHV_TEST_ROOT names, else the
	// machine's own.
	Root string

	// Args are added to dockerd's arguments, for example a second listener: "-H", "tcp://127.0.0.1:2376".
	Args []string

	// Config holds entries of daemon.json, for example the TLS files of that listener. An entry that is also an
	// argument makes dockerd refuse to start; its own sockets, directories and control groups are arguments.
	// DOCKERHV_TEST_CONFIG, a JSON object, adds the entries that are not here.
	Config map[string]any
}

// complete returns the options with what the environment says.
func (o Options) complete() (Options, error) {
	o.Program = cmp.Or(o.Program, os.Getenv(programVar))
	o.Root = cmp.Or(o.Root, os.Getenv(rootVar))
	config := make(map[string]any)
	if text := os.Getenv(configVar); text != "" {
		if err := json.Unmarshal([]byte(text), &config); err != nil {
			return Options{}, fmt.Errorf("%s is no JSON object: %w", configVar, err)
		}
	}
	maps.Copy(config, o.Config)
	o.Config = config
	return o, nil
}

// Environ is the environment that makes another program's engines have this program, root and configuration, unless
// its own options say otherwise.
func (o Options) Environ() ([]string, error) {
	config, err := json.Marshal(o.Config)
	if err != nil {
		return nil, err
	}
	return []string{programVar + "=" + o.Program, rootVar + "=" + o.Root, configVar + "=" + string(config)}, nil
}
