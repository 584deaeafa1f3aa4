package local_test

import (
	"maps"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery/local"
	"github.com/dockerhv/dockerhv/driver"
)

func TestHost(t *testing.T) {
	const remote, tunnel = "tcp://192.0.2.1:2376", "tcp://127.0.0.1:2375"
	tests := []struct {
		name  string
		host  string
		d     local.Discoverer
		url   string // what it becomes
		class error
		text  string
	}{
		{name: "unix", host: "unix:///run/x.sock", url: "unix:///run/x.sock"},
		{name: "ssh is passed through", host: "ssh://u@h:22/run/x.sock", url: "ssh://u@h:22/run/x.sock"},
		{name: "npipe", host: "npipe:////./pipe/docker_engine", url: "npipe:////./pipe/docker_engine"},
		{name: "surrounded by spaces", host: " unix:///run/x.sock\n", url: "unix:///run/x.sock"},
		{name: "plain text on this machine", host: tunnel, url: tunnel},
		{name: "plain text with consent", host: remote, d: local.Discoverer{AllowPlaintext: true}, url: remote},
		{
			name: "plain text without consent", host: remote, class: dockerhv.ErrDenied,
			text: "use DOCKER_HOST: plain text would make whoever reaches 192.0.2.1:2376 root there; " +
				"give it a TLS identity, or consent with Discoverer.AllowPlaintext",
		},
		{
			name: "no port", host: "tcp://192.0.2.1", class: dockerhv.ErrInvalid,
			text: "use DOCKER_HOST: endpoint.url: names no host and port; write tcp://host:2376",
		},
		{
			name: "a password", host: "ssh://u:secret@h", class: dockerhv.ErrInvalid,
			text: "use DOCKER_HOST: endpoint.url: holds a password; use a key or a TLS identity",
		},
		{
			name: "a path alone", host: "/var/run/docker.sock", class: dockerhv.ErrInvalid,
			text: `use DOCKER_HOST: endpoint.url: has the scheme ""; use unix, tcp, ssh or npipe`,
		},
		{
			name: "spaces alone", host: " ", class: dockerhv.ErrInvalid,
			text: `use DOCKER_HOST: endpoint.url: has the scheme ""; use unix, tcp, ssh or npipe`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.d.Getenv = environment{"HOME": t.TempDir(), "DOCKER_HOST": tt.host}.get
			got, err := discover(t, tt.d)
			checkError(t, err, tt.class, tt.text)
			var want []driver.Endpoint
			if tt.url != "" {
				want = endpoints(driver.Endpoint{
					URL: tt.url, Source: "DOCKER_HOST", AllowPlaintext: tt.d.AllowPlaintext,
				})
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Discover (-want +got):\n%s", diff)
			}
		})
	}
}

