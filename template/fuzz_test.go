package template_test

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// FuzzRegister registers anything. What is taken is complete, comes back as it is from
// the store, and is the same registration again; what is not is ErrInvalid with the
// cloud's code, in one line that tells no secret.
func FuzzRegister(f *testing.F) {
	const secret = "hunter2-hunter2"
	f.Add("t1", "web", "text", "Repository", "nginx:1.27", "", "x86_64", 64, "z1", "ssd", "a", "1")
	f.Add("t/1", "", "", "tarfile", "https://example.org/a.tar.gz?x=1", "{SHA-256}"+strings.Repeat("0", 64), "", 32, "-1", "", "instance.command", `["a"]`)
	f.Add("%2F", "\xff", "a\nb", "DOCKERFILE", "ssh://git@h/a.git#x", "md5:", "arm64", 0, "", " ", "instance.env.A", "<&>")
	f.Add("é", "x", "", "repository", "docker://a@sha256:0", "", "s390x", 32, ",", "", "b.", "\u2028")
	f.Fuzz(func(t *testing.T, id, name, text, format, url, sum, arch string, bits int, zone, tag, detail, value string) {
		r := template.Registration{
			ID: id, Name: name, DisplayText: text, Format: template.Format(format), URL: url, Checksum: sum, Arch: arch, Bits: bits,
			Tag: tag, Details: map[string]string{detail: value}, Secrets: template.Secrets{"password": secret},
		}
		if zone != "" {
			r.Zones = strings.Split(zone, ",")
		}
		open := func(r template.Registration) (template.TemplateSource, error) { return source{of: r}, nil }
		opts := template.CatalogOptions{
			Store: &template.MemoryStore{}, ZoneOf: func(string) string { return "" }, Openers: map[template.Format]template.Opener{
				template.Repository: open, template.Dockerfile: open, template.Tarfile: open,
			},
		}
		c := openCatalog(t, opts)
		got, err := c.Register(t.Context(), r)
		if err != nil {
			if !errors.Is(err, dockerhv.ErrInvalid) || template.Code(err) != template.ParamError || strings.Contains(err.Error(), "\n") {
				t.Fatalf("Register = %v", err)
			}
			if strings.Contains(err.Error(), secret) {
				t.Fatalf("the error tells the secret: %v", err)
			}
			return
		}
		again, err := openCatalog(t, opts).Get(t.Context(), got.ID)
		if err != nil || !cmp.Equal(got.Registration, again.Registration) {
			t.Errorf("the store has %+v, %v, want %+v", again, err, got)
		}
		if _, err := got.Defaults(); err != nil {
			t.Errorf("the defaults are wrong: %v", err)
		}
		if same, err := c.Register(t.Context(), got.Registration); err != nil || !cmp.Equal(same.Registration, got.Registration) {
			t.Errorf("registered again it is %+v, %v", same, err)
		}
		if _, err := c.Install(t.Context(), got.ID, "h", store{}, template.InstallOptions{}); err != nil && !errors.Is(err, dockerhv.ErrInvalid) {
			t.Errorf("Install = %v", err)
		}
	})
}

// FuzzOpenCatalog opens whatever a store may have under a key. What is refused is
// damaged or newer; what is taken is written back as it was.
func FuzzOpenCatalog(f *testing.F) {
	data, err := os.ReadFile("testdata/records-v1.json")
	if err != nil {
		f.Fatal(err)
	}
	var records map[string]json.RawMessage
	if err := json.Unmarshal(data, &records); err != nil {
		f.Fatal(err)
	}
	for key := range maps.Keys(records) {
		f.Add(key, []byte(records[key]))
	}
	f.Add("template/t", []byte(`{"version":2}`))
	f.Add("template/t", []byte(`{"version":1,"template":{"id":"t","details":{"instance.command":"["}}}`))
	f.Add("installation/t/h", []byte(`{"version":1,"installation":{"template":"t","host":"h","state":"x"}}`))
	f.Fuzz(func(t *testing.T, key string, record []byte) {
		opts := options(nil)
		opts.Store = &template.MemoryStore{}
		register(t, openCatalog(t, opts), "t1")
		if err := opts.Store.Save(t.Context(), map[string]json.RawMessage{key: record}); err != nil {
			t.Fatal(err)
		}
		c, err := template.OpenCatalog(t.Context(), opts)
		if err != nil {
			var newer *template.VersionError
			if !errors.As(err, &newer) && !errors.Is(err, dockerhv.ErrIntegrity) || strings.Contains(err.Error(), "\n") {
				t.Errorf("OpenCatalog = %v", err)
			}
			return
		}
		before := stateOf(t, c)
		if diff := cmp.Diff(before, stateOf(t, openCatalog(t, opts))); diff != "" {
			t.Errorf("opened again (-before +after):\n%s", diff)
		}
		for _, err := range c.Watch(t.Context()) {
			if err != nil {
				t.Error(err)
			}
			break
		}
	})
}
