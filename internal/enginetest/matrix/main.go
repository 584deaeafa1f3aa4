// Command matrix runs the engine tests on Docker Engines that the machine does not have: those of Debian 13 and of
// Debian unstable, the latter with each of its image stores.
//
//	matrix [-only name,...] [-fresh] -- go test [flag...]
//
// It runs the command once for each engine, with the packages whose tests want an engine added to its arguments, and
// with DOCKERHV_TEST_ROOT and DOCKERHV_TEST_CONFIG set. It needs root and debootstrap. The roots that it makes are kept
// in the user's cache directory, below dockerhv/engines, each beside a list of its packages; -fresh makes them anew.
//
// The exit code tells whether tests failed. An engine that can't be had today, as may happen with Debian unstable and
// will without a mirror of Debian, is reported as not run.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	passed, err := run(ctx, os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "matrix:", err)
	}
	if err != nil || !passed {
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (passed bool, err error) {
	flags := flag.NewFlagSet("matrix", flag.ExitOnError)
	only := flags.String("only", "", "the engines to test, by their names with commas between; all are "+names(engines))
	fresh := flags.Bool("fresh", false, "make the engines' roots anew, of the packages of today")
	_ = flags.Parse(args) // exits by itself
	chosen, err := choose(*only)
	if err != nil {
		return false, err
	}
	command := flags.Args()
	if len(command) < 2 || command[1] != "test" {
		return false, fmt.Errorf("the command is %q; use: matrix [flag...] -- go test [flag...]", strings.Join(command, " "))
	}
	packages, err := enginePackages(ctx, command[0])
	if err != nil {
		return false, err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return false, err
	}
	return runAll(ctx, os.Stdout, chosen, steps{
		root:  roots{dir: filepath.Join(cache, "dockerhv", "engines"), fresh: *fresh, known: map[string]known{}}.get,
		probe: probe,
		test:  tests{command: command, packages: packages}.run,
	})
}
