package engine

import (
	"io"
	"net/http"
	"sync"

	"github.com/containerd/errdefs/pkg/errhttp"

	"github.com/dockerhv/dockerhv"
)

// transport is the one way by which requests reach the engine: it tells of each, and
// ends those that are under way when the engine is closed. Connections that are
// more than a request go the way of hijack.
type transport struct {
	base     *http.Transport
	observer *observer
	life     *Lifetime
}

func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, tell := t.observer.apiCall(r.Context(), callName(r.Method, r.URL.Path))
	ctx, release := t.life.Bind(ctx)
	response, err := t.base.RoundTrip(r.WithContext(ctx))
	if err != nil {
		release()
		tell(outcome(err), 0)
		return nil, err
	}
	tell(statusOutcome(response.StatusCode), response.StatusCode)
	response.Body = &boundBody{ReadCloser: response.Body, release: sync.OnceFunc(release)}
	return response, nil
}

// CloseIdleConnections is what http.Client looks for.
func (t *transport) CloseIdleConnections() { t.base.CloseIdleConnections() }

// outcome names what a call came to that got no answer.
func outcome(err error) string {
	class, _ := classify("", err)
	return dockerhv.Outcome(&dockerhv.Error{Class: class, Err: err})
}

// statusOutcome names what an answer says.
func statusOutcome(status int) string {
	if status < http.StatusBadRequest {
		return dockerhv.OutcomeOK
	}
	return dockerhv.Outcome(classifyStatus(errhttp.ToNative(status)))
}

// boundBody is a body that ends with the engine's lifetime, until it is read or closed.
type boundBody struct {
	io.ReadCloser
	release func()
}

func (b *boundBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.release()
	}
	return n, err
}

func (b *boundBody) Close() error {
	err := b.ReadCloser.Close()
	b.release()
	return err
}
