package repository

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"

	"github.com/docker/docker-credential-helpers/client"
	"github.com/docker/docker-credential-helpers/credentials"

	"github.com/dockerhv/dockerhv/template"
)

const (
	// helperTimeout is how long a credential helper may take, which may have to ask a
	// cloud, and must not ask a person.
	helperTimeout = 30 * time.Second
	// helperOutput is how much it may print, in bytes.
	helperOutput = 64 << 10
	// tokenUser is what helpers call the user of an identity token.
	tokenUser = "<token>"
)

var errLate = fmt.Errorf("no answer in %v", helperTimeout)

// askHelper asks a credential helper for what it has for a registry.
func askHelper(ctx context.Context, helper, registry string) (template.Credential, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, helperTimeout, errLate)
	defer cancel()
	path, err := exec.LookPath("docker-credential-" + helper)
	if err != nil {
		return template.Credential{}, fmt.Errorf("the credential helper %s is not installed: %w", helper, exec.ErrNotFound)
	}
	run := &program{ctx: ctx, path: path, output: bounded{stop: cancel}}
	found, err := client.Get(run.with, registry)
	switch {
	case run.output.full:
		return template.Credential{}, fmt.Errorf("the credential helper %s printed too much for %s", helper, registry)
	case credentials.IsErrCredentialsNotFound(err):
		return template.Credential{}, nil
	case ctx.Err() != nil:
		return template.Credential{}, fmt.Errorf("the credential helper %s did not answer for %s: %w", helper, registry, context.Cause(ctx))
	case err != nil: // whose words could have the secret in them
		return template.Credential{}, fmt.Errorf("the credential helper %s failed for %s, or printed what is no credential", helper, registry)
	case found.Username == tokenUser:
		return template.Credential{IdentityToken: found.Secret}, nil
	}
	return template.Credential{Username: found.Username, Password: found.Secret}, nil
}

// program is one run of a helper, in a process group of its own, all of which ends with
// the context.
type program struct {
	ctx    context.Context //nolint:containedctx // the library's interface has none
	path   string
	args   []string
	input  io.Reader
	output bounded
}

// with implements client.ProgramFunc.
func (p *program) with(args ...string) client.Program {
	p.args = args
	return p
}

// Input implements client.Program.
func (p *program) Input(in io.Reader) { p.input = in }

// Output implements client.Program.
func (p *program) Output() ([]byte, error) {
	command := exec.CommandContext(p.ctx, p.path, p.args...) //nolint:gosec // the user's configuration names it
	command.Stdin, command.Stdout, command.WaitDelay = p.input, &p.output, time.Second
	ownGroup(command)
	err := command.Run()
	if p.output.full || errors.Is(err, exec.ErrWaitDelay) {
		_ = endGroup(command) // what it left behind goes on
	}
	return p.output.kept.Bytes(), err
}

// bounded keeps no more than a helper may print.
type bounded struct {
	kept bytes.Buffer // which would read without a bound itself
	full bool
	stop func() // ends what goes on printing
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.kept.Len()+len(p) > helperOutput {
		b.full = true
		b.stop()
		return 0, io.ErrShortWrite
	}
	return b.kept.Write(p)
}
