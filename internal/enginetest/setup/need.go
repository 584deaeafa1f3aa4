package main

import (
	"cmp"
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// A need is something that a machine has or lacks, and the Debian packages that bring it.
type need struct {
	packages []string
	met      func(context.Context) bool
}

var (
	busybox      = need{packages: []string{"busybox-static"}, met: canMakeImages}
	engine       = need{packages: []string{"docker.io", "iptables"}, met: canRunEngines}
	ssh          = need{packages: []string{"openssh-client", "openssh-server"}, met: canServeSSH}
	compiler     = need{packages: []string{"gcc", "libc6-dev"}, met: canCompile}
	archiver     = need{packages: []string{"bzip2", "skopeo", "umoci", "xz-utils", "zstd"}, met: canArchive}
	repositories = need{packages: []string{"git"}, met: canServeGit}
	names        = need{packages: []string{"dnsmasq-base"}, met: canServeNames}

	debootstrap = need{packages: []string{"debootstrap"}, met: canMakeRoots}
)

// missing lists the packages of the needs that are not met.
func missing(ctx context.Context, needs []need) (packages []string) {
	for _, n := range needs {
		if !n.met(ctx) {
			packages = append(packages, n.packages...)
		}
	}
	slices.Sort(packages)
	return packages
}

func canMakeImages(context.Context) bool {
	_, err := enginetest.Busybox()
	return err == nil
}

func canRunEngines(context.Context) bool {
	_, err := enginetest.FindProgram("iptables")
	return err == nil && enginetest.Installed()
}

func canServeSSH(context.Context) bool {
	_, clientErr := enginetest.FindProgram("ssh")
	_, serverErr := enginetest.FindProgram("sshd")
	return clientErr == nil && serverErr == nil
}

// canArchive asks for the programs that make the archives of the tests: other authors' than those that read them.
func canArchive(context.Context) bool {
	for _, name := range []string{"bzip2", "skopeo", "umoci", "xz", "zstd"} {
		if _, err := enginetest.FindProgram(name); err != nil {
			return false
		}
	}
	return true
}

func canServeGit(context.Context) bool {
	_, err := enginetest.FindProgram("git")
	return err == nil
}

func canServeNames(context.Context) bool {
	_, err := enginetest.FindProgram("dnsmasq")
	return err == nil
}

func canMakeRoots(context.Context) bool {
	_, err := enginetest.FindProgram("debootstrap")
	return err == nil
}

// canCompile asks the compiler that Go would use for a header of the C library, which is a package of its own.
func canCompile(ctx context.Context) bool {
	compiler := exec.CommandContext(ctx, cmp.Or(os.Getenv("CC"), "gcc"), "-E", "-x", "c", "-")
	compiler.Stdin = strings.NewReader("#include <stdlib.h>\n")
	return compiler.Run() == nil
}
