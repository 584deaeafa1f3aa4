package docker_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv/driver"
)

// 93: on a manager of a swarm there are overlay networks, which instances may use.
func TestOverlay(t *testing.T) {
	e, d, image := private(t, nil)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", strings.TrimPrefix(e.Endpoint(), "unix://"))
	}}}
	body := `{"ListenAddr":"127.0.0.1:2377","AdvertiseAddr":"127.0.0.1","DataPathAddr":"127.0.0.1"}`
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://engine/swarm/init", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("make a swarm: %s", response.Status)
	}
	network(t, d, driver.NetworkSpec{ID: "wide", Driver: driver.NetworkOverlay, MTU: 1300})
	spec := sleeper("i1", image)
	spec.NICs = []driver.NIC{{Network: "wide"}}
	create(t, d, spec)
	start(t, d, "i1")
	if nic := inspect(t, d, "i1").NICs[0]; nic.Network != "wide" || !nic.IPv4.IsValid() {
		t.Errorf("the NIC is %+v", nic)
	}
	if out := said(t, d, "i1", "ip", "link", "show", "eth0"); !strings.Contains(out, "mtu 1250") { // 1300 but what VXLAN takes
		t.Errorf("another MTU inside:\n%s", out)
	}
}
