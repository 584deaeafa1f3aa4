// Command setup makes sure that what the tests or the demo need is there, and installs it on Debian as root:
//
//	setup test       busybox for images, an engine, an SSH server, a C compiler for the race detector, tools that write images,
//	                 git, and a buildkitd, which is built here
//	setup demo       busybox, and an engine unless one can be reached
//	setup engines    what the roots of other engines are made with
//
// Elsewhere it fails and says what to install. An engine that it installs is not started.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/dockerhv/dockerhv/internal/enginetest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "setup:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	var needs []need
	switch strings.Join(args, " ") {
	case "test":
		needs = []need{busybox, engine, ssh, compiler, archiver, repositories, names}
	case "engines":
		needs = []need{debootstrap}
	case "demo":
		needs = []need{busybox}
		if _, ok := enginetest.Reachable(ctx); !ok {
			needs = append(needs, engine)
		}
	default:
		return errors.New("no such thing to set up; use: setup test, setup demo or setup engines")
	}
	if err := install(ctx, missing(ctx, needs)); err != nil {
		return err
	}
	if args[0] != "test" {
		return nil
	}
	return buildBuildkitd(ctx)
}
