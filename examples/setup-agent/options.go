package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/docker/go-units"
	"github.com/google/shlex"

	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/discovery/local"
	"github.com/dockerhv/dockerhv/discovery/preflight"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
)

// errUsage tells that the flags are wrong and that the user was told.
var errUsage = errors.New("usage")

// options are the user's flags.
type options struct {
	command string
	checks  preflight.Options
	set     preflight.Setup
	host    driver.Endpoint

	json, strict, yes, once bool
	ping                    time.Duration
}

const intro = `Setup-agent makes a machine with Docker Engine a host of an orchestrator.

  setup-agent check      look the host over; ends with 0 unless a check fails
  setup-agent plan       show what apply would change, and change nothing
  setup-agent apply      show that, ask, do it, and check again; whatever fails is undone
  setup-agent register   look it over and register it, and tell how it is until you interrupt

The engine is found like the docker command finds it: -host, DOCKER_HOST, DOCKER_CONTEXT,
the current docker context, the usual sockets. Plan and apply are for this machine's own,
as root.

`

// commands are what the first argument can be.
var commands = []string{"check", "plan", "apply", "register"}

// parse reads the command and its flags. Its error is flag.ErrHelp or errUsage, and the
// user has been told.
func parse(args []string, errOut io.Writer) (options, error) {
	o := options{}
	flags := flag.NewFlagSet("setup-agent", flag.ContinueOnError)
	flags.SetOutput(errOut)
	flags.Usage = func() {
		fmt.Fprint(errOut, intro)
		flags.PrintDefaults()
	}
	o.flags(flags)
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		o.command, args = args[0], args[1:]
	}
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return o, err
		}
		return o, errUsage
	}
	if problem := o.problem(flags.Args()); problem != "" {
		fmt.Fprintln(errOut, "setup-agent:", problem)
		return o, errUsage
	}
	o.checks.Open = discovery.Opener(docker.Options{Owner: owner}.Open)
	return o, nil
}

// owner is whose instances an agent looks for that an orchestrator has not given its own
// name.
const owner = "setup-agent"

func (o *options) flags(flags *flag.FlagSet) {
	flags.StringVar(&o.host.URL, "host", "", "the engine's `endpoint`: unix:///path, tcp://host:2376 or ssh://user@host")
	flags.BoolVar(&o.host.AllowPlaintext, "plaintext", false, "use a tcp endpoint of another machine without TLS: whoever reaches it is root there")
	flags.Func("tls", "the `folder` with ca.pem, cert.pem and key.pem for a tcp endpoint", func(dir string) error {
		o.host.TLS = &driver.TLS{
			CAFile: filepath.Join(dir, "ca.pem"), CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem"),
		}
		return nil
	})
	flags.BoolVar(&o.json, "json", false, "show what came of the checks as JSON")
	flags.BoolVar(&o.strict, "strict", false, "take warnings for failures")

	flags.Func("min-memory", "how much `memory` the host must have, such as 4g (default 1g)", size(&o.checks.MinMemory))
	flags.Func("min-disk", "how much `room` must be free where the engine's data is, such as 30g (default 5g)", size(&o.checks.MinDisk))
	flags.BoolVar(&o.checks.DiskQuota, "disk-quota", false, "warn of a host that can't bound what instances write")
	flags.Func("network", "a `network` of the cloud's, such as 10.0.0.0/8, which the engine's must not overlap; repeatable", func(s string) error {
		prefix, err := netip.ParsePrefix(s)
		o.checks.Networks = append(o.checks.Networks, prefix)
		return err
	})
	flags.Func("registry", "a `registry`, as host or host:port, that must answer; repeatable", func(s string) error {
		o.checks.Registries = append(o.checks.Registries, s)
		return nil
	})
	flags.StringVar(&o.checks.ID, "id", "", "the engine's `ID` when it was registered, which must be the same still")

	flags.StringVar(&o.checks.ConfigFile, "config", preflight.DefaultConfigFile, "the engine's configuration `file`")
	flags.TextVar(&o.set.Listen, "listen", netip.AddrPort{}, "listen on this `address:port` with mutual TLS, such as 10.0.0.5:2376")
	flags.StringVar(&o.set.TLSDir, "tls-dir", "", "the `folder` of the certificates of -listen, which are made there (default tls beside the configuration)")
	flags.Func("name", "a `name or address` that clients reach the host by, for its certificate; repeatable", func(s string) error {
		o.set.Names = append(o.set.Names, s)
		return nil
	})
	flags.StringVar(&o.set.LogSize, "log-size", "", "the `size` at which the file of a log is rotated (default 10m)")
	flags.IntVar(&o.set.LogFiles, "log-files", 0, "how many files of a log are kept (default 3)")
	flags.Func("pool", "a `range/size`, such as 10.200.0.0/16/24, that networks get their addresses from; repeatable", func(s string) error {
		pool, err := parsePool(s)
		o.set.AddressPools = append(o.set.AddressPools, pool)
		return err
	})
	flags.Func("restart", "the `command` that restarts the engine (default systemctl or service)", func(s string) (err error) {
		o.set.Restart, err = shlex.Split(s)
		return err
	})
	flags.BoolVar(&o.set.StopInstances, "stop-instances", false, "restart an engine although what runs on it stops")
	flags.DurationVar(&o.set.Timeout, "timeout", time.Minute, "how long the engine may take to answer after a restart")
	flags.BoolVar(&o.yes, "yes", false, "apply without asking")

	flags.BoolVar(&o.once, "once", false, "end when the host is up, in place of telling how it is")
	flags.DurationVar(&o.ping, "ping", discovery.DefaultPingInterval, "how often the host tells how it is")
}

