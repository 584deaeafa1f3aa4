package engine

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/containerd/errdefs"
	"github.com/containerd/errdefs/pkg/errhttp"
	"github.com/docker/docker/client"

	"github.com/dockerhv/dockerhv"
)

// fail makes the module's error of what the client returned. It is where every
// error of an engine gets its class.
func (e *Engine) fail(op, id string, err error) error {
	class, next := classify(op, err)
	return &dockerhv.Error{
		Op: op, Host: e.endpoint.String(), ID: id, Class: class, Err: plain(err), Next: next,
	}
}

// classify finds the class of an error and what to do about it: first by what the
// caller did, then by type, then by the few texts that must be matched, and last
// by the API's status.
func classify(op string, err error) (class error, next string) {
	switch {
	case errors.Is(err, dockerhv.ErrClosed):
		return dockerhv.ErrClosed, "open it again"
	case isContextEnd(err):
		return nil, "" // the context's own error is class enough
	case errors.Is(err, os.ErrPermission):
		return dockerhv.ErrDenied, "run as root or as a member of the docker group"
	case isRefusedTLS(err):
		return dockerhv.ErrDenied, "check the CA, certificate and key of the endpoint"
	case isRefusedSSH(err):
		return dockerhv.ErrDenied, "check the user, the key and the known hosts of the ssh endpoint"
	case isConnection(err):
		return dockerhv.ErrUnavailable, "check that the Docker Engine runs and that the endpoint is right"
	}
	if t, ok := matchText(op, err.Error()); ok {
		return t.class, t.next
	}
	return classifyStatus(err), ""
}

// isContextEnd tells whether a context's own error is among the causes. The network's
// timeouts claim to be one, which nobody who gave up has caused.
func isContextEnd(err error) bool {
	if err == context.Canceled || err == context.DeadlineExceeded { //nolint:errorlint // the errors themselves
		return true
	}
	switch e := err.(type) { //nolint:errorlint // the chain is walked here
	case interface{ Unwrap() error }:
		return isContextEnd(e.Unwrap())
	case interface{ Unwrap() []error }:
		return slices.ContainsFunc(e.Unwrap(), isContextEnd)
	}
	return false
}

// classifyStatus reads the API's status, which the client keeps as a type.
func classifyStatus(err error) error {
	switch {
	case errdefs.IsNotFound(err):
		return dockerhv.ErrNotFound
	case errdefs.IsConflict(err), errdefs.IsAlreadyExists(err):
		return dockerhv.ErrConflict
	case errdefs.IsInvalidArgument(err):
		return dockerhv.ErrInvalid
	case errdefs.IsUnauthorized(err), errdefs.IsPermissionDenied(err):
		return dockerhv.ErrDenied
	case errdefs.IsUnavailable(err), errdefs.IsResourceExhausted(err), isGateway(err):
		return dockerhv.ErrUnavailable
	case errdefs.IsNotImplemented(err):
		return errors.ErrUnsupported
	}
	return dockerhv.ErrFailed
}

// isGateway tells whether something before the engine could not reach it, whose
// statuses are of no class of their own.
func isGateway(err error) bool {
	return errors.Is(err, errhttp.ToNative(http.StatusBadGateway)) || errors.Is(err, errhttp.ToNative(http.StatusGatewayTimeout))
}

// isRefusedTLS tells whether one side refused the other's certificate. The other
// side's word is a "remote error" of crypto/tls, whose type is not exported.
func isRefusedTLS(err error) bool {
	var (
		unknown x509.UnknownAuthorityError
		host    x509.HostnameError
		invalid x509.CertificateInvalidError
		network *net.OpError
		record  tls.RecordHeaderError
	)
	return errors.As(err, &unknown) || errors.As(err, &host) || errors.As(err, &invalid) ||
		errors.As(err, &record) || (errors.As(err, &network) && network.Op == "remote error")
}

// isRefusedSSH tells whether the ssh command said so: it leaves us only its text.
func isRefusedSSH(err error) bool {
	message := err.Error()
	return strings.Contains(message, "Permission denied (") || strings.Contains(message, "Host key verification failed")
}

// isConnection tells whether the engine could not be reached, or left in the
// middle of an answer.
func isConnection(err error) bool {
	var (
		network *net.OpError
		timeout net.Error
	)
	return errors.As(err, &timeout) && timeout.Timeout() || client.IsErrConnectionFailed(err) || errors.As(err, &network) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// plain takes the client's own wording off an error whose cause says it better.
func plain(err error) error {
	switch {
	case errors.Is(err, os.ErrPermission):
		return os.ErrPermission
	case errors.Is(err, dockerhv.ErrClosed):
		return ErrClosed()
	}
	return daemonError{err}
}

// daemonError prints an engine's error without the prefix that the client adds,
// and hides nothing from errors.Is and errors.As.
type daemonError struct{ error }

func (e daemonError) Error() string {
	return strings.TrimPrefix(strings.TrimPrefix(e.error.Error(), "Error response from daemon: "), "error during connect: ")
}

func (e daemonError) Unwrap() error { return e.error }
