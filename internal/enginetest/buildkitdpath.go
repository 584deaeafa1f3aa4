package enginetest

import (
	"os"
	"path/filepath"
)

// BuildkitdVersion is that of the BuildKit which tests run beside an engine.
const BuildkitdVersion = "v0.34.2"

// BuildkitdPath is where the set-up of the tests puts buildkitd, which no Debian package brings.
func BuildkitdPath() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(cache, "dockerhv", "buildkitd-"+BuildkitdVersion), nil
}