// problem finds what is wrong with flags that can each be read.
func (o options) problem(rest []string) string {
	switch {
	case o.command == "":
		return "say what to do: " + strings.Join(commands, ", ") + "; see -h"
	case !slices.Contains(commands, o.command):
		return fmt.Sprintf("%q is no command; use one of %s", o.command, strings.Join(commands, ", "))
	case len(rest) > 0:
		return fmt.Sprintf("%q is no flag, see -h", rest[0])
	case o.ping <= 0:
		return "-ping must be a time, such as 30s"
	}
	return ""
}

// endpoint is the engine that is meant.
func (o options) endpoint(ctx context.Context) (driver.Endpoint, error) {
	for endpoint, err := range (local.Discoverer{Explicit: o.host}).Discover(ctx) {
		return endpoint, err // the first is the one
	}
	// There is none, which the check says best.
	return driver.Endpoint{URL: "unix:///var/run/docker.sock"}, nil
}

// setup is the set-up of this machine.
func (o options) setup(ctx context.Context) (preflight.Setup, error) {
	endpoint, err := o.endpoint(ctx)
	s := o.set
	s.Checks, s.Endpoint = o.checks, endpoint
	return s, err
}

// size reads an amount of bytes, such as 4g.
func size(into *int64) func(string) error {
	return func(s string) (err error) {
		*into, err = units.RAMInBytes(s)
		return err
	}
}

// parsePool reads a range and the size of the networks that are cut from it.
func parsePool(s string) (driver.AddressPool, error) {
	cut := strings.LastIndex(s, "/")
	if cut < 0 {
		return driver.AddressPool{}, errors.New("write range/size, such as 10.200.0.0/16/24")
	}
	base, err := netip.ParsePrefix(s[:cut])
	if err != nil {
		return driver.AddressPool{}, err
	}
	pool := driver.AddressPool{Base: base}
	if _, err := fmt.Sscanf(s[cut:], "/%d", &pool.Size); err != nil || pool.Size < base.Bits() || pool.Size > base.Addr().BitLen() {
		return driver.AddressPool{}, fmt.Errorf("no network of the size %q fits into %s", s[cut:], base)
	}
	return pool, nil
}
