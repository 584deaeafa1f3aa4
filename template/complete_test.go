package template_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

func TestCompleteDefaults(t *testing.T) {
	sum := strings.Repeat("0a", 32)
	tests := []struct {
		name      string
		in, wants template.Registration
	}{
		{
			"what is required",
			template.Registration{ID: "t", Format: "tarfile", URL: "http://example.org/a.tar"},
			template.Registration{
				ID: "t", Name: "t", DisplayText: "t", Format: template.Tarfile, URL: "http://example.org/a.tar",
				Hypervisor: "Docker", Bits: 64,
			},
		},
		{
			"another spelling",
			template.Registration{
				ID: "t", Name: " web ", Format: " DOCKERFILE ", URL: " http://example.org/Dockerfile\n", Hypervisor: "docker",
				Checksum: "{SHA-256}" + strings.ToUpper(sum), Arch: "ARM64", Zones: []string{"-1"}, Tag: " ", Details: map[string]string{},
				Secrets: template.Secrets{},
			},
			template.Registration{
				ID: "t", Name: "web", DisplayText: "web", Format: template.Dockerfile, URL: "http://example.org/Dockerfile",
				Hypervisor: "Docker", Checksum: "sha256:" + sum, Arch: "aarch64", Bits: 64,
			},
		},
		{
			"all of it",
			template.Registration{
				ID: "t", Name: "n", DisplayText: "two\nlines", Owner: "acme/ann", Format: template.Repository, URL: "docker://a/b@sha256:" + sum,
				Hypervisor: "Docker", Arch: "x86_64", Bits: 32, Zones: []string{"z2", "z1"}, Public: true, Featured: true,
				Extractable: true, PasswordEnabled: true, SSHKeyEnabled: true, DynamicallyScalable: true, NoHVM: true,
				OSType: "os", Tag: "ssd", SortKey: -1, Details: map[string]string{"policy": "always"},
				Secrets: template.Secrets{"password": "p\x00"},
			},
			template.Registration{
				ID: "t", Name: "n", DisplayText: "two\nlines", Owner: "acme/ann", Format: template.Repository, URL: "docker://a/b@sha256:" + sum,
				Hypervisor: "Docker", Arch: "x86_64", Bits: 32, Zones: []string{"z1", "z2"}, Public: true, Featured: true,
				Extractable: true, PasswordEnabled: true, SSHKeyEnabled: true, DynamicallyScalable: true, NoHVM: true,
				OSType: "os", Tag: "ssd", SortKey: -1, Details: map[string]string{"policy": "always"},
				Secrets: template.Secrets{"password": "p\x00"},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.in.Complete()
			if diff := cmp.Diff(tt.wants, got); err != nil || diff != "" {
				t.Errorf("Complete: %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// TestComplete: each rule, with the cloud's name of the parameter and its code.
func TestComplete(t *testing.T) {
	long := func(n int) string { return strings.Repeat("é", n) }
	detail := func(name, value string) func(*template.Registration) {
		return func(r *template.Registration) { r.Details = map[string]string{name: value} }
	}
	at := func(format template.Format, url string) func(*template.Registration) {
		return func(r *template.Registration) { r.Format, r.URL = format, url }
	}
	tests := []struct {
		name   string
		change func(*template.Registration)
		field  string
		reason string // empty: it is taken
	}{
		{"no ID", func(r *template.Registration) { r.ID = "" }, "id", "is empty"},
		{"an ID with a space", func(r *template.Registration) { r.ID = "a b" }, "id", "has a space"},
		{"an ID that is too long", func(r *template.Registration) { r.ID = long(256) }, "id", "more than 255"},
		{"the longest name", func(r *template.Registration) { r.Name = long(255) }, "", ""},
		{"a name that is too long", func(r *template.Registration) { r.Name = long(256) }, "name", "more than 255"},
		{"a name with a line break", func(r *template.Registration) { r.Name = "a\nb" }, "name", "control character"},
		{"a name that is no UTF-8", func(r *template.Registration) { r.Name = "\xff" }, "name", "no UTF-8"},
		{"the longest display text", func(r *template.Registration) { r.DisplayText = long(4096) }, "", ""},
		{"a display text that is too long", func(r *template.Registration) { r.DisplayText = long(4097) }, "displaytext", "more than 4096"},
		{"a display text with an escape", func(r *template.Registration) { r.DisplayText = "\x1b[2J" }, "displaytext", "control character"},
		{"an owner that is too long", func(r *template.Registration) { r.Owner = long(256) }, "owner", "more than 255"},
		{"an OS type that is too long", func(r *template.Registration) { r.OSType = long(256) }, "ostypeid", "more than 255"},
		{"a tag that is too long", func(r *template.Registration) { r.Tag = long(256) }, "templatetag", "more than 255"},

		{"no format", func(r *template.Registration) { r.Format = "" }, "format", "use one of [Repository Dockerfile Tarfile]"},
		{"another hypervisor's format", func(r *template.Registration) { r.Format = "QCOW2" }, "format", `"QCOW2" is not`},
		{"another hypervisor", func(r *template.Registration) { r.Hypervisor = "KVM" }, "hypervisor", `"KVM" is not served; use Docker`},

		{"no URL", func(r *template.Registration) { r.URL = " " }, "url", "is empty"},
		{"the longest URL", at(template.Repository, strings.Repeat("n", 2048)), "", ""},
		{"a URL that is too long", at(template.Repository, strings.Repeat("n", 2049)), "url", "more than 2048"},
		{"a URL with a line break", at(template.Tarfile, "http://example.org/a\nb.tar"), "url", "control character"},
		{"a reference by http", at(template.Repository, "http://example.org/nginx"), "url", "is no reference"},
		{"a reference of a file", at(template.Repository, "file:///nginx"), "url", "is no reference"},
		{"a reference with a digest", at(template.Repository, "nginx:1.27@sha256:00"), "", ""},
		{"a reference with a password", at(template.Repository, "ann:hunter2@example.org/nginx"), "url", "holds a user or password"},
		{"a reference by docker with a user", at(template.Repository, "docker://ann@example.org/nginx"), "url", "holds a user or password"},
		{"a user", at(template.Tarfile, "https://ann@example.org/a.tar"), "url", "holds a user or password"},
		{"a password", at(template.Dockerfile, "https://ann:hunter2@example.org/Dockerfile"), "url", "holds a user or password"},
		{"a password of git", at(template.Dockerfile, "ssh://git:hunter2@example.org/a.git"), "url", "holds a user or password"},
		{"a user of git", at(template.Dockerfile, "ssh://git@example.org/a.git"), "", ""},
		{"a path with colon and at", at(template.Tarfile, "/a:b@c.tar"), "", ""},
		{"an at in a path", at(template.Tarfile, "https://example.org/a@b.tar"), "", ""},
		{"a Tarfile of any compression", at(template.Tarfile, "https://example.org/a.tar.zst"), "", ""},
		{"a Tarfile without a suffix", at(template.Tarfile, "https://example.org/download?id=5"), "", ""},
		{"a Tarfile with a version", at(template.Tarfile, "https://example.org/app-1.2"), "", ""},
		{"a disk image", at(template.Tarfile, "https://example.org/a.qcow2"), "url", "ends as a QCOW2 does, and the format is Tarfile"},
		{"a compressed disk image", at(template.Tarfile, "https://example.org/A.VHD.BZ2?x=a.tar#b"), "url", "ends as a VHD does"},
		{"a raw disk image", at(template.Dockerfile, "https://example.org/a.img"), "url", "ends as a RAW does"},
		{"a zip", at(template.Tarfile, "https://example.org/a.zip"), "url", "ends as a ZIP does"},
		{"a zipped tar", at(template.Tarfile, "https://example.org/a.tar.zip"), "url", "ends as a ZIP does"},
		{"a Dockerfile as a Tarfile", at(template.Tarfile, "https://example.org/Dockerfile"), "url", "ends as a Dockerfile does"},

		{"a weak checksum", func(r *template.Registration) { r.Checksum = "{MD5}x" }, "checksum", "can be forged"},
		{"an unknown arch", func(r *template.Registration) { r.Arch = "vax" }, "arch", "use x86_64, aarch64 or s390x"},
		{"16 bits", func(r *template.Registration) { r.Bits = 16 }, "bits", "use 32 or 64"},
		{"32 bits of any arch", func(r *template.Registration) { r.Bits = 32 }, "bits", "needs an arch"},
		{"32 bits of s390x", func(r *template.Registration) { r.Bits, r.Arch = 32, "s390x" }, "bits", "no engine serves"},
		{"all zones and one", func(r *template.Registration) { r.Zones = []string{"z1", "-1"} }, "zoneids", "together with others"},
		{"a zone twice", func(r *template.Registration) { r.Zones = []string{"z1", "z1"} }, "zoneids", "is there twice"},
		{"an empty zone", func(r *template.Registration) { r.Zones = []string{""} }, "zoneids", "empty zone"},
		{"a zone that is too long", func(r *template.Registration) { r.Zones = []string{long(256)} }, "zoneids", "more than 255"},

		{"the longest detail", detail(long(255), long(1024)), "", ""},
		{"a detail's name that is too long", detail(long(256), ""), "details", "more than 255"},
		{"a detail without a name", detail("", "x"), "details", "is no name"},
		{"a detail with a space in its name", detail("a b", "x"), "details", "is no name"},
		{"a value that is too long", detail("a", long(1025)), "details.a", "more than 1024"},
		{"a value with a NUL", detail("a", "\x00"), "details.a", "control character"},
		{"a value of two lines", detail("a", "1\n2"), "", ""},
		{"an unknown detail of instances", detail("instance.shell", "x"), "details.instance.shell", "is not known"},
		{"a command", detail(template.DetailCommand, `["sh", "-c", "echo 'hi'"]`), "", ""},
		{"a command of the shell", detail(template.DetailCommand, `echo 'hi'`), "", ""},
		{"an empty command", detail(template.DetailCommand, " "), "details.instance.command", "is empty"},
		{"an empty entrypoint", detail(template.DetailEntrypoint, "[]"), "details.instance.entrypoint", "no JSON array"},
		{"an entrypoint of numbers", detail(template.DetailEntrypoint, "[1]"), "details.instance.entrypoint", "no JSON array"},
		{"a variable without a name", detail(template.DetailEnv, "x"), "details.instance.env.", "is not known"},
		{"a variable with an equals sign", detail(template.DetailEnv+"A=B", "x"), "details.instance.env.A=B", "is not known"},
		{"a relative work dir", detail(template.DetailWorkDir, "srv"), "details.instance.workdir", "not absolute"},

		{"a secret without a name", func(r *template.Registration) { r.Secrets = template.Secrets{"": "x"} }, "secrets", "is no name"},
		{
			"a secret that is a detail", func(r *template.Registration) { r.Secrets = template.Secrets{"a": "x"} },
			"secrets.a", "give it once",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := nginx()
			tt.change(&r)
			_, err := r.Complete()
			if tt.reason == "" {
				if err != nil {
					t.Errorf("Complete = %v, want it to be taken", err)
				}
				return
			}
			checkField(t, err, tt.field, tt.reason)
			if code := template.Code(err); code != 431 {
				t.Errorf("the code is %d, want 431", code)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error tells the password: %v", err)
			}
		})
	}
}

// TestCompleteTogether: the faults of all parts are reported at once.
func TestCompleteTogether(t *testing.T) {
	_, err := template.Registration{Format: "x", Hypervisor: "x", Checksum: "x", Arch: "x", Zones: []string{""}}.Complete()
	for _, field := range []string{"id", "format", "hypervisor", "url", "checksum", "arch", "zoneids"} {
		if !strings.Contains(err.Error(), field+": ") {
			t.Errorf("the error has nothing of %s: %v", field, err)
		}
	}
	if one := (&dockerhv.Error{Op: "register", Err: err}).Error(); strings.Contains(one, "\n") {
		t.Errorf("the error has several lines: %s", one)
	}
}

func TestRegistrationPlatform(t *testing.T) {
	for _, tt := range []struct {
		arch string
		bits int
		want string
	}{
		{"", 0, ""},
		{"x86_64", 64, "linux/amd64"},
		{"amd64", 0, "linux/amd64"},
		{"x86_64", 32, "linux/386"},
		{"aarch64", 64, "linux/arm64"},
		{"aarch64", 32, "linux/arm"},
		{"s390x", 64, "linux/s390x"},
	} {
		if got := (template.Registration{Arch: tt.arch, Bits: tt.bits}).Platform().String(); got != tt.want {
			t.Errorf("the platform of %q with %d bits is %q, want %q", tt.arch, tt.bits, got, tt.want)
		}
	}
}

func TestDefaults(t *testing.T) {
	r := template.Registration{Details: map[string]string{
		template.DetailCommand: "nginx && exit 3", template.DetailEntrypoint: `["/bin/sh", "-c"]`,
		template.DetailEnv + "A": "1", template.DetailEnv + "B.C": "",
		template.DetailUser: "1000:1000", template.DetailWorkDir: "/srv", "target": "base",
	}}
	got, err := r.Defaults()
	want := template.Defaults{
		Entrypoint: []string{"/bin/sh", "-c"}, Command: []string{"/bin/sh", "-c", "nginx && exit 3"},
		Env: map[string]string{"A": "1", "B.C": ""}, User: "1000:1000", WorkDir: "/srv",
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("Defaults: %v (-want +got):\n%s", err, diff)
	}
}
