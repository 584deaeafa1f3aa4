package dockerhv_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/dockerhv/dockerhv"
)

// 115: the word for each class is stable, and the outermost class counts.
func TestOutcome(t *testing.T) {
	for want, err := range map[string]error{
		"ok":                nil,
		"canceled":          context.Canceled,
		"deadline_exceeded": &dockerhv.Error{Op: "list", Class: context.DeadlineExceeded},
		"closed":            &dockerhv.Error{Op: "list", Class: dockerhv.ErrClosed, Err: context.Canceled},
		"denied":            dockerhv.ErrDenied,
		"invalid":           &dockerhv.FieldError{Field: "id"},
		"not_found":         fmt.Errorf("again: %w", &dockerhv.Error{Op: "start", Err: &dockerhv.Error{Class: dockerhv.ErrNotFound}}),
		"exists":            dockerhv.ErrExists,
		"conflict":          dockerhv.ErrConflict,
		"unsupported":       errors.ErrUnsupported,
		"integrity":         dockerhv.ErrIntegrity,
		"unavailable":       &dockerhv.Error{Class: dockerhv.ErrUnavailable, Err: context.DeadlineExceeded},
		"failed":            errors.Join(errors.New("other"), dockerhv.ErrFailed),
		"unknown":           errors.New("other"),
	} {
		if got := dockerhv.Outcome(err); got != want {
			t.Errorf("the outcome of %v is %q, want %q", err, got, want)
		}
	}
}
