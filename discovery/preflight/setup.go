package preflight

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// Setup makes this machine a host: CloudStack's cloud-setup-agent. Its plan installs the
// engine if there is none, has instances survive its restarts and their logs rotated, and
// has it listen with mutual TLS if that is asked for. What else daemon.json sets is kept,
// and a machine that is set up has an empty plan.
type Setup struct {
	// Checks says what the host must have when the set-up is done. Its ConfigFile is the
	// file that is changed; its Open is required.
	Checks Options
	// Endpoint is the engine's own on this machine; its zero value means the socket
	// /var/run/docker.sock.
	Endpoint driver.Endpoint
	// Listen is the address to listen on with mutual TLS, such as 10.0.0.5:2376; the zero
	// value leaves the listeners as they are.
	Listen netip.AddrPort
	// TLSDir is where the certificates are and are made: ca.pem with ca-key.pem,
	// server-cert.pem with server-key.pem, and cert.pem with key.pem for a client; empty
	// means tls beside the configuration file.
	TLSDir string
	// Names are the names and addresses that clients will reach the host by, beside its
	// own name, localhost and Listen.
	Names []string
	// LogSize is the size at which the file of a log is rotated, as the engine writes it;
	// empty means 10m. LogFiles is how many are kept; 0 means 3.
	LogSize  string
	LogFiles int
	// AddressPools are what networks get their addresses from; nil leaves them as they are.
	AddressPools []driver.AddressPool
	// StopInstances consents to a restart of an engine without live-restore, which stops
	// what runs on it, whoever owns it.
	StopInstances bool
	// Restart is the command that restarts the engine, or starts it; nil means systemctl
	// where systemd runs, and service elsewhere.
	Restart []string
	// Timeout bounds how long the engine may take to answer again; 0 means 1 minute.
	Timeout time.Duration
	// Told is told of each step as it begins; nil means that nobody wants to know.
	Told func(step string)

	root string                                // the folder that stands for / in tests
	run  func(context.Context, []string) error // runs a command; nil means this machine
}

func (s Setup) complete() Setup {
	s.Checks = s.Checks.complete()
	if s.Endpoint.URL == "" {
		s.Endpoint.URL = "unix:///var/run/docker.sock"
	}
	s.TLSDir = cmp.Or(s.TLSDir, filepath.Join(filepath.Dir(s.Checks.ConfigFile), "tls"))
	s.LogSize = cmp.Or(s.LogSize, "10m")
	s.LogFiles = cmp.Or(s.LogFiles, 3)
	s.Timeout = cmp.Or(s.Timeout, time.Minute)
	if s.Told == nil {
		s.Told = func(string) {}
	}
	return s
}

// Plan looks at this machine and its engine and says what to change. It changes nothing.
// A machine that can't be set up is a *dockerhv.Error: a configuration that can't be read
// is dockerhv.ErrInvalid, and a CA of somebody else's that signs nothing for us
// dockerhv.ErrConflict.
func (s Setup) Plan(ctx context.Context) (Plan, error) {
	s = s.complete()
	f := s.Checks.Gather(ctx, s.Endpoint)
	if f.Machine == nil {
		return Plan{}, s.refuse(dockerhv.ErrConflict, "run the set-up on the host itself, with the endpoint of its own socket",
			fmt.Errorf("the engine at %s is not this machine's", s.Endpoint))
	}
	if err := s.unfit(f); err != nil {
		return Plan{}, err
	}
	var p Plan
	for _, step := range []func(Facts, *Plan) error{s.planInstall, s.planName, s.planListener, s.planConfig} {
		if err := step(f, &p); err != nil {
			return Plan{}, err
		}
	}
	s.planRestart(f, &p)
	p.Notes = append(p.Notes, s.notes(f, p)...)
	return p, nil
}

