package fetch

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"

	"github.com/dockerhv/dockerhv"
)

// AddressError tells that the guard refused an address. It matches
// dockerhv.ErrDenied.
type AddressError struct {
	Addr   netip.Addr
	Reason string
}

// Error names the address and why it is refused.
func (e *AddressError) Error() string {
	return fmt.Sprintf("the address %s is refused: it is %s", e.Addr, e.Reason)
}

// Unwrap returns dockerhv.ErrDenied.
func (e *AddressError) Unwrap() error { return dockerhv.ErrDenied }

func (e *AddressError) advice() string {
	return "use a public address, or allow its network if it can be trusted"
}

// RedirectError tells that a redirect was not followed. It matches
// dockerhv.ErrDenied.
type RedirectError struct{ Reason string }

// Error says why.
func (e *RedirectError) Error() string { return "a redirect is refused: " + e.Reason }

// Unwrap returns dockerhv.ErrDenied.
func (e *RedirectError) Unwrap() error { return dockerhv.ErrDenied }

func (e *RedirectError) advice() string { return "use the URL that it leads to" }

// StatusError tells that a server answered with another status than 200.
type StatusError struct{ Code int }

// Error names the status in HTTP's words, not in the server's.
func (e *StatusError) Error() string {
	return fmt.Sprintf("the server answers %d %s", e.Code, http.StatusText(e.Code))
}

// Unwrap returns the class of the status.
func (e *StatusError) Unwrap() error {
	switch {
	case e.Code == http.StatusNotFound, e.Code == http.StatusGone:
		return dockerhv.ErrNotFound
	case e.Code == http.StatusUnauthorized, e.Code == http.StatusForbidden:
		return dockerhv.ErrDenied
	case e.Code == http.StatusRequestTimeout, e.Code == http.StatusTooManyRequests,
		e.Code >= http.StatusInternalServerError:
		return dockerhv.ErrUnavailable
	}
	return dockerhv.ErrInvalid
}

func (e *StatusError) advice() string {
	if errors.Is(e, dockerhv.ErrUnavailable) {
		return "try again later"
	}
	return "check the URL"
}

// TooLargeError tells that there is more to download than the policy's MaxBytes.
// It matches dockerhv.ErrInvalid.
type TooLargeError struct{ Limit int64 }

// Error names the limit.
func (e *TooLargeError) Error() string { return fmt.Sprintf("it is larger than %d bytes", e.Limit) }

// Unwrap returns dockerhv.ErrInvalid.
func (e *TooLargeError) Unwrap() error { return dockerhv.ErrInvalid }

func (e *TooLargeError) advice() string { return "allow more bytes if it can be trusted" }

// TruncatedError tells that a body ended before its end. It matches
// dockerhv.ErrIntegrity and io.ErrUnexpectedEOF.
type TruncatedError struct{ Got, Want int64 } // Want is -1 if it is unknown

// Error names what came and what was announced.
func (e *TruncatedError) Error() string {
	if e.Want < 0 {
		return fmt.Sprintf("the download broke off after %d bytes", e.Got)
	}
	return fmt.Sprintf("the download broke off after %d of %d bytes", e.Got, e.Want)
}

// Unwrap returns dockerhv.ErrIntegrity and io.ErrUnexpectedEOF.
func (e *TruncatedError) Unwrap() []error {
	return []error{dockerhv.ErrIntegrity, io.ErrUnexpectedEOF}
}

func (e *TruncatedError) advice() string { return "try again" }
