package discovery

import (
	"errors"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// Check tells whether an endpoint can be used, for who writes a Discoverer. What is wrong
// is a *dockerhv.Error as [Refused] makes it; for plain text without consent it is
// dockerhv.ErrDenied, and its next step names the consent, such as
// "Discoverer.AllowPlaintext".
func Check(what string, e driver.Endpoint, consent string) error {
	err := e.Validate()
	if err == nil {
		return nil
	}
	refused := Refused(what, err)
	if plaintext, ok := errors.AsType[*dockerhv.Error](err); ok {
		// Its advice is for who makes an Endpoint; here it is for who configures one.
		refused.Class, refused.Err = plaintext.Class, plaintext.Err
		refused.Next = "give it a TLS identity, or consent with " + consent
	}
	return refused
}

// Refused is the error of a candidate that is there and wrong: dockerhv.ErrInvalid, with
// what named it, such as "DOCKER_HOST", and why it can't be used.
func Refused(what string, err error) *dockerhv.Error {
	return &dockerhv.Error{Op: "use " + what, Class: dockerhv.ErrInvalid, Err: err}
}
