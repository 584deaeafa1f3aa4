package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// steps are what is done with each engine.
type steps struct {
	root  func(ctx context.Context, suite string) (path string, err error)
	probe func(context.Context, enginetest.Options) (enginetest.Description, error)
	test  func(context.Context, enginetest.Options) error
}

// runAll tests all engines and prints a table of what came out. It returns false if one failed.
func runAll(ctx context.Context, out io.Writer, all []engine, do steps) (passed bool, err error) {
	var results []result
	for _, e := range all {
		results = append(results, do.run(ctx, out, e))
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
	}
	return printTable(out, results), nil
}

func (do steps) run(ctx context.Context, out io.Writer, e engine) result {
	heading(out, fmt.Sprintf("Docker Engine of Debian %s", e.suite))
	r := result{engine: e}
	root, err := do.root(ctx, e.suite)
	if err != nil {
		return r.notRun(err)
	}
	options := e.options(root)
	r.is, err = do.probe(ctx, options)
	if errors.Is(err, enginetest.ErrNoEngine) {
		return r.notRun(err)
	}
	if err == nil {
		err = e.check(r.is)
	}
	if err != nil {
		return r.failed(err)
	}
	heading(out, fmt.Sprintf("Docker Engine %s of Debian %s, images in %s", r.is.Version, e.suite, store(r.is)))
	begin := time.Now()
	err = do.test(ctx, options)
	r.took = time.Since(begin)
	if err != nil {
		return r.failed(err)
	}
	return r.passed()
}

func heading(out io.Writer, text string) {
	fmt.Fprintf(out, "\n%s\n%s\n", text, strings.Repeat("=", len(text)))
}
