package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/docker/docker/api/types/container"
)

// attach starts the command and returns the connection of its input and output,
// which the context closes while the engine has not answered.
func (x *Exec) attach(ctx context.Context) (closeWriter, error) {
	body, err := json.Marshal(container.ExecStartOptions{Tty: x.command.TTY, ConsoleSize: x.startSize()})
	if err != nil {
		return nil, err
	}
	path := fmt.Sprintf("/v%s/exec/%s/start", x.engine.cli.ClientVersion(), x.id)
	return x.engine.hijack(ctx, path, "tcp", body, http.Header{"Content-Type": {"application/json"}})
}

// startSize is the size once more: engines take it with the start, not before.
func (x *Exec) startSize() *[2]uint {
	if x.engine.apiBefore("1.42") {
		return nil
	}
	return consoleSize(x.command)
}

// Local tells whether the engine's socket is in this machine's file system. It may
// be a tunnel's: it is a hint of where to look, and no proof.
func (e *Engine) Local() bool { return strings.HasPrefix(e.endpoint.URL, "unix:") }
