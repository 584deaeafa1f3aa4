package template_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// breakable is a CatalogStore in memory that breaks after some writes; negative is
// now, and 0 never.
type breakable struct {
	template.MemoryStore
	after int
}

var errFull = errors.New("no space left on device")

func (b *breakable) Save(ctx context.Context, changes map[string]json.RawMessage) error {
	if b.after < 0 {
		return errFull
	}
	if b.after > 0 {
		if b.after--; b.after == 0 {
			b.after = -1
		}
	}
	return b.MemoryStore.Save(ctx, changes)
}

// TestReopen: a catalog that is opened again is the same.
func TestReopen(t *testing.T) {
	opts := options(nil)
	opts.Store = &template.MemoryStore{}
	c := openCatalog(t, opts)
	register(t, c, "t1", "a/b", "gone")
	if _, err := c.Update(t.Context(), "a/b", template.Update{Name: new("other")}); err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"h1", "tcp://h2:2376", "h3"} {
		if _, err := c.Install(t.Context(), "a/b", host, store{}, template.InstallOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(
		c.Uninstall(t.Context(), "a/b", "h3", removing{}), c.Delete(t.Context(), "gone", template.DeleteOptions{}),
	); err != nil {
		t.Fatal(err)
	}
	again := openCatalog(t, opts)
	if diff := cmp.Diff(stateOf(t, c), stateOf(t, again)); diff != "" {
		t.Errorf("opened again (-before +after):\n%s", diff)
	}
	if _, err := again.Install(t.Context(), "t1", "h1", store{}, template.InstallOptions{}); err != nil {
		t.Errorf("Install of what was registered before = %v", err)
	}
}

// stateOf is all that a catalog tells, in JSON.
func stateOf(t *testing.T, c *template.Catalog) []string {
	t.Helper()
	list, err := c.List(t.Context(), template.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var state []string
	for _, one := range list.Templates {
		all, err := c.Installations(t.Context(), one.ID)
		text, _ := json.Marshal([]any{one, all})
		if state = append(state, string(text)); err != nil {
			t.Fatal(err)
		}
	}
	return state
}

// TestReopenInterrupted: what was in progress when the program died says so, and
// Install takes it up again.
func TestReopenInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand()
		opts := options(h.install)
		opts.Store = &template.MemoryStore{}
		c := openCatalog(t, opts)
		register(t, c, "t1")
		install(t, c, "t1", "h1")
		h.progress <- template.Progress{Phase: template.Downloading, Current: 1, Total: 2}

		// The first catalog is as good as dead: it saves nothing until the end.
		again := openCatalog(t, opts)
		wantInstallation(t, again, "h1", template.Abandoned, "interrupted: the program ended while it installed; install it again")
		a := install(t, again, "t1", "h1")
		wantInstallation(t, again, "h1", template.InProgress, "0% Downloaded")
		h.end <- nil
		h.end <- nil
		synctest.Wait()
		if a.err != nil {
			t.Errorf("Install = %v", a.err)
		}
		wantInstallation(t, again, "h1", template.Downloaded, "Download Complete")
	})
}

// TestReopenAgainInterrupted: so does what had been there, and was being installed anew.
func TestReopenAgainInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand()
		opts := options(h.install)
		opts.Store = &template.MemoryStore{}
		c := openCatalog(t, opts)
		register(t, c, "t1")
		install(t, c, "t1", "h1")
		h.end <- nil
		install(t, c, "t1", "h1")
		wantInstallation(t, openCatalog(t, opts), "h1", template.Downloaded, "Download Complete")
		h.progress <- template.Progress{Phase: template.Downloading}
		synctest.Wait()
		got, _ := openCatalog(t, opts).Installation(t.Context(), "t1", "h1")
		if got.State != template.Abandoned || len(got.Brought) != 1 {
			t.Errorf("opened again it is %+v", got)
		}
		h.end <- nil
	})
}

