package template

import (
	"fmt"
	"time"
)

// PullReason says why a registry's image could not be had, where the classes of package
// dockerhv are too wide.
type PullReason string

// The reasons, each with the class that its errors have.
const (
	PullNotFound     PullReason = "not found"         // dockerhv.ErrNotFound; registries say so of what is private, too
	PullPlatform     PullReason = "wrong platform"    // dockerhv.ErrNotFound
	PullUnauthorized PullReason = "unauthorized"      // dockerhv.ErrDenied: no credential, or a wrong one
	PullDenied       PullReason = "denied"            // dockerhv.ErrDenied: a right credential that is not enough, or a policy
	PullCertificate  PullReason = "bad certificate"   // dockerhv.ErrDenied
	PullRateLimited  PullReason = "rate limited"      // dockerhv.ErrUnavailable
	PullUnreachable  PullReason = "unreachable"       // dockerhv.ErrUnavailable
	PullStalled      PullReason = "stalled"           // dockerhv.ErrUnavailable
	PullNoSpace      PullReason = "no space"          // dockerhv.ErrFailed
	PullCorrupt      PullReason = "corrupted content" // dockerhv.ErrIntegrity
)

// PullError is why a registry's image could not be had. It is found by errors.As in the
// *dockerhv.Error that a [Puller] returns, and says what its cause says.
type PullError struct {
	Reason PullReason
	// RetryAfter is how long nothing more is asked of the registry with this credential,
	// which limits how often it may be; 0 if it does not.
	RetryAfter time.Duration
	Err        error
}

// Error returns the cause's words.
func (e *PullError) Error() string {
	if e.RetryAfter > 0 {
		return fmt.Sprintf("%v (not asked again for %v)", e.Err, e.RetryAfter.Round(time.Second))
	}
	return e.Err.Error()
}

// Unwrap returns the cause.
func (e *PullError) Unwrap() error { return e.Err }
