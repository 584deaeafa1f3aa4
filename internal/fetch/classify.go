package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// errTooSlow is the cause of a context that the policy's Timeout ended.
var errTooSlow = errors.New("too slow")

// download is what the errors of a download need to know of it.
type download struct {
	id     string
	policy template.Download
}

// fail makes the module's error of what went wrong.
func (d download) fail(ctx context.Context, err error) error {
	e := &dockerhv.Error{Op: "download template", ID: d.id, Err: err}
	switch {
	case errors.Is(context.Cause(ctx), errTooSlow):
		e.Class, e.Err = dockerhv.ErrUnavailable, fmt.Errorf("it took longer than %s", d.policy.Timeout)
		e.Next = "try again later or allow it more time"
	case ctx.Err() != nil:
		e.Err = ctx.Err() // what the caller gave up says all
	default:
		e.Next, e.Class = classify(err)
		if errors.Is(err, io.EOF) { // an io.EOF would tell a reader that all is well
			e.Err = errors.New("the server closed the connection without an answer")
		}
	}
	return e
}

// adviser is an error of this package: it brings its class and knows what to do next.
type adviser interface {
	error
	advice() string
}

// classify finds the class of an error that does not bring its own, and what to
// do about it.
func classify(err error) (next string, class error) {
	var (
		ours     adviser
		checksum *template.ChecksumError
		field    *dockerhv.FieldError
	)
	switch {
	case errors.As(err, &ours):
		return ours.advice(), nil
	case errors.As(err, &checksum):
		return "check the URL and the checksum that it was registered with", nil
	case errors.As(err, &field):
		return "", nil
	case isRefusedTLS(err):
		return "check the server's certificate", dockerhv.ErrDenied
	}
	return "check the URL's host and try again later", dockerhv.ErrUnavailable
}

// isRefusedTLS tells whether one side refused the other's certificate.
func isRefusedTLS(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		unknown      x509.UnknownAuthorityError
		host         x509.HostnameError
		invalid      x509.CertificateInvalidError
		alert        tls.AlertError
	)
	return errors.As(err, &verification) || errors.As(err, &unknown) || errors.As(err, &host) ||
		errors.As(err, &invalid) || errors.As(err, &alert)
}