// unfit says why a machine can't be set up.
func (s Setup) unfit(f Facts) error {
	switch {
	case errors.Is(f.Open, dockerhv.ErrDenied), errors.Is(f.Machine.ConfigErr, fs.ErrPermission):
		return s.refuse(dockerhv.ErrDenied, "run the set-up as root", cmp.Or(f.Machine.ConfigErr, f.Open))
	case f.Machine.ConfigErr != nil:
		return s.refuse(dockerhv.ErrInvalid, "mend the file first", f.Machine.ConfigErr)
	case errors.Is(f.Open, errors.ErrUnsupported):
		return s.refuse(errors.ErrUnsupported, "upgrade it to Docker Engine 20.10 or newer first", f.Open)
	}
	return nil
}

func (s Setup) refuse(class error, next string, err error) error {
	return &dockerhv.Error{Op: "set up host", Host: s.Endpoint.String(), Class: class, Err: err, Next: next}
}

// planInstall installs the engine of the distribution's packages, with what confines
// instances and what registries are known by, and nothing else that comes along.
func (s Setup) planInstall(f Facts, p *Plan) error {
	if f.Host != nil {
		return nil
	}
	if _, err := exec.LookPath("dockerd"); err == nil {
		return nil
	}
	if _, err := exec.LookPath("apt-get"); err != nil {
		return s.refuse(dockerhv.ErrNotFound, "install Docker Engine as docs.docker.com/engine/install says", errors.New("there is no engine, and no apt-get to install one"))
	}
	p.Install = [][]string{{"apt-get", "update"}, {"apt-get", "install", "-y", "--no-install-recommends", "docker.io", "apparmor", "ca-certificates"}}
	return nil
}

// planName has the machine resolve its own name, by the line that Debian's installer
// writes.
func (s Setup) planName(f Facts, p *Plan) error {
	if f.Machine.Resolves == nil || f.Machine.Name == "" {
		return nil
	}
	path := s.at("/etc/hosts")
	before, err := readFile(path)
	if err != nil {
		return err
	}
	after := bytes.Clone(before)
	if len(after) > 0 && after[len(after)-1] != '\n' {
		after = append(after, '\n')
	}
	after = fmt.Appendf(after, "127.0.1.1\t%s\n", f.Machine.Name)
	p.Changes = append(p.Changes, Change{Path: path, Before: before, After: after, Mode: 0o644, Why: "the machine resolves its own name"})
	return nil
}

// planConfig changes what the engine reads when it starts.
func (s Setup) planConfig(f Facts, p *Plan) error {
	wanted, err := s.configure(f)
	if err != nil {
		return err
	}
	path := s.Checks.ConfigFile
	before, err := readFile(path)
	if err != nil {
		return err
	}
	if wanted.equal(f.Machine.Config) {
		return nil
	}
	after, err := json.MarshalIndent(wanted, "", "  ")
	if err != nil {
		return err
	}
	p.Changes = append(p.Changes, Change{Path: path, Before: before, After: append(after, '\n'), Mode: 0o644, Restarts: true, Why: "the engine's configuration"})
	return nil
}

// configure returns the configuration as it should be.
func (s Setup) configure(f Facts) (Config, error) {
	c := f.Machine.Config
	var err error
	set := func(name string, value any) {
		if err == nil {
			c, err = c.with(name, value)
		}
	}
	if on, _, _ := setting[bool](c, "live-restore"); !on && (f.Host == nil || f.Host.Swarm != "active") {
		set("live-restore", true)
	}
	if opts := s.logOpts(c); opts != nil {
		set("log-opts", opts)
	}
	if s.AddressPools != nil {
		pools := make([]map[string]any, 0, len(s.AddressPools))
		for _, pool := range s.AddressPools {
			pools = append(pools, map[string]any{"base": pool.Base.String(), "size": pool.Size})
		}
		set("default-address-pools", pools)
	}
	if s.Listen.IsValid() {
		hosts, _, hostsErr := setting[[]string](c, "hosts")
		err = errors.Join(err, hostsErr)
		set("hosts", s.listeners(hosts))
		set("tlsverify", true)
		set("tlscacert", filepath.Join(s.TLSDir, caFile))
		set("tlscert", filepath.Join(s.TLSDir, serverCertFile))
		set("tlskey", filepath.Join(s.TLSDir, serverKeyFile))
	}
	if err != nil {
		return Config{}, s.refuse(dockerhv.ErrInvalid, "mend the file first", err)
	}
	return c, nil
}

