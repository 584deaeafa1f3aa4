package enginetest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// The engine's API is spoken by hand here: what checks the driver must not go through the client that the driver uses.

// do sends one request to the engine on a unix socket and decodes its answer into result, unless that is nil.
func do(ctx context.Context, socket, method, path string, body io.Reader, result any) error {
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, method, "http://engine"+path, body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json") // dockerd takes archives under this name, too
	response, err := transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusBadRequest {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 4096))
		return fmt.Errorf("%s %s: %s: %s", method, path, response.Status, oneLine(string(text), nil))
	}
	if result == nil {
		_, err = io.Copy(io.Discard, response.Body)
		return err
	}
	return json.NewDecoder(response.Body).Decode(result)
}

// ping asks an engine whether it answers.
func ping(ctx context.Context, socket string) error {
	return do(ctx, socket, http.MethodGet, "/_ping", nil, nil)
}

// socketOf is the path in a unix:// endpoint.
func socketOf(endpoint string) (path string, ok bool) {
	return strings.CutPrefix(endpoint, "unix://")
}
