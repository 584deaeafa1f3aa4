package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/docker/go-connections/nat"
	"github.com/docker/go-units"
	"github.com/google/shlex"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/template"
)

// errUsage tells that the flags are wrong and that the user was told.
var errUsage = errors.New("usage")

// options are the user's flags.
type options struct {
	repository, dockerfile, tarfile string
	checksum                        string
	buildArgs                       map[string]string
	command                         []string
	env                             map[string]string
	cpus                            float64
	memory                          int64
	publish                         []driver.Port
	endpoint                        driver.Endpoint
	allow                           []netip.Prefix
	keep                            bool
}

// demo tells whether the user brought no template.
func (o options) demo() bool { return o.repository == "" && o.dockerfile == "" && o.tarfile == "" }

const intro = `Quickstart runs instances on a Docker Engine with dockerhv.

Without a template it shows the whole job with templates of its own, and needs no
internet. With one or several of -repository, -dockerfile and -tarfile it
installs yours, starts an instance of each, follows what they print until they
end or you interrupt, and takes everything away again.

  quickstart
  quickstart -repository nginx:1.27 -publish 8080:80
  quickstart -dockerfile ./app -build-arg VERSION=2 -memory 256m
  quickstart -tarfile https://example.com/app.tar -checksum sha256:... -command 'serve -v'

The engine is found like the docker command finds it: -host, DOCKER_HOST,
DOCKER_CONTEXT, the current docker context, the usual sockets.

`

// parse reads the flags. Its error is flag.ErrHelp or errUsage, and the user has
// been told.
func parse(args []string, errOut io.Writer) (options, error) {
	o := options{buildArgs: map[string]string{}, env: map[string]string{}}
	flags := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	flags.SetOutput(errOut)
	flags.Usage = func() {
		fmt.Fprint(errOut, intro)
		flags.PrintDefaults()
	}
	flags.StringVar(&o.repository, "repository", "", "template: a `reference` of an image in a registry")
	flags.StringVar(&o.dockerfile, "dockerfile", "", "template: a `folder, file or URL` of a Dockerfile")
	flags.StringVar(&o.tarfile, "tarfile", "", "template: a `file or URL` of an image archive")
	flags.StringVar(&o.checksum, "checksum", "", "the SHA-256 that the Dockerfile or archive must have, as sha256:`hex`")
	flags.Func("build-arg", "a build argument of the Dockerfile, `NAME=value`; repeatable", assign(o.buildArgs))
	flags.Func("command", "the `command` to run instead of the template's, with quotes as in a shell", func(s string) (err error) {
		o.command, err = shlex.Split(s)
		return err
	})
	flags.Func("env", "an environment variable, `NAME=value`; repeatable", assign(o.env))
	flags.Float64Var(&o.cpus, "cpus", 0, "how many CPUs' time an instance may use, such as 0.5; 0 means no bound")
	flags.Func("memory", "how much memory an instance may use, such as `256m`; none means no bound", func(s string) (err error) {
		o.memory, err = units.RAMInBytes(s)
		return err
	})
	flags.Func("publish", "publish a port: `[[address:]hostport:]port[/protocol]`; repeatable", o.addPort)
	host := flags.String("host", "", "the engine's `endpoint`: unix:///path, tcp://host:2376 or ssh://user@host")
	plaintext := flags.Bool("plaintext", false, "use a tcp endpoint of another machine without TLS: whoever reaches it is root there")
	tls := flags.String("tls", "", "the `folder` with ca.pem, cert.pem and key.pem for a tcp endpoint")
	flags.Func("allow", "a `network` such as 10.0.0.0/8 that downloads may reach although it is not public; repeatable", func(s string) error {
		prefix, err := netip.ParsePrefix(s)
		o.allow = append(o.allow, prefix)
		return err
	})
	flags.BoolVar(&o.keep, "keep", false, "leave the instances and images on the engine")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return o, err
		}
		return o, errUsage
	}
	o.endpoint = endpoint(*host, *tls)
	o.endpoint.AllowPlaintext = *plaintext
	if problem := o.check(flags.Args()); problem != "" {
		fmt.Fprintln(errOut, "quickstart:", problem)
		return o, errUsage
	}
	return o, nil
}

// check finds what flags can't say together.
func (o options) check(rest []string) string {
	switch {
	case len(rest) > 0:
		return fmt.Sprintf("%q is no flag; a command goes into -command, see -h", rest[0])
	case o.checksum != "" && (o.dockerfile == "") == (o.tarfile == ""):
		return "-checksum needs just one of -dockerfile and -tarfile; an image is pinned as name@sha256:..."
	case len(o.buildArgs) > 0 && o.dockerfile == "":
		return "-build-arg needs -dockerfile"
	case o.demo() && (len(o.command) > 0 || len(o.env) > 0 || len(o.publish) > 0 || o.cpus != 0 || o.memory != 0 || o.keep):
		return "these flags need a template: give -repository, -dockerfile or -tarfile"
	}
	return ""
}

// registrations are the templates that the user brought.
func (o options) registrations() []template.Registration {
	var all []template.Registration
	if o.repository != "" {
		all = append(all, template.Registration{ID: "repository", Format: template.Repository, URL: o.repository})
	}
	if o.dockerfile != "" {
		details := make(map[string]string, len(o.buildArgs))
		for name, value := range o.buildArgs {
			details["buildarg."+name] = value
		}
		all = append(all, template.Registration{
			ID: "dockerfile", Format: template.Dockerfile, URL: o.dockerfile, Checksum: o.checksum, Details: details,
		})
	}
	if o.tarfile != "" {
		all = append(all, template.Registration{ID: "tarfile", Format: template.Tarfile, URL: o.tarfile})
		if o.dockerfile == "" {
			all[len(all)-1].Checksum = o.checksum
		}
	}
	return all
}

func (o *options) addPort(s string) error {
	mappings, err := nat.ParsePortSpec(s)
	if err != nil {
		return err
	}
	for _, m := range mappings {
		p := driver.Port{Port: uint16(m.Port.Int()), Protocol: driver.Protocol(m.Port.Proto())}
		if m.Binding.HostIP != "" {
			if p.HostIP, err = netip.ParseAddr(m.Binding.HostIP); err != nil {
				return err
			}
		}
		if m.Binding.HostPort != "" {
			port, err := strconv.ParseUint(m.Binding.HostPort, 10, 16)
			if err != nil {
				return fmt.Errorf("publish one host port, not %q", m.Binding.HostPort)
			}
			p.HostPort = uint16(port)
		}
		o.publish = append(o.publish, p)
	}
	return nil
}

// assign reads NAME=value into a map; NAME alone takes this process's own value,
// as docker run does.
func assign(into map[string]string) func(string) error {
	return func(s string) error {
		name, value, given := strings.Cut(s, "=")
		if name == "" {
			return errors.New("write NAME=value")
		}
		if !given {
			value = os.Getenv(name)
		}
		into[name] = value
		return nil
	}
}

// endpoint is the engine that the user named; its zero value means none.
func endpoint(host, tls string) driver.Endpoint {
	e := driver.Endpoint{URL: host}
	if tls != "" {
		e.TLS = &driver.TLS{
			CAFile: filepath.Join(tls, "ca.pem"), CertFile: filepath.Join(tls, "cert.pem"), KeyFile: filepath.Join(tls, "key.pem"),
		}
	}
	return e
}
