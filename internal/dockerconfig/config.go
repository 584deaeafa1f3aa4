// Package dockerconfig reads what Docker's command line keeps for a user: where its
// configuration is, which context is the current one, and the contexts. It writes
// nothing and connects to nothing.
package dockerconfig

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
)

// The names of the files of a TLS identity, in DOCKER_CERT_PATH as in a context.
const (
	CAFile   = "ca.pem"
	CertFile = "cert.pem"
	KeyFile  = "key.pem"
)

// DefaultContext is the context that is not in the store: what DOCKER_HOST says, or
// else the sockets of this machine.
const DefaultContext = "default"

// Dir is where the configuration is: DOCKER_CONFIG, or else .docker in the user's home.
func Dir(getenv func(string) string) (string, error) {
	if dir := getenv("DOCKER_CONFIG"); dir != "" {
		return dir, nil
	}
	if home := Home(getenv); home != "" {
		return filepath.Join(home, ".docker"), nil
	}
	return "", errors.New("the user has no home directory; say with DOCKER_CONFIG where the configuration is")
}

// Home is the user's home directory, or "" if there is none.
func Home(getenv func(string) string) string {
	variable := "HOME"
	if runtime.GOOS == "windows" {
		variable = "USERPROFILE"
	}
	if home := getenv(variable); home != "" {
		return home
	}
	// A service often has no such variable; the docker command asks the user
	// database then.
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.HomeDir
}

// CurrentContext reads the one field of config.json that matters here; "" means that
// there is none. The rest of that file may be broken without hiding which host is meant.
func CurrentContext(dir string) (string, error) {
	path := filepath.Join(dir, "config.json")
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	var config struct {
		CurrentContext string `json:"currentContext"`
	}
	if err == nil {
		err = json.Unmarshal(data, &config)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return config.CurrentContext, nil
}
