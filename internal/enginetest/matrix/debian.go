package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// included is what an engine needs beyond Debian's base; docker.io brings dockerd, containerd and runc, and git is
// what BuildKit fetches repositories with.
const included = "docker.io,iptables,ca-certificates,git"

// recipe is how the root of a suite is made, but for the mirror, and the first line of the list of its packages.
func recipe(suite string) string {
	return fmt.Sprintf("debootstrap --variant=minbase --include=%s %s\n", included, suite)
}

// install makes dir/root, a Debian with Docker, and dir/packages, and writes what happens to a log.
func install(ctx context.Context, suite, dir, logPath string) error {
	program, err := enginetest.FindProgram("debootstrap")
	if err != nil {
		return errors.New("no debootstrap: install it (apt-get install debootstrap)")
	}
	log, err := os.Create(logPath)
	if err != nil {
		return err
	}
	defer log.Close()
	fmt.Fprintf(os.Stderr, "matrix: making a root of Debian %s, which takes a minute or so; see %s\n", suite, logPath)
	root := filepath.Join(dir, "root")
	// In namespaces of its own, so that it leaves neither mounts nor processes, however it ends.
	args := []string{
		"--mount", "--propagation=private", "--pid", "--fork", "--mount-proc", "--kill-child",
		program, "--variant=minbase", "--include=" + included, suite, root,
	}
	if from := mirror(ctx); from != "" {
		args = append(args, from)
	}
	command := exec.CommandContext(ctx, "unshare", args...)
	command.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C")
	command.Stdout, command.Stderr = log, log
	if err := command.Run(); err != nil {
		return fmt.Errorf("debootstrap: %w: %s", errors.Join(context.Cause(ctx), err), complaint(logPath))
	}
	return finish(ctx, suite, dir)
}

// finish removes what only apt needs, and lists the packages.
func finish(ctx context.Context, suite, dir string) error {
	root := filepath.Join(dir, "root")
	for _, needless := range []string{"var/cache/apt", "var/lib/apt/lists"} {
		if err := os.RemoveAll(filepath.Join(root, needless)); err != nil {
			return err
		}
	}
	list := exec.CommandContext(ctx, "dpkg-query", "--admindir="+filepath.Join(root, "var/lib/dpkg"),
		"--show", "--showformat=${Package} ${Version}\n")
	installed, err := list.Output()
	if err != nil {
		return fmt.Errorf("dpkg-query: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "packages"), []byte(recipe(suite)+string(installed)), 0o644); err != nil {
		return err
	}
	// A machine that stops now must not find files without content in a root that has its name already.
	if err := exec.CommandContext(ctx, "sync", "--file-system", root).Run(); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	return nil
}

// mirror is where apt gets Debian from on this machine; empty where that is not known.
func mirror(ctx context.Context) string {
	targets := exec.CommandContext(ctx, "apt-get", "indextargets", "--format", "$(REPO_URI)",
		"Created-By: Packages", "Origin: Debian", "Label: Debian", "Component: main")
	output, err := targets.Output()
	if err != nil {
		return ""
	}
	first, _, _ := bytes.Cut(output, []byte("\n"))
	return string(first)
}

// complaint is debootstrap's last line about an error, or just its last.
func complaint(logPath string) string {
	log, err := os.ReadFile(logPath)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(log)), "\n")
	for _, line := range slices.Backward(lines) {
		if strings.HasPrefix(line, "E: ") {
			return line
		}
	}
	return lines[len(lines)-1]
}
