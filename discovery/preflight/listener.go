package preflight

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dockerhv/dockerhv"
)

// The files of the certificates; those of the client are named as DOCKER_CERT_PATH wants
// them.
const (
	caFile         = "ca.pem"
	caKeyFile      = "ca-key.pem"
	serverCertFile = "server-cert.pem"
	serverKeyFile  = "server-key.pem"
	clientCertFile = "cert.pem"
	clientKeyFile  = "key.pem"
)

// planListener makes the certificates that are missing or about to expire, and has systemd
// leave the listeners to the configuration.
func (s Setup) planListener(f Facts, p *Plan) error {
	if !s.Listen.IsValid() {
		return nil
	}
	if err := s.planCertificates(f, p); err != nil {
		return err
	}
	return s.planUnit(p)
}

// planCertificates keeps what is good, and signs what is not with the CA of the folder.
func (s Setup) planCertificates(f Facts, p *Plan) error {
	files := make(map[string][]byte)
	for _, name := range []string{caFile, caKeyFile, serverCertFile, serverKeyFile, clientCertFile, clientKeyFile} {
		data, err := readFile(filepath.Join(s.TLSDir, name))
		if err != nil {
			return err
		}
		files[name] = data
	}
	now := time.Now()
	made := make(map[string][]byte)
	ca, err := parseAuthority(files[caFile], files[caKeyFile])
	if files[caFile] == nil && files[caKeyFile] == nil {
		ca, err = newAuthority(now)
		made[caFile], made[caKeyFile] = ca.certPEM, ca.keyPEM
	}
	if err == nil && now.Add(expiresSoon).After(ca.cert.NotAfter) {
		err = fmt.Errorf("it expires at %s", ca.cert.NotAfter.Format(time.RFC3339))
	}
	if err != nil {
		return s.refuse(dockerhv.ErrInvalid, "mend or remove the files, or choose another folder", fmt.Errorf("the CA in %s: %w", s.TLSDir, err))
	}
	for _, want := range []struct {
		cert, key string
		leaf      leaf
	}{
		{serverCertFile, serverKeyFile, leaf{server: true, name: f.Machine.Name, names: s.names(f)}},
		{clientCertFile, clientKeyFile, leaf{name: "orchestrator"}},
	} {
		bad := ca.check(want.leaf, files[want.cert], files[want.key], now)
		switch {
		case bad == nil:
		case ca.key == nil && !want.leaf.server:
			// Whoever has the CA's key makes the clients' certificates.
		case ca.key == nil:
			return s.refuse(dockerhv.ErrConflict, fmt.Sprintf("put %s and %s there that it has signed for %s, or its %s",
				want.cert, want.key, strings.Join(want.leaf.names, ", "), caKeyFile),
				fmt.Errorf("the CA in %s has no key to sign with, and %s: %w", s.TLSDir, want.cert, bad))
		default:
			if made[want.cert], made[want.key], err = ca.sign(want.leaf, now); err != nil {
				return err
			}
		}
	}
	for _, name := range []string{caFile, caKeyFile, serverCertFile, serverKeyFile, clientCertFile, clientKeyFile} {
		if data, ok := made[name]; ok {
			p.Changes = append(p.Changes, s.certificate(name, files[name], data))
		}
	}
	return nil
}

// certificate is the change that writes a file of the certificates.
func (s Setup) certificate(name string, before, after []byte) Change {
	c := Change{
		Path: filepath.Join(s.TLSDir, name), Before: before, After: after, Mode: 0o644, Secret: true, Why: "a certificate",
		Restarts: name != caKeyFile && name != clientCertFile && name != clientKeyFile,
	}
	if strings.HasSuffix(name, "key.pem") {
		c.Mode, c.Why = 0o600, "a private key, which is not shown"
	}
	return c
}

// unitFiles are where systemd has the engine's unit, the first that is there counts.
var unitFiles = []string{
	"/etc/systemd/system/docker.service", "/lib/systemd/system/docker.service", "/usr/lib/systemd/system/docker.service",
}

// dropIn is the file that changes the unit.
const dropIn = "/etc/systemd/system/docker.service.d/dockerhv.conf"

// planUnit takes listeners out of the command that systemd starts the engine by: an engine
// that has them on its command line and in its configuration, too, does not start.
func (s Setup) planUnit(p *Plan) error {
	if !s.systemd() {
		return nil
	}
	if p.Install != nil {
		p.Notes = append(p.Notes, "what systemd must change of the engine's listeners is planned when the engine is installed")
		return nil
	}
	command, err := s.startCommand()
	if err != nil {
		return err
	}
	without := withoutHosts(command)
	if without == command {
		return nil
	}
	path := s.at(dropIn)
	before, err := readFile(path)
	if err != nil {
		return err
	}
	p.Changes = append(p.Changes, Change{
		Path: path, Before: before, After: fmt.Appendf(nil, "[Service]\nExecStart=\nExecStart=%s\n", without), Mode: 0o644,
		Restarts: true, Why: "systemd leaves the listeners to the engine's configuration",
	})
	return nil
}

// startCommand is the command that systemd starts the engine by: the last that the unit
// or a file beside it gives.
func (s Setup) startCommand() (string, error) {
	var unit []byte
	for _, file := range unitFiles {
		data, err := readFile(s.at(file))
		if err != nil {
			return "", err
		}
		if unit = data; unit != nil {
			break
		}
	}
	if unit == nil {
		return "", s.refuse(dockerhv.ErrNotFound, "say with Restart how the engine is started", errors.New("systemd has no unit docker.service"))
	}
	changes, err := filepath.Glob(s.at("/etc/systemd/system/docker.service.d/*.conf"))
	if err != nil {
		return "", err
	}
	slices.Sort(changes)
	command := execStart("", unit)
	for _, file := range changes {
		data, err := readFile(file)
		if err != nil {
			return "", err
		}
		command = execStart(command, data)
	}
	return command, nil
}

// execStart returns the last command of a unit, or the one of before. A line that ends
// with a backslash goes on in the next.
func execStart(before string, unit []byte) string {
	for line := range strings.Lines(strings.ReplaceAll(string(unit), "\\\n", " ")) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if value = strings.TrimSpace(value); ok && strings.TrimSpace(name) == "ExecStart" && value != "" {
			before = value
		}
	}
	return before
}

// withoutHosts takes the listeners out of a command line.
func withoutHosts(command string) string {
	var kept []string
	words := strings.Fields(command)
	for i := 0; i < len(words); i++ {
		switch word := words[i]; {
		case word == "-H" || word == "--host":
			i++
		case strings.HasPrefix(word, "-H") || strings.HasPrefix(word, "--host="):
		default:
			kept = append(kept, word)
		}
	}
	return strings.Join(kept, " ")
}
