package repository

import (
	"fmt"

	"github.com/dockerhv/dockerhv"
)

// Policy says when the registry is asked.
type Policy string

// The policies.
const (
	// Missing takes an image that the host has under the reference, and else pulls.
	// It is what the empty policy means. A host keeps no tag of what this package
	// pulled, so that a tag that was installed before is looked up again, and
	// downloaded only if it has moved.
	Missing Policy = "missing"
	// Always asks the registry what the reference means now. A digest can't mean anything
	// else: what the host has under it is taken.
	Always Policy = "always"
	// Never takes only what the host has.
	Never Policy = "never"
	// Verify is Always, and asks also for what is pinned by its digest and on the host:
	// nobody gets an image there that the registry would not give for the credential.
	Verify Policy = "verify"
)

func (p Policy) validate() error {
	switch p {
	case "", Missing, Always, Never, Verify:
		return nil
	}
	return &dockerhv.FieldError{
		Field: "policy", Reason: fmt.Sprintf("%q is refused; use %s, %s, %s or %s", p, Missing, Always, Never, Verify),
	}
}

// takesPresent tells whether what the host has will do.
func (p Policy) takesPresent() bool { return p != Always && p != Verify }
