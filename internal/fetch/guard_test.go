package fetch

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

func TestGuard(t *testing.T) {
	private := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, test := range []struct {
		name, addrs string
		allow       []netip.Prefix
		ok          bool
	}{
		{name: "public", ok: true, addrs: `1.1.1.1 ::ffff:1.1.1.1 64:ff9b::1.1.1.1 2606:4700::1111
			172.15.255.255 172.32.0.0 100.63.255.255 100.128.0.0 169.253.0.1 223.255.255.255`},
		{name: "special IPv4", addrs: `0.0.0.0 0.1.2.3 127.0.0.1 127.255.255.254 10.0.0.1 172.16.0.1 172.31.255.255
			192.168.1.1 100.64.0.1 100.100.100.200 100.127.255.255 169.254.169.254 169.254.170.2 168.63.129.16
			192.0.0.192 192.0.2.1 192.88.99.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255
			240.0.0.1 255.255.255.255`},
		{name: "special IPv6", addrs: `:: ::1 fe80::1 fe80::1%eth0 fec0::1 fc00::1 fd00:ec2::254 ff02::1
			2001::1 2001:10::1 2001:db8::1 3fff::1 100::1 5f00::1 4000::1`},
		{name: "hidden IPv4", addrs: `::127.0.0.1 ::ffff:127.0.0.1 ::ffff:169.254.169.254 64:ff9b::127.0.0.1
			64:ff9b::a9fe:a9fe 64:ff9b:1::1.1.1.1 2002:7f00:1:: 2002:0101:0101::`},
		{name: "allowed", allow: private, ok: true, addrs: `10.1.2.3 ::ffff:10.1.2.3 64:ff9b::10.1.2.3 fd00::1 1.1.1.1`},
		{name: "not allowed", allow: private, addrs: `192.168.0.1 64:ff9b::192.168.0.1 127.0.0.1 fc00::1`},
	} {
		for addr := range strings.FieldsSeq(test.addrs) {
			err := guard{allow: test.allow}.check(netip.MustParseAddr(addr))
			if (err == nil) != test.ok || (err != nil && !errors.Is(err, dockerhv.ErrDenied)) {
				t.Errorf("%s, %s: %v", test.name, addr, err)
			}
		}
	}
	if err := (guard{}).control(t.Context(), "tcp", "name:80", nil); !errors.Is(err, dockerhv.ErrDenied) {
		t.Errorf("what is no address: %v", err)
	}
}

// TestRebinding has a name that is at a public address when it is first looked
// up, as by a check, and at a server of this host the next time.
func TestRebinding(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the server was asked")
	}))
	defer server.Close()
	resolver := rebind(t, netip.MustParseAddr("1.1.1.1"), netip.MustParseAddr("127.0.0.1"))
	first, err := resolver.LookupNetIP(t.Context(), "ip4", "rebinding.test")
	if err != nil || len(first) != 1 || (guard{}).check(first[0]) != nil {
		t.Fatalf("first look-up: %v, %v", first, err)
	}
	dialer := newDialer(template.Download{})
	dialer.Resolver = resolver
	transport := newTransport(template.Download{})
	transport.DialContext = dialer.DialContext
	u := &url.URL{Scheme: "http", Host: "rebinding.test:" + server.URL[len("http://127.0.0.1:"):]}
	response, err := follow(t.Context(), transport, u, 0)
	if err == nil {
		_ = response.Body.Close()
	}
	var address *AddressError
	if !errors.As(err, &address) || address.Addr != netip.MustParseAddr("127.0.0.1") {
		t.Errorf("the second look-up was not refused: %v", err)
	}
}

// rebind returns a resolver whose server answers with the first address once and
// then with the second.
func rebind(t *testing.T, first, then netip.Addr) *net.Resolver {
	t.Helper()
	server, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	var asked atomic.Int32
	go func() {
		packet := make([]byte, 512)
		for {
			n, from, err := server.ReadFrom(packet)
			if err != nil {
				return
			}
			addr := first
			if isA(packet[:n]) && asked.Add(1) > 1 {
				addr = then
			}
			_, _ = server.WriteTo(answer(packet[:n], addr), from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
}

const (
	dnsHeader = 12
	dnsA      = 1
)

// question returns the end of a query's only question.
func question(query []byte) int {
	end := dnsHeader
	for query[end] != 0 {
		end += int(query[end]) + 1
	}
	return end + 5
}

func isA(query []byte) bool {
	return binary.BigEndian.Uint16(query[question(query)-4:]) == dnsA
}

// answer is the smallest answer to a query: an address if it asks for one of
// IPv4, else none.
func answer(query []byte, addr netip.Addr) []byte {
	end := question(query)
	reply := append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, query[dnsHeader:end]...)
	if !isA(query) {
		return reply
	}
	reply[7] = 1
	reply = append(reply, 0xc0, dnsHeader, 0, dnsA, 0, 1, 0, 0, 0, 0, 0, 4)
	return append(reply, addr.AsSlice()...)
}

// FuzzURL proves that what may be dialled and shown of any URL and any redirect
// is what the package promises.
func FuzzURL(f *testing.F) {
	for _, seed := range []string{
		"http://host/path?token=secret#frag", "//user:pass@host", "https://host", "file:///etc/passwd", "http://[::1%25eth0]:80/",
		"../up?q", "http:opaque?x", "?q#f", "http://h/%3F%23%40?q", "javascript:x", "http://a@b@c/", "\\\\host\\share",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if shown, err := url.Parse(Redact(raw)); err == nil &&
			(shown.User != nil || shown.RawQuery != "" || shown.Fragment != "") {
			t.Errorf("%q is shown as %q", raw, shown)
		}
		for _, from := range []string{"http://first.test/a/b?token=secret", "https://first.test/"} {
			base, _ := url.Parse(from)
			response := &http.Response{Header: http.Header{"Location": {raw}}}
			to, err := target(response, base)
			if err != nil {
				if !errors.Is(err, dockerhv.ErrDenied) {
					t.Errorf("%q: %v", raw, err)
				}
				continue
			}
			downgraded := base.Scheme == "https" && to.Scheme == "http"
			if downgraded || to.Scheme != "http" && to.Scheme != "https" || to.Host == "" || to.User != nil {
				t.Errorf("%q leads to %q", raw, to)
			}
		}
	})
}
