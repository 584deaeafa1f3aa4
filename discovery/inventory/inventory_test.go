package inventory_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery/inventory"
	"github.com/dockerhv/dockerhv/driver"
)

func write(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func discover(t testing.TB, path string) (found []driver.Endpoint, failures []error) {
	t.Helper()
	for e, err := range (inventory.Discoverer{Path: path}).Discover(t.Context()) {
		if err != nil {
			failures = append(failures, err)
			continue
		}
		found = append(found, e)
	}
	return found, failures
}

// TestDiscover: all keys reach the endpoint; files are relative to the inventory, or not.
func TestDiscover(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"ca.pem", "cert.pem", "key.pem"} {
		write(t, filepath.Join(folder, name), "PEM")
	}
	path := filepath.Join(folder, "hosts.yaml")
	write(t, path, `
hosts:
  - name: whole
    url: tcp://192.0.2.1:2376
    tls: &identity {ca: ca.pem, cert: ./cert.pem, key: `+folder+`/key.pem, serverName: h, skipVerify: true}
    labels: {rack: r1, "7": 8}
  - {url: tcp://192.0.2.2:2376, tls: *identity}
  - {url: tcp://192.0.2.3:2376, tls: {}}
  - {url: tcp://192.0.2.4:2375, allowPlaintext: true}
  - {url: unix:///run/x.sock}
`)
	identity := &driver.TLS{
		CAFile: folder + "/ca.pem", CertFile: folder + "/cert.pem", KeyFile: folder + "/key.pem",
		ServerName: "h", SkipVerify: true,
	}
	want := []driver.Endpoint{
		{Name: "whole", URL: "tcp://192.0.2.1:2376", TLS: identity, Labels: map[string]string{"rack": "r1", "7": "8"}},
		{URL: "tcp://192.0.2.2:2376", TLS: identity},
		{URL: "tcp://192.0.2.3:2376", TLS: &driver.TLS{}},
		{URL: "tcp://192.0.2.4:2375", AllowPlaintext: true},
		{URL: "unix:///run/x.sock"},
	}
	for n := range want {
		want[n].Source = inventory.Source
	}
	found, failures := discover(t, path)
	if diff := cmp.Diff(want, found); diff != "" || failures != nil {
		t.Errorf("Discover: %v (-want +got):\n%s", failures, diff)
	}
}