// TestIdentity: what each TLS variable means, beside DOCKER_HOST.
func TestIdentity(t *testing.T) {
	home, certs, half, empty := t.TempDir(), t.TempDir(), t.TempDir(), t.TempDir()
	config := filepath.Join(home, ".docker")
	for _, name := range []string{"ca.pem", "cert.pem", "key.pem"} {
		writeFile(t, filepath.Join(config, name), "PEM")
		writeFile(t, filepath.Join(certs, name), "PEM")
	}
	writeFile(t, filepath.Join(half, "cert.pem"), "PEM")
	whole := func(dir string, skip bool) *driver.TLS {
		return &driver.TLS{
			CAFile: dir + "/ca.pem", CertFile: dir + "/cert.pem", KeyFile: dir + "/key.pem", SkipVerify: skip,
		}
	}
	tests := []struct {
		name string
		env  environment
		host string
		want *driver.TLS
		text string
	}{
		{name: "none", env: nil, want: nil},
		{name: "empty is unset", env: environment{"DOCKER_TLS_VERIFY": "", "DOCKER_CERT_PATH": "", "DOCKER_TLS": ""}, want: nil},
		{name: "verify", env: environment{"DOCKER_TLS_VERIFY": "1"}, want: whole(config, false)},
		{name: "verify says 0", env: environment{"DOCKER_TLS_VERIFY": "0"}, want: whole(config, false)},
		{name: "verify with a path", env: environment{"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": certs}, want: whole(certs, false)},
		{name: "verify in DOCKER_CONFIG", env: environment{"DOCKER_TLS_VERIFY": "1", "DOCKER_CONFIG": certs}, want: whole(certs, false)},
		{name: "tls alone", env: environment{"DOCKER_TLS": "1"}, want: whole(config, true)},
		{name: "tls with verify", env: environment{"DOCKER_TLS": "1", "DOCKER_TLS_VERIFY": "1"}, want: whole(config, false)},
		{name: "tls without files", env: environment{"DOCKER_TLS": "1", "DOCKER_CONFIG": empty}, want: &driver.TLS{SkipVerify: true}},
		{name: "path alone", env: environment{"DOCKER_CERT_PATH": certs}, want: whole(certs, true)},
		{name: "ignored by a socket", env: environment{"DOCKER_TLS_VERIFY": "1"}, host: "unix:///run/x.sock", want: nil},
		{name: "ignored by ssh", env: environment{"DOCKER_CERT_PATH": certs}, host: "ssh://h", want: nil},
		{
			name: "verify without an authority", env: environment{"DOCKER_TLS_VERIFY": "1", "DOCKER_CONFIG": empty},
			text: "use DOCKER_HOST: DOCKER_TLS_VERIFY is set, but " + empty + " has no ca.pem to verify the host with",
		},
		{
			name: "path without files", env: environment{"DOCKER_CERT_PATH": empty},
			text: "use DOCKER_HOST: DOCKER_CERT_PATH " + empty + " holds none of ca.pem, cert.pem and key.pem",
		},
		{
			name: "certificate without a key", env: environment{"DOCKER_CERT_PATH": half},
			text: "use DOCKER_HOST: " + half + " has only one of cert.pem and key.pem",
		},
		{
			name: "path through a file", env: environment{"DOCKER_CERT_PATH": half + "/cert.pem/x"},
			// Which of the three is looked for first is not promised.
			text: "not a directory",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env := environment{"HOME": home, "DOCKER_HOST": "tcp://127.0.0.1:2376"}
			if tt.host != "" {
				env["DOCKER_HOST"] = tt.host
			}
			maps.Copy(env, tt.env)
			got, err := discover(t, local.Discoverer{Getenv: env.get})
			if tt.text != "" {
				checkBroken(t, err, tt.text)
				return
			}
			if err != nil || len(got) != 1 {
				t.Fatalf("Discover = %v, %v, want one endpoint", got, err)
			}
			if diff := cmp.Diff(tt.want, got[0].TLS); diff != "" {
				t.Errorf("TLS (-want +got):\n%s", diff)
			}
		})
	}
}

// TestExplicit: an explicit endpoint is taken as it is.
func TestExplicit(t *testing.T) {
	certs := t.TempDir()
	for _, name := range []string{"ca.pem", "cert.pem", "key.pem"} {
		writeFile(t, filepath.Join(certs, name), "PEM")
	}
	env := environment{"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": certs, "DOCKER_HOST": "ssh://other"}
	tests := []struct{ name, source, want string }{
		{"without a source", "", "explicit"},
		{"with a source", "the flag --host", "the flag --host"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			given := driver.Endpoint{Name: "mine", URL: "tcp://localhost:2375", Source: tt.source}
			got, err := discover(t, local.Discoverer{Explicit: given, Getenv: env.get})
			given.Source = tt.want
			if diff := cmp.Diff(endpoints(given), got); diff != "" || err != nil {
				t.Errorf("Discover: %v (-want +got):\n%s", err, diff)
			}
		})
	}
}
