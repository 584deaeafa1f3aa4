package local

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

// configDir is where Docker's command line keeps its configuration.
func (d Discoverer) configDir() (string, error) {
	if d.ConfigDir != "" {
		return d.ConfigDir, nil
	}
	if dir := d.getenv("DOCKER_CONFIG"); dir != "" {
		return dir, nil
	}
	if home := d.home(); home != "" {
		return filepath.Join(home, ".docker"), nil
	}
	return "", errors.New("the user has no home directory; say with DOCKER_CONFIG where the configuration is")
}

// home is the user's home directory, or "" if there is none.
func (d Discoverer) home() string {
	variable := "HOME"
	if runtime.GOOS == "windows" {
		variable = "USERPROFILE"
	}
	if home := d.getenv(variable); home != "" {
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

// currentContext reads the one field of config.json that matters here. The rest
// of that file may be broken without hiding which host is meant.
func currentContext(configDir string) (string, error) {
	path := filepath.Join(configDir, "config.json")
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
