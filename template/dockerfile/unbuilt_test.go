package dockerfile_test

import (
	"context"
	"errors"
	"net"

	"github.com/dockerhv/dockerhv/template"
)

// unbuilt is a store on which nothing may be built: whoever asks its BuildKit gets
// errBuilt.
type unbuilt struct {
	template.ImageStore
	traits template.BuildTraits
}

var errBuilt = errors.New("BuildKit was asked")

func (unbuilt) Tag(context.Context, string, string) error { return errBuilt }

func (unbuilt) DialBuild(context.Context, string, string, map[string][]string) (net.Conn, error) {
	return nil, errBuilt
}

func (u unbuilt) BuildTraits(context.Context) (template.BuildTraits, error) { return u.traits, nil }
