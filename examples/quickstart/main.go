// Quickstart shows the main job of dockerhv: a Docker Engine works as a
// hypervisor, with all three formats of template.
//
// Without arguments it needs no internet: it serves its own templates from a real
// registry and an HTTP server on loopback. With -repository, -dockerfile or
// -tarfile it takes yours. Run it with -h for all flags.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		os.Exit(2) // the flag package has said what is wrong
	default:
		// One line, also where both the job and the cleaning up have failed.
		fmt.Fprintln(os.Stderr, "quickstart:", strings.ReplaceAll(err.Error(), "\n", "; "))
		os.Exit(1)
	}
}

// run does the job, and cleans up after itself whatever happens.
func run(ctx context.Context, args []string, out, errOut io.Writer) (err error) {
	o, err := parse(args, errOut)
	if err != nil {
		return err
	}
	s, err := open(ctx, o, out)
	if err != nil {
		return err
	}
	defer func() {
		keep := o.keep && err == nil
		err = errors.Join(err, s.close(ctx, keep))
	}()
	if o.demo() {
		return demo(ctx, s)
	}
	return own(ctx, s, o)
}
