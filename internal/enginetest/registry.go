package enginetest

import (
	"io"
	"log"
	"net/http/httptest"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
)

// Registry starts an empty registry for one test and returns its host:port, which the test's engine reaches, too.
func Registry(t testing.TB) string {
	t.Helper()
	silent := registry.Logger(log.New(io.Discard, "", 0))
	server := httptest.NewServer(registry.New(silent))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}
