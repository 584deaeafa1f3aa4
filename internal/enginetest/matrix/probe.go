package main

import (
	"context"
	"errors"

	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// probe starts an engine and asks it what it is.
func probe(ctx context.Context, options enginetest.Options) (_ enginetest.Description, err error) {
	e, err := enginetest.Start(ctx, options)
	if err != nil {
		return enginetest.Description{}, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	return enginetest.Describe(ctx, e.Endpoint())
}
