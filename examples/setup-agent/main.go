// Setup-agent makes a machine a host of an orchestrator: it checks it, plans and applies
// its set-up, and registers it to an Agent Manager. It is CloudStack's cloud-setup-agent
// for Docker.
//
//	setup-agent check
//	setup-agent plan -listen 10.0.0.5:2376
//	setup-agent apply -listen 10.0.0.5:2376
//	setup-agent register
//
// Run it with -h for all flags.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/dockerhv/dockerhv/discovery/preflight"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr); {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		os.Exit(2) // the user was told what is wrong
	default:
		fmt.Fprintln(os.Stderr, "setup-agent:", strings.ReplaceAll(err.Error(), "\n", "; "))
		os.Exit(1)
	}
}

// run does what the first argument says.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) error {
	o, err := parse(args, errOut)
	if err != nil {
		return err
	}
	switch o.command {
	case "check":
		return check(ctx, o, out)
	case "plan":
		return plan(ctx, o, out)
	case "apply":
		return apply(ctx, o, in, out)
	}
	return register(ctx, o, out)
}

// check looks the host over. Its error says what fails.
func check(ctx context.Context, o options, out io.Writer) error {
	endpoint, err := o.endpoint(ctx)
	if err != nil {
		return err
	}
	return report(o, o.checks.Check(ctx, endpoint), out)
}

// report shows what came of the checks, as a table or as JSON.
func report(o options, r preflight.Report, out io.Writer) error {
	var err error
	if o.json {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(r)
	} else {
		err = r.WriteTable(out)
	}
	if err == nil {
		err = r.Err()
	}
	if err == nil && o.strict && r.Result == preflight.Warn {
		err = errors.New("there are warnings, and -strict takes them for failures")
	}
	return err
}

// plan shows what apply would change.
func plan(ctx context.Context, o options, out io.Writer) error {
	s, err := o.setup(ctx)
	if err != nil {
		return err
	}
	p, err := s.Plan(ctx)
	if err != nil {
		return err
	}
	return p.Write(out)
}

// apply shows the plan, asks, and does it.
func apply(ctx context.Context, o options, in io.Reader, out io.Writer) error {
	s, err := o.setup(ctx)
	if err != nil {
		return err
	}
	p, err := s.Plan(ctx)
	if err != nil {
		return err
	}
	if err := p.Write(out); err != nil {
		return err
	}
	if !p.Empty() && !o.yes {
		if err := consent(in, out); err != nil {
			return err
		}
	}
	s.Told = func(step string) { fmt.Fprintln(out, "-", step) }
	r, err := s.Apply(ctx, p)
	if err != nil {
		return err
	}
	return report(o, r, out)
}

// consent asks whether to go on.
func consent(in io.Reader, out io.Writer) error {
	fmt.Fprint(out, "Do that? [y/N] ")
	answer, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return errors.New("nothing was changed; answer y, or consent with -yes")
}
