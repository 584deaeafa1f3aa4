package dockerhv

import (
	"fmt"
	"strings"
)

// The classes of errors. An error of this module matches the one that says what
// a caller can do about it, with [errors.Is]. Each also answers to the
// predicates of github.com/containerd/errdefs (IsNotFound, IsAlreadyExists,
// ...), without this package importing it.
//
// What a host's engine or version cannot do matches [errors.ErrUnsupported] of
// the standard library, and what the caller gave up matches [context.Canceled]
// or [context.DeadlineExceeded].
var (
	// ErrNotFound: the instance, image, reference or network does not exist.
	ErrNotFound error = notFound{}
	// ErrExists: the ID or name is in use for something else than what was asked.
	ErrExists error = exists{}
	// ErrInvalid: the request is wrong and stays wrong when it is repeated.
	ErrInvalid error = invalid{}
	// ErrConflict: the object is in a state that does not allow the call.
	ErrConflict error = conflict{}
	// ErrDenied: the host, the registry or a policy refused the caller.
	ErrDenied error = denied{}
	// ErrUnavailable: the host or the registry did not answer; a later try may succeed.
	ErrUnavailable error = unavailable{}
	// ErrIntegrity: the content is not what was promised: a wrong checksum, a
	// truncated or a lying archive.
	ErrIntegrity error = integrity{}
	// ErrFailed: the host did the work and it failed, as a build step that exits with 1.
	ErrFailed error = failed{}
	// ErrClosed: what was called has been closed; it stays closed. To errdefs it is a
	// failed precondition, which nobody tries again, and not a host that is away.
	ErrClosed error = closed{}
)

// The method that marks each class is the one that containerd/errdefs looks for.
type (
	notFound    struct{}
	exists      struct{}
	invalid     struct{}
	conflict    struct{}
	denied      struct{}
	unavailable struct{}
	integrity   struct{}
	failed      struct{}
	closed      struct{}
)

func (notFound) Error() string     { return "not found" }
func (notFound) NotFound()         {}
func (exists) Error() string       { return "already exists" }
func (exists) AlreadyExists()      {}
func (invalid) Error() string      { return "invalid" }
func (invalid) InvalidParameter()  {}
func (conflict) Error() string     { return "conflict" }
func (conflict) Conflict()         {}
func (denied) Error() string       { return "denied" }
func (denied) Forbidden()          {}
func (unavailable) Error() string  { return "unavailable" }
func (unavailable) Unavailable()   {}
func (integrity) Error() string    { return "content is not what was promised" }
func (integrity) DataLoss()        {}
func (failed) Error() string       { return "failed" }
func (failed) Unknown()            {}
func (closed) Error() string       { return "closed" }
func (closed) FailedPrecondition() {}

// Error is the error of every operation of this module. It is one line that
// says what was attempted, on what and where, what went wrong and what to do
// next. Fields that do not apply are empty. It never holds a secret.
type Error struct {
	// Op is the verb and its object, such as "create instance".
	Op string
	// Host names the host, by its endpoint's name or URL.
	Host string
	// ID is the instance's ID, or the template's or image's reference.
	ID string
	// Class is one of this package's classes, errors.ErrUnsupported, a context's
	// Err, or nil when Err alone says it.
	Class error
	// Err is the cause. Where it is nil, Class speaks for it.
	Err error
	// Next tells the user what to do, as an imperative phrase. It may be empty.
	Next string
}

// Error returns one line: "op id on host: cause; next".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.ID != "" {
		fmt.Fprintf(&b, " %s", e.ID)
	}
	if e.Host != "" {
		fmt.Fprintf(&b, " on %s", e.Host)
	}
	if cause := e.cause(); cause != nil {
		fmt.Fprintf(&b, ": %s", oneLine(cause.Error()))
	}
	if e.Next != "" {
		fmt.Fprintf(&b, "; %s", e.Next)
	}
	return oneLine(b.String())
}

// Unwrap returns the class and the cause, so that errors.Is and errors.As find both.
func (e *Error) Unwrap() []error {
	chain := make([]error, 0, 2)
	for _, err := range []error{e.Class, e.Err} {
		if err != nil {
			chain = append(chain, err)
		}
	}
	return chain
}

func (e *Error) cause() error {
	if e.Err != nil {
		return e.Err
	}
	return e.Class
}

// FieldError is the cause of an [ErrInvalid]: one field of a request that cannot
// be honoured. errors.Is(err, ErrInvalid) holds for it.
type FieldError struct {
	// Field is the path of the field, such as "resources.cpus" or "nics[0].ipv4".
	Field string
	// Reason says what is wrong with it and what would be right.
	Reason string
}

// Error returns "field: reason".
func (e *FieldError) Error() string { return oneLine(e.Field + ": " + e.Reason) }

// Unwrap returns ErrInvalid.
func (e *FieldError) Unwrap() error { return ErrInvalid }

// oneLine folds a daemon's line breaks, so that an error stays one line in a log.
func oneLine(s string) string {
	if !strings.ContainsAny(s, "\r\n") {
		return s
	}
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\r' || r == '\n' }), "; ")
}
