package template

import (
	"context"
	"errors"
	"strconv"

	"github.com/dockerhv/dockerhv"
)

// ErrorCode is the code that CloudStack's API answers a failed call with (its enum
// ApiErrorCode), as HTTP status and as errorcode.
type ErrorCode int

// The codes of what a catalog can answer. More of the cloud's have no cause here.
const (
	ParamError             ErrorCode = 431 // a wrong or missing parameter, an unknown or taken ID, a template in use
	UnsupportedActionError ErrorCode = 432 // this host or version can't
	InternalError          ErrorCode = 530 // whatever has no code of its own
	AccountError           ErrorCode = 531 // denied
	ResourceUnavailable    ErrorCode = 534 // the host or the registry does not answer
	ResourceInUse          ErrorCode = 536 // the template's state does not allow the call
)

// String returns the cloud's name of the code, such as "PARAM_ERROR".
func (c ErrorCode) String() string {
	switch c {
	case ParamError:
		return "PARAM_ERROR"
	case UnsupportedActionError:
		return "UNSUPPORTED_ACTION_ERROR"
	case InternalError:
		return "INTERNAL_ERROR"
	case AccountError:
		return "ACCOUNT_ERROR"
	case ResourceUnavailable:
		return "RESOURCE_UNAVAILABLE_ERROR"
	case ResourceInUse:
		return "RESOURCE_IN_USE_ERROR"
	}
	return strconv.Itoa(int(c))
}

// Code returns the cloud's code for any error of this module; 0 for nil. What is
// wrong with a request is 431, also a template that is not there, or that can't be
// deleted because it is used: so does the cloud (its InvalidParameterValueException).
func Code(err error) ErrorCode {
	_, used := errors.AsType[*InUseError](err)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return InternalError
	case used, errors.Is(err, dockerhv.ErrInvalid), errors.Is(err, dockerhv.ErrNotFound), errors.Is(err, dockerhv.ErrExists):
		return ParamError
	case errors.Is(err, errors.ErrUnsupported):
		return UnsupportedActionError
	case errors.Is(err, dockerhv.ErrDenied):
		return AccountError
	case errors.Is(err, dockerhv.ErrUnavailable):
		return ResourceUnavailable
	case errors.Is(err, dockerhv.ErrConflict):
		return ResourceInUse
	}
	return InternalError
}