// TestReopenSecrets: no secret is at rest, or given out, and the same registration
// brings it back.
func TestReopenSecrets(t *testing.T) {
	const secret = "hunter2"
	var seen template.Secrets
	opts := options(nil)
	opts.Store = &template.MemoryStore{}
	opts.Openers[template.Repository] = func(r template.Registration) (template.TemplateSource, error) {
		seen = r.Secrets
		return source{of: r}, nil
	}
	c := openCatalog(t, opts)
	r := nginx()
	r.Secrets = template.Secrets{"password": secret}
	if _, err := c.Register(t.Context(), r); err != nil || seen["password"] != secret {
		t.Fatalf("Register = %v, the opener saw %d secrets", err, len(seen))
	}
	records, _ := opts.Store.Load(t.Context())
	for key, record := range records {
		if strings.Contains(string(record), secret) || !strings.Contains(string(record), "password") {
			t.Errorf("the record %s is %s", key, record)
		}
	}

	c = openCatalog(t, opts)
	_, err := c.Install(t.Context(), "t1", "h1", store{}, template.InstallOptions{})
	checkField(t, err, "secrets.password", "register the template with it, again after a restart")
	got, err := c.Get(t.Context(), "t1")
	if err != nil || !cmp.Equal(got.Secrets, template.Secrets{"password": ""}) {
		t.Errorf("Get = %v, %v", got.Secrets.Names(), err)
	}
	if _, err := c.Update(t.Context(), "t1", template.Update{Name: new("other")}); err != nil {
		t.Errorf("an Update that is not about secrets = %v", err)
	}
	r.Name, r.DisplayText = "other", "web"
	for range 2 { // with the secret, and then with what Get tells
		if got, err = c.Register(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Install(t.Context(), "t1", "h1", store{}, template.InstallOptions{}); err != nil || seen["password"] != secret {
			t.Errorf("Install with the secret = %v, the opener saw %d", err, len(seen))
		}
		r = got.Registration
	}
	if _, err := c.Update(t.Context(), "t1", template.Update{SortKey: new(1)}); err != nil {
		t.Error(err)
	}
	if got, _ := c.Get(t.Context(), "t1"); got.Secrets["password"] != "" {
		t.Error("the catalog gives out the secret")
	}
}

// TestReopenWithoutOpener: a catalog that serves less lists, and deletes, what it does
// not serve any more.
func TestReopenWithoutOpener(t *testing.T) {
	opts := options(nil)
	opts.Store = &template.MemoryStore{}
	register(t, openCatalog(t, opts), "t1")
	opts.Openers = nil
	c := openCatalog(t, opts)
	_, err := c.Install(t.Context(), "t1", "h1", store{}, template.InstallOptions{})
	checkField(t, err, "format", "not served")
	if list, err := c.List(t.Context(), template.Filter{}); list.Count != 1 || err != nil {
		t.Errorf("List = %v, %v", list, err)
	}
	if err := c.Delete(t.Context(), "t1", template.DeleteOptions{}); err != nil {
		t.Error(err)
	}
}

// TestOpenOldRecords: the records of every version are read for ever. A new version
// gets a new file here; none is ever changed.
func TestOpenOldRecords(t *testing.T) {
	for _, version := range []string{"1"} {
		data, err := os.ReadFile("testdata/records-v" + version + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var records map[string]json.RawMessage
		if err := json.Unmarshal(data, &records); err != nil {
			t.Fatal(err)
		}
		opts := options(nil)
		opts.Store = &template.MemoryStore{}
		if err := opts.Store.Save(t.Context(), records); err != nil {
			t.Fatal(err)
		}
		c := openCatalog(t, opts)
		got, err := c.Get(t.Context(), "t/1")
		want := template.Registration{
			ID: "t/1", Name: "web", DisplayText: "the web", Owner: "acme", Format: template.Repository, URL: "nginx:1.27",
			Hypervisor: "Docker", Arch: "aarch64", Bits: 64, Zones: []string{"z1"}, Public: true, Featured: true, Extractable: true,
			PasswordEnabled: true, SSHKeyEnabled: true, DynamicallyScalable: true, NoHVM: true, OSType: "os", Tag: "ssd", SortKey: 3,
			Checksum: "sha256:" + strings.Repeat("0", 64),
			Details:  map[string]string{"a": "1", "instance.user": "web"}, Secrets: template.Secrets{"password": ""},
		}
		if diff := cmp.Diff(want, got.Registration); err != nil || diff != "" || !got.Created.Equal(time.Unix(1700000000, 0)) {
			t.Errorf("version %s: %v, created %v (-want +got):\n%s", version, err, got.Created, diff)
		}
		all, err := c.Installations(t.Context(), "t/1")
		image := template.Image{
			ID: "sha256:aa", Digest: "sha256:bb", Reference: "nginx@sha256:bb", Format: template.Repository,
			Platform: template.Platform{OS: "linux", Architecture: "arm64", Variant: "v8"}, Size: 7,
		}
		wants := []template.Installation{
			{
				Template: "t/1", Host: "h1", State: template.Downloaded, Percent: 100, Platform: template.Platform{OS: "linux", Architecture: "arm64"},
				Image: image, Brought: []template.Image{image}, Updated: time.Unix(1700000001, 0).UTC(),
			},
			{Template: "t/1", Host: "tcp://h2:2376", State: template.DownloadError, Error: "why", Updated: time.Unix(1700000002, 0).UTC()},
		}
		if diff := cmp.Diff(wants, all); err != nil || diff != "" {
			t.Errorf("version %s: %v (-want +got):\n%s", version, err, diff)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		key, record string
		class       error
	}{
		"a newer version":        {"template/t", `{"version":2,"template":{"id":"t","new":1},"more":[]}`, errors.ErrUnsupported},
		"no version":             {"template/t", `{"template":{"id":"t"}}`, dockerhv.ErrIntegrity},
		"no JSON":                {"template/t", `x`, dockerhv.ErrIntegrity},
		"no object":              {"template/t", `[]`, dockerhv.ErrIntegrity},
		"another type":           {"template/t", `{"version":1,"template":{"id":5}}`, dockerhv.ErrIntegrity},
		"a field of no version":  {"template/t", `{"version":1,"template":{"id":"t","new":1}}`, dockerhv.ErrIntegrity},
		"nothing":                {"template/t", `{"version":1}`, dockerhv.ErrIntegrity},
		"two things":             {"template/t", `{"version":1,"template":{"id":"t"},"installation":{}}`, dockerhv.ErrIntegrity},
		"another template":       {"template/t", `{"version":1,"template":{"id":"u"}}`, dockerhv.ErrIntegrity},
		"another kind of record": {"other/t", `{"version":1,"template":{"id":"t"}}`, dockerhv.ErrIntegrity},
	} {
		t.Run(name, func(t *testing.T) {
			opts := options(nil)
			opts.Store = &template.MemoryStore{}
			if err := opts.Store.Save(t.Context(), map[string]json.RawMessage{tt.key: json.RawMessage(tt.record)}); err != nil {
				t.Fatal(err)
			}
			c, err := template.OpenCatalog(t.Context(), opts)
			if !errors.Is(err, tt.class) || c != nil {
				t.Fatalf("OpenCatalog = %v, %v, want %v", c, err, tt.class)
			}
			var newer *template.VersionError
			if errors.As(err, &newer) != (tt.class == errors.ErrUnsupported) {
				t.Errorf("the error is %v", err)
			}
			if newer != nil && (newer.Version != 2 || newer.Newest != 1) {
				t.Errorf("the error is %+v", newer)
			}
		})
	}
}

// TestUnrecorded: what the store does not keep has not happened.
func TestUnrecorded(t *testing.T) {
	var broken breakable
	opts := options(nil)
	opts.Store = &broken
	c := openCatalog(t, opts)
	register(t, c, "t1")
	if _, err := c.Install(t.Context(), "t1", "h1", store{}, template.InstallOptions{}); err != nil {
		t.Fatal(err)
	}
	before := stateOf(t, c)
	broken.after = -1
	other := nginx()
	other.ID = "t2"
	for name, call := range map[string]func() error{
		"Register":  func() error { _, err := c.Register(t.Context(), other); return err },
		"Update":    func() error { _, err := c.Update(t.Context(), "t1", template.Update{Name: new("x")}); return err },
		"Delete":    func() error { return c.Delete(t.Context(), "t1", template.DeleteOptions{Forced: true}) },
		"Uninstall": func() error { return c.Uninstall(t.Context(), "t1", "h1", removing{}) },
	} {
		wantError(t, call(), errFull, template.InternalError)
		if diff := cmp.Diff(before, stateOf(t, c)); diff != "" {
			t.Errorf("%s has changed the catalog (-before +after):\n%s", name, diff)
		}
	}
}
