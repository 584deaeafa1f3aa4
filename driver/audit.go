package driver

import (
	"context"
	"time"
)

// AuditRecord says that a call was made which changes something on a host: who
// changed what, and what came of it. It holds no argument of the call and no text
// of an error, so that no secret can be in it.
type AuditRecord struct {
	// Time is when the call began, by our clock.
	Time time.Time `json:"time"`
	// Owner is the driver's, Host the endpoint's name or URL.
	Owner string `json:"owner"`
	Host  string `json:"host"`
	// Operation is the verb and its object as errors name them, such as "create instance".
	Operation string `json:"operation"`
	// ID is the instance's ID or the image's reference; empty where there is none.
	ID string `json:"id,omitempty"`
	// Outcome is what it came to, as dockerhv.Outcome names it.
	Outcome string `json:"outcome"`
	// Duration is how long it took, in nanoseconds.
	Duration time.Duration `json:"duration"`
	// Attempt is 1 for the first try, 2 for the second.
	Attempt int `json:"attempt"`
}

type attemptKey struct{}

// Attempt tells which try of an operation a context belongs to, for records: 1
// unless [Retrying] tries again.
func Attempt(ctx context.Context) int {
	if n, ok := ctx.Value(attemptKey{}).(int); ok {
		return n
	}
	return 1
}

func withAttempt(ctx context.Context, n int) context.Context {
	return context.WithValue(ctx, attemptKey{}, n)
}