// TestWrong: what is wrong is told with its line, and does not hide the host beside it.
func TestWrong(t *testing.T) {
	const good = "hosts:\n- url: ssh://good\n"
	tests := []struct {
		name, content string
		class         error
		want          []string // each error, after the path
		hidden        bool     // the good host is not found
	}{
		{name: "empty", hidden: true, want: []string{`it is empty; write "hosts: []" for no hosts`}},
		{name: "comments alone", content: "# none\n", hidden: true, want: []string{`it is empty; write "hosts: []" for no hosts`}},
		{name: "no mapping", content: "- url: ssh://h", hidden: true, want: []string{"line 1: inventory: has to be a mapping of hosts"}},
		{name: "no hosts", content: "{}", hidden: true, want: []string{`line 1: hosts: has to be a list; write "hosts: []" for no hosts`}},
		{name: "hosts of nothing", content: "\nhosts:\n", hidden: true, want: []string{`line 2: hosts: has to be a list; write "hosts: []" for no hosts`}},
		{name: "another key", content: good + "host: []\n", hidden: true, want: []string{"line 3: inventory.host: is unknown; there are hosts"}},
		{name: "hosts twice", content: good + "hosts: []\n", hidden: true, want: []string{`line 3: mapping key "hosts" already defined at line 1`}},
		{name: "two documents", content: good + "---\n" + good, hidden: true, want: []string{"line 3: hosts: is followed by a second document; write all hosts in one"}},
		{name: "no YAML", content: good + "- url: [\n", hidden: true, want: []string{"line 3: did not find expected node content"}},
		{
			name: "unknown keys", content: good + "- url: ssh://h\n  urll: x\n  label: {}\n",
			want: []string{
				"line 4: hosts[1].urll: is unknown; there are name, url, tls, allowPlaintext, labels",
				"line 5: hosts[1].label: is unknown; there are name, url, tls, allowPlaintext, labels",
			},
		},
		{name: "a key twice", content: good + "- url: ssh://h\n  url: ssh://i\n", want: []string{`line 4: mapping key "url" already defined at line 3`}},
		{name: "a list for a text", content: good + "- url: [ssh://h]\n", want: []string{"line 3: cannot unmarshal !!seq into string"}},
		{name: "a text for a host", content: good + "- ssh://h\n", want: []string{"line 3: hosts[1]: has to be a mapping of name, url, tls, allowPlaintext, labels"}},
		{name: "a text for a bool", content: good + "- url: ssh://h\n  allowPlaintext: maybe\n", want: []string{"line 4: cannot unmarshal !!str `maybe` into bool"}},
		{name: "no url", content: good + "- name: x\n", want: []string{`line 3: hosts[1].url: has the scheme ""; use unix, tcp, ssh or npipe`}},
		{
			name: "plain text", content: good + "- url: tcp://192.0.2.1:2375\n", class: dockerhv.ErrDenied,
			want: []string{"line 3: hosts[1]: plain text would make whoever reaches 192.0.2.1:2375 root there; give it tls, or consent with allowPlaintext: true"},
		},
		{name: "a name twice", content: good + "- {name: \"ssh://good\", url: ssh://h}\n", want: []string{"line 3: hosts[1].name: ssh://good is the host in line 2, too; give each another name"}},
		{name: "TLS for ssh", content: good + "- url: ssh://h\n  tls: {}\n", want: []string{"line 4: hosts[1].tls: is for a tcp URL alone"}},
		{name: "TLS of nothing", content: good + "- url: tcp://h:2376\n  tls:\n", want: []string{"line 4: hosts[1].tls: has to be a mapping of ca, cert, key, serverName, skipVerify"}},
		{name: "TLS with an unknown key", content: good + "- url: tcp://h:2376\n  tls: {cacert: x}\n", want: []string{"line 4: hosts[1].tls.cacert: is unknown; there are ca, cert, key, serverName, skipVerify"}},
		{name: "half an identity", content: good + "- url: tcp://h:2376\n  tls: {cert: x}\n", want: []string{"line 4: hosts[1].tls: has only one of cert and key"}},
		{name: "a merge key", content: good + "- <<: {url: ssh://h}\n", want: []string{"line 3: hosts[1].<<: is unknown; there are name, url, tls, allowPlaintext, labels"}},
		{name: "a host in itself", content: good + "- &a {url: ssh://h, labels: *a}\n", want: []string{"anchor 'a' value contains itself"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "hosts.yaml")
			write(t, path, tt.content)
			found, failures := discover(t, path)
			var got []string
			for _, err := range failures {
				_, text, _ := strings.Cut(err.Error(), path+": ")
				got = append(got, strings.TrimPrefix(text, "yaml: "))
				if class := tt.class; !errors.Is(err, class) && (class != nil || !errors.Is(err, dockerhv.ErrInvalid)) {
					t.Errorf("%v is of another class", err)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
			if hidden := len(found) == 0; hidden != tt.hidden || len(found) > 1 {
				t.Errorf("Discover yields %v", found)
			}
		})
	}
}

// TestUnreadable: a file that can't be read says why, and no pipe is waited for.
func TestUnreadable(t *testing.T) {
	folder := t.TempDir()
	large := filepath.Join(folder, "large")
	write(t, large, "hosts: []\n")
	if err := os.Truncate(large, 9<<20); err != nil {
		t.Fatal(err)
	}
	for path, class := range map[string]error{
		filepath.Join(folder, "gone"): dockerhv.ErrNotFound, folder: dockerhv.ErrInvalid,
		"": dockerhv.ErrInvalid, large: dockerhv.ErrInvalid,
	} {
		if found, failures := discover(t, path); len(found) > 0 || len(failures) != 1 || !errors.Is(failures[0], class) {
			t.Errorf("Discover of %q = %v, %v, want a %q", path, found, failures, class)
		}
	}
	path := filepath.Join(folder, "hosts.yaml")
	write(t, path, "hosts: [{url: tcp://h:2376, tls: {ca: gone.pem}}]")
	if _, failures := discover(t, path); len(failures) != 1 || !strings.Contains(failures[0].Error(), filepath.Join(folder, "gone.pem")) {
		t.Errorf("of a TLS file that isn't there: %v", failures)
	}
}

// FuzzDiscover: whatever the file says, it makes endpoints that can be used, or errors.
func FuzzDiscover(f *testing.F) {
	for _, seed := range []string{
		"", "hosts: []", "hosts:\n- url: ssh://h\n  labels: {a: b}\n", "hosts: &a [*a]", "hosts: [&a {tls: *a}]", "a: &a\n<<: *a",
		"hosts: [{url: tcp://h:1, tls: {ca: x}}]", "hosts: [{? [] : 1}]", "--- {}\n--- {}", "hosts: !!binary x",
	} {
		f.Add([]byte(seed))
	}
	path := filepath.Join(f.TempDir(), "hosts.yaml")
	f.Fuzz(func(t *testing.T, data []byte) {
		write(t, path, string(data))
		found, _ := discover(t, path)
		for _, e := range found {
			if err := e.Validate(); err != nil {
				t.Error(err)
			}
		}
	})
}
