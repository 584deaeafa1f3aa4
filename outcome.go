package dockerhv

import (
	"context"
	"errors"
)

// OutcomeOK is the outcome of what succeeded.
const OutcomeOK = "ok"

// Outcome names what an operation came to in one stable word, for records, metrics
// and tables: "ok" for nil, and else the class of its error: "canceled" and
// "deadline_exceeded" (the caller gave up), "closed", "denied", "invalid",
// "not_found", "exists", "conflict", "unsupported", "integrity", "unavailable",
// "failed", or "unknown" for an error of no class. The class of the outermost
// [*Error] counts where it has one.
func Outcome(err error) string {
	if err == nil {
		return OutcomeOK
	}
	if e, ok := errors.AsType[*Error](err); ok && e.Class != nil {
		err = e.Class
	}
	for _, of := range []struct {
		class error
		name  string
	}{
		{context.Canceled, "canceled"},
		{context.DeadlineExceeded, "deadline_exceeded"},
		{ErrClosed, "closed"},
		{ErrDenied, "denied"},
		{ErrInvalid, "invalid"},
		{ErrNotFound, "not_found"},
		{ErrExists, "exists"},
		{ErrConflict, "conflict"},
		{errors.ErrUnsupported, "unsupported"},
		{ErrIntegrity, "integrity"},
		{ErrUnavailable, "unavailable"},
		{ErrFailed, "failed"},
	} {
		if errors.Is(err, of.class) {
			return of.name
		}
	}
	return "unknown"
}
