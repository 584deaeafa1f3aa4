package preflight

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"strings"
)

// lookup resolves a name as the programs of this machine do, by all that nsswitch.conf
// names. Go's own resolver would not know of that, and remembers /etc/hosts for a while.
func lookup(ctx context.Context, name string) ([]string, error) {
	getent, err := exec.LookPath("getent")
	if err != nil {
		return net.DefaultResolver.LookupHost(ctx, name)
	}
	out, err := exec.CommandContext(ctx, getent, "ahosts", name).Output() //nolint:gosec // the name is this machine's
	if err != nil {
		return nil, fmt.Errorf("%s is not found: getent: %w", name, err)
	}
	var found []string
	for line := range strings.Lines(string(out)) {
		if address, _, _ := strings.Cut(line, " "); address != "" {
			found = append(found, address)
		}
	}
	return found, nil
}