// logOpts are the options of the log driver as they should be; nil leaves them.
func (s Setup) logOpts(c Config) map[string]string {
	logDriver, _, _ := setting[string](c, "log-driver")
	opts, _, err := setting[map[string]string](c, "log-opts")
	if err != nil || opts["max-size"] != "" || logDriver != "" && logDriver != logJSON {
		return nil
	}
	wanted := map[string]string{"max-size": s.LogSize, "max-file": strconv.Itoa(s.LogFiles)}
	maps.Copy(wanted, opts)
	return wanted
}

// planRestart has the engine read what has changed, or starts it.
func (s Setup) planRestart(f Facts, p *Plan) {
	if f.Host != nil && !p.restarts() {
		return
	}
	p.Restart = s.restartCommands()
}

// restartCommands restart the engine, or start it.
func (s Setup) restartCommands() [][]string {
	switch {
	case s.Restart != nil:
		return [][]string{s.Restart}
	case s.systemd():
		return [][]string{{"systemctl", "daemon-reload"}, {"systemctl", "restart", "docker"}}
	}
	// Debian's script can't restart what does not run, nor what ended by itself.
	return [][]string{{"sh", "-c", "service docker stop; service docker start"}}
}

// notes say what the plan can't do.
func (s Setup) notes(f Facts, p Plan) []string {
	var notes []string
	if s.Listen.IsValid() && len(p.Changes) > 0 {
		notes = append(notes, fmt.Sprintf("let the orchestrator alone reach port %d, by the firewall; give it ca.pem, cert.pem and key.pem of %s", s.Listen.Port(), s.TLSDir),
			"keep ca-key.pem off the host: it is needed again when the certificates are renewed, which this does when they are about to expire")
	}
	if f.Host == nil {
		return notes
	}
	if p.Restart != nil && s.interrupts(f) {
		notes = append(notes, fmt.Sprintf("the restart stops %d instances, for the engine has no live-restore yet", f.Host.Running+f.Host.Paused))
	}
	r := Judge(f, s.Checks)
	for _, check := range []string{"platform", "cgroup", "limits", "security", "storage", "disk", "memory", "addresses", "forwarding", "registries", "identity"} {
		if found := r.Find(check); found.Remedy != "" && (check != "addresses" || s.AddressPools == nil) {
			notes = append(notes, fmt.Sprintf("%s: %s; %s", check, found.Detail, found.Remedy))
		}
	}
	return notes
}

// interrupts tells whether a restart of the engine stops something.
func (s Setup) interrupts(f Facts) bool {
	return f.Host != nil && !f.Host.LiveRestore && f.Host.Running+f.Host.Paused > 0
}

func (s Setup) systemd() bool {
	_, err := os.Stat(s.at("/run/systemd/system"))
	return err == nil
}

// at returns where a file of the machine is.
func (s Setup) at(path string) string { return filepath.Join(cmp.Or(s.root, "/"), path) }

// listeners returns the addresses to listen on: those of before with the asked one.
func (s Setup) listeners(before []string) []string {
	if len(before) == 0 {
		before = []string{"unix:///var/run/docker.sock"}
		if s.systemd() {
			before = []string{"fd://"} // the socket that systemd opens
		}
	}
	wanted := "tcp://" + s.Listen.String()
	if slices.Contains(before, wanted) {
		return before
	}
	return append(before, wanted)
}

// names are what the host's certificate must be good for.
func (s Setup) names(f Facts) []string {
	names := append([]string{"localhost", "127.0.0.1"}, s.Names...)
	if f.Machine.Name != "" {
		names = append(names, f.Machine.Name)
	}
	if address := s.Listen.Addr(); !address.IsUnspecified() {
		names = append(names, net.IP(address.AsSlice()).String())
	}
	return names
}

// readFile returns a file's content, nil if it is not there.
func readFile(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if data == nil && err == nil {
		data = []byte{}
	}
	return data, err
}
