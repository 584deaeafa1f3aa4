package enginetest

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"time"
)

// Reachable looks for an engine that this user has already, as Docker's own programs would. What it finds may be
// empty: then they know a way to one that is not looked at here, a context or an address of another host.
func Reachable(ctx context.Context) (endpoint string, ok bool) {
	host := os.Getenv("DOCKER_HOST")
	if _, local := socketOf(host); host != "" && !local || host == "" && contextChosen() {
		return host, true
	}
	if host != "" {
		return host, answers(ctx, host)
	}
	for _, socket := range defaultSockets() {
		if endpoint := "unix://" + socket; answers(ctx, endpoint) {
			return endpoint, true
		}
	}
	return "", false
}

func answers(ctx context.Context, endpoint string) bool {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	socket, _ := socketOf(endpoint)
	return ping(ctx, socket) == nil
}

// defaultSockets are where the engine of a machine, a rootless one and Docker Desktop's listen.
func defaultSockets() []string {
	sockets := []string{"/var/run/docker.sock"}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		sockets = append(sockets, filepath.Join(dir, "docker.sock"))
	}
	if home, err := os.UserHomeDir(); err == nil {
		sockets = append(sockets, filepath.Join(home, ".docker/run/docker.sock"))
	}
	return sockets
}

// contextChosen says whether the user chose a docker context other than the default.
func contextChosen() bool {
	chosen := os.Getenv("DOCKER_CONTEXT")
	if chosen == "" {
		chosen = configuredContext()
	}
	return chosen != "" && chosen != "default"
}

func configuredContext() string {
	dir := os.Getenv("DOCKER_CONFIG")
	if home, err := os.UserHomeDir(); dir == "" && err == nil {
		dir = filepath.Join(home, ".docker")
	}
	var config struct {
		CurrentContext string `json:"currentContext"`
	}
	text, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil || json.Unmarshal(text, &config) != nil {
		return ""
	}
	return config.CurrentContext
}
