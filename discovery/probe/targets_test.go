package probe

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
)

func TestHosts(t *testing.T) {
	for prefix, want := range map[string]string{
		"192.0.2.5/32":       "[192.0.2.5]",
		"192.0.2.4/31":       "[192.0.2.4 192.0.2.5]",
		"192.0.2.7/30":       "[192.0.2.5 192.0.2.6]",
		"255.255.255.254/31": "[255.255.255.254 255.255.255.255]",
		"255.255.255.255/30": "[255.255.255.253 255.255.255.254]",
		"fd00::/127":         "[fd00:: fd00::1]",
		"fd00::4/126":        "[fd00::4 fd00::5 fd00::6 fd00::7]",
	} {
		if got := fmt.Sprint(slices.Collect(hosts(netip.MustParsePrefix(prefix)))); got != want {
			t.Errorf("%s has %s; want %s", prefix, got, want)
		}
	}
}
