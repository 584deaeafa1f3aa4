package template_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

func TestCode(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want template.ErrorCode
		name string
	}{
		{nil, 0, "0"},
		{&dockerhv.FieldError{}, 431, "PARAM_ERROR"},
		{dockerhv.ErrNotFound, 431, "PARAM_ERROR"},
		{dockerhv.ErrExists, 431, "PARAM_ERROR"},
		{&template.InUseError{}, 431, "PARAM_ERROR"},
		{errors.ErrUnsupported, 432, "UNSUPPORTED_ACTION_ERROR"},
		{&template.VersionError{}, 432, "UNSUPPORTED_ACTION_ERROR"},
		{dockerhv.ErrFailed, 530, "INTERNAL_ERROR"},
		{dockerhv.ErrIntegrity, 530, "INTERNAL_ERROR"},
		{context.DeadlineExceeded, 530, "INTERNAL_ERROR"},
		{errors.New("whatever"), 530, "INTERNAL_ERROR"},
		{dockerhv.ErrDenied, 531, "ACCOUNT_ERROR"},
		{dockerhv.ErrUnavailable, 534, "RESOURCE_UNAVAILABLE_ERROR"},
		{dockerhv.ErrConflict, 536, "RESOURCE_IN_USE_ERROR"},
	} {
		err := tt.err
		if err != nil {
			err = &dockerhv.Error{Op: "x", Err: fmt.Errorf("because: %w", err)}
		}
		if got := template.Code(err); got != tt.want || got.String() != tt.name {
			t.Errorf("Code(%v) = %d, %s, want %d, %s", err, got, got, tt.want, tt.name)
		}
	}
}
