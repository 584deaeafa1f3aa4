package template

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/dockerhv/dockerhv"
)

// Role returns the store as the role T, such as [Puller]. It looks behind
// wrappers that have an Unwrap() ImageStore method, so that a wrapper loses
// nothing. Its error matches errors.ErrUnsupported.
func Role[T any](store ImageStore) (T, error) {
	for s := store; s != nil; {
		if role, ok := s.(T); ok {
			return role, nil
		}
		wrapper, ok := s.(interface{ Unwrap() ImageStore })
		if !ok {
			break
		}
		s = wrapper.Unwrap()
	}
	var none T
	return none, &dockerhv.Error{
		Op: "use image store", Class: errors.ErrUnsupported,
		Err:  fmt.Errorf("the store %T is no %s", store, reflect.TypeFor[T]()),
		Next: "use a template format that this host supports",
	}
}
