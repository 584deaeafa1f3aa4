package driver

import (
	"context"
	"errors"

	"github.com/dockerhv/dockerhv"
)

// RetryRule says whether a class of errors is worth another try.
type RetryRule struct {
	// Class is the class of errors; Name is what dockerhv.Outcome calls it.
	Class error
	Name  string
	// Retry is true when another try may succeed.
	Retry bool
	// Why says so for people.
	Why string
}

// RetryRules is the table by which [Retryable] decides, with a rule for each outcome of
// dockerhv.Outcome; an error of no class is not tried again.
//
// A Docker host's answers come as these classes: 500 is ErrFailed; 429, 502, 503 and
// 504, a connection that is refused, reset or ends too early, and a header that does
// not come in time are ErrUnavailable; 400 is ErrInvalid, 401 and 403 are ErrDenied,
// 404 is ErrNotFound, 409 is ErrConflict, 501 is ErrUnsupported.
func RetryRules() []RetryRule {
	return []RetryRule{
		{context.Canceled, "canceled", false, "the caller gave up"},
		{context.DeadlineExceeded, "deadline_exceeded", false, "the caller's time is over"},
		{dockerhv.ErrClosed, "closed", false, "what is closed stays closed"},
		{dockerhv.ErrDenied, "denied", false, "who was refused will be again"},
		{dockerhv.ErrInvalid, "invalid", false, "the request stays wrong"},
		{dockerhv.ErrNotFound, "not_found", false, "what is not there does not come by itself"},
		{dockerhv.ErrExists, "exists", false, "the ID stays in use"},
		{dockerhv.ErrConflict, "conflict", false, "the driver has waited for what passes by itself"},
		{errors.ErrUnsupported, "unsupported", false, "the host stays as it is"},
		{dockerhv.ErrIntegrity, "integrity", false, "the content stays wrong"},
		{dockerhv.ErrUnavailable, "unavailable", true, "the host may answer again"},
		{dockerhv.ErrFailed, "failed", true, "the engine says so of what passes, too; the core's calls can be repeated"},
	}
}

// Retryable tells whether the same call may succeed when it is made again, as
// RetryRules says of the error's class.
func Retryable(err error) bool {
	outcome := dockerhv.Outcome(err)
	for _, rule := range RetryRules() {
		if rule.Name == outcome {
			return rule.Retry
		}
	}
	return false
}
