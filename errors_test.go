package dockerhv_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/containerd/errdefs"

	"github.com/dockerhv/dockerhv"
)

// classes lists each class with the predicate of containerd/errdefs that must
// hold for it, and for no other class.
var classes = []struct {
	name  string
	class error
	is    func(error) bool
	text  string
}{
	{"not found", dockerhv.ErrNotFound, errdefs.IsNotFound, "not found"},
	{"exists", dockerhv.ErrExists, errdefs.IsAlreadyExists, "already exists"},
	{"invalid", dockerhv.ErrInvalid, errdefs.IsInvalidArgument, "invalid"},
	{"conflict", dockerhv.ErrConflict, errdefs.IsConflict, "conflict"},
	{"denied", dockerhv.ErrDenied, errdefs.IsPermissionDenied, "denied"},
	{"unavailable", dockerhv.ErrUnavailable, errdefs.IsUnavailable, "unavailable"},
	{"integrity", dockerhv.ErrIntegrity, errdefs.IsDataLoss, "content is not what was promised"},
	{"failed", dockerhv.ErrFailed, errdefs.IsUnknown, "failed"},
	{"closed", dockerhv.ErrClosed, errdefs.IsFailedPrecondition, "closed"},
}

// TestClasses: a class is found by errors.Is and by errdefs however it is
// carried, and none is taken for another.
func TestClasses(t *testing.T) {
	carriers := map[string]func(class error) error{
		"bare":         func(class error) error { return class },
		"class":        func(class error) error { return &dockerhv.Error{Op: "do", Class: class} },
		"cause":        func(class error) error { return &dockerhv.Error{Op: "do", Err: class} },
		"beside cause": func(class error) error { return &dockerhv.Error{Op: "do", Class: class, Err: errors.New("why")} },
		"nested": func(class error) error {
			return &dockerhv.Error{Op: "do", Err: fmt.Errorf("again: %w", &dockerhv.Error{Op: "undo", Class: class})}
		},
		"joined": func(class error) error { return errors.Join(errors.New("other"), class) },
	}
	for _, of := range classes {
		for carrier, carry := range carriers {
			t.Run(of.name+"/"+carrier, func(t *testing.T) {
				err := carry(of.class)
				for _, other := range classes {
					want := other.class == of.class
					if got := errors.Is(err, other.class); got != want {
						t.Errorf("errors.Is(%v, %v) = %t", err, other.class, got)
					}
					if got := other.is(err); got != want {
						t.Errorf("errdefs says %t to %v being %s", got, err, other.name)
					}
				}
			})
		}
	}
}

func TestClassText(t *testing.T) {
	for _, of := range classes {
		if got := of.class.Error(); got != of.text {
			t.Errorf("the class %s reads %q, want %q", of.name, got, of.text)
		}
	}
}

func TestErrorText(t *testing.T) {
	cause := errors.New("no such image")
	tests := []struct {
		name string
		err  *dockerhv.Error
		want string
	}{
		{"verb", &dockerhv.Error{Op: "list instances"}, "list instances"},
		{"class", &dockerhv.Error{Op: "get template", ID: "t1", Class: dockerhv.ErrNotFound}, "get template t1: not found"},
		{"cause", &dockerhv.Error{Op: "pull", Err: cause}, "pull: no such image"},
		{"the cause speaks for the class", &dockerhv.Error{Op: "pull", Class: dockerhv.ErrNotFound, Err: cause}, "pull: no such image"},
		{"host", &dockerhv.Error{Op: "list instances", Host: "h1", Err: cause}, "list instances on h1: no such image"},
		{"next", &dockerhv.Error{Op: "get template", Next: "register it first"}, "get template; register it first"},
		{
			"all", &dockerhv.Error{Op: "create instance", Host: "h1", ID: "i1", Class: dockerhv.ErrNotFound, Err: cause, Next: "install it"},
			"create instance i1 on h1: no such image; install it",
		},
		{
			"nested", &dockerhv.Error{Op: "open a host", Err: &dockerhv.Error{Op: "dial", Host: "h1", Class: dockerhv.ErrUnavailable}},
			"open a host: dial on h1: unavailable",
		},
		{
			"joined causes", &dockerhv.Error{Op: "open a host", Err: errors.Join(cause, context.Canceled)},
			"open a host: no such image; context canceled",
		},
		{
			"line breaks", &dockerhv.Error{Op: "pull", Err: errors.New("\r\nno\r\n\nsuch\rimage\n"), Next: "ask\nagain"},
			"pull: no; such; image; ask; again",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.err.Error()
			if got != tt.want {
				t.Errorf("Error() = %q, want %q", got, tt.want)
			}
			if strings.ContainsAny(got, "\r\n") {
				t.Errorf("%q is not one line", got)
			}
		})
	}
}

func TestErrorUnwrap(t *testing.T) {
	cause := &dockerhv.FieldError{Field: "id", Reason: "is empty"}
	err := error(&dockerhv.Error{Op: "create instance", Class: dockerhv.ErrExists, Err: cause})
	var field *dockerhv.FieldError
	if !errors.As(err, &field) || field != cause {
		t.Errorf("errors.As does not find the cause of %v", err)
	}
	if !errors.Is(err, dockerhv.ErrExists) || !errors.Is(err, dockerhv.ErrInvalid) {
		t.Errorf("%v is not both its class and its cause's", err)
	}
	if chain := (&dockerhv.Error{Op: "list"}).Unwrap(); len(chain) != 0 {
		t.Errorf("Unwrap of an error without class and cause = %v", chain)
	}
	for _, sentinel := range []error{errors.ErrUnsupported, context.Canceled, context.DeadlineExceeded} {
		if !errors.Is(&dockerhv.Error{Op: "list", Class: sentinel}, sentinel) {
			t.Errorf("the class %v is not found", sentinel)
		}
	}
}

func TestFieldError(t *testing.T) {
	err := error(&dockerhv.FieldError{Field: "env", Reason: "\"A\nB\" is\r\nno name"})
	if got, want := err.Error(), `env: "A; B" is; no name`; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
	if !errors.Is(err, dockerhv.ErrInvalid) || !errdefs.IsInvalidArgument(err) {
		t.Errorf("%v is not ErrInvalid", err)
	}
}
