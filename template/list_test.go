package template_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

func TestList(t *testing.T) {
	opts := options(nil)
	opts.ZoneOf = func(string) string { return "z1" }
	c := openCatalog(t, opts)
	for _, change := range []func(*template.Registration){
		func(r *template.Registration) { r.ID, r.Name, r.Owner, r.Public = "a", "Web Server", "ann", true },
		func(r *template.Registration) {
			r.ID, r.DisplayText, r.Arch, r.Featured = "b", "the WEB", "aarch64", true
		},
		func(r *template.Registration) {
			r.ID, r.Name, r.Arch, r.Tag, r.SortKey = "c", "db", "x86_64", "ssd", -1
		},
		func(r *template.Registration) { r.ID, r.Name, r.Zones = "d", "zoned", []string{"z1"} },
	} {
		r := template.Registration{Name: "x", Format: template.Repository, URL: "nginx"}
		change(&r)
		if _, err := c.Register(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Install(t.Context(), "b", "h1", store{}, template.InstallOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		filter template.Filter
		want   string
	}{
		{"all, ordered by sort key and ID", template.Filter{}, "c a b d"},
		{"IDs", template.Filter{IDs: []string{"d", "a", "x"}}, "a d"},
		{"name", template.Filter{Name: "db"}, "c"},
		{"keyword in name and display text", template.Filter{Keyword: "wEb"}, "a b"},
		{"format", template.Filter{Format: "repository "}, "c a b d"},
		{"another format", template.Filter{Format: template.Tarfile}, ""},
		{"arch", template.Filter{Arch: "arm64"}, "a b d"},
		{"hypervisor", template.Filter{Hypervisor: "docker"}, "c a b d"},
		{"another hypervisor", template.Filter{Hypervisor: "KVM"}, ""},
		{"owner", template.Filter{Owner: "ann"}, "a"},
		{"public", template.Filter{Public: new(true)}, "a"},
		{"private", template.Filter{Public: new(false)}, "c b d"},
		{"featured", template.Filter{Featured: new(true)}, "b"},
		{"tags", template.Filter{Tags: []string{"hdd", "ssd"}}, "c"},
		{"zone", template.Filter{Zone: "z1"}, "c a b d"},
		{"another zone", template.Filter{Zone: "z2"}, "c a b"},
		{"ready on a host", template.Filter{ReadyOn: "h1"}, "b"},
		{"ready on another", template.Filter{ReadyOn: "h2"}, ""},
		{"two fields", template.Filter{Public: new(false), Arch: "x86_64"}, "c d"},
		{"the first page", template.Filter{PageSize: 3}, "c a b (4)"},
		{"the second page", template.Filter{Page: 2, PageSize: 3}, "d (4)"},
		{"a page after the last", template.Filter{Page: 3, PageSize: 3}, "(4)"},
		{"a page of the cloud's size", template.Filter{Page: 1}, "c a b d"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list, err := c.List(t.Context(), tt.filter)
			var got []string
			for _, one := range list.Templates {
				got = append(got, one.ID)
			}
			if list.Count != len(got) {
				got = append(got, fmt.Sprintf("(%d)", list.Count))
			}
			if text := strings.Join(got, " "); err != nil || text != tt.want {
				t.Errorf("List = %q, %v, want %q", text, err, tt.want)
			}
		})
	}
}

func TestListRefuses(t *testing.T) {
	c := newCatalog()
	for _, tt := range []struct {
		filter        template.Filter
		field, reason string
	}{
		{template.Filter{Page: -1}, "page", "count from 1"},
		{template.Filter{PageSize: -1}, "page", "count from 1"},
		{template.Filter{Format: "QCOW2"}, "format", "use one of"},
		{template.Filter{Arch: "vax"}, "arch", "not known"},
	} {
		_, err := c.List(t.Context(), tt.filter)
		checkField(t, err, tt.field, tt.reason)
		wantError(t, err, dockerhv.ErrInvalid, template.ParamError)
	}
}

// TestListJSON: a listing has the cloud's names.
func TestListJSON(t *testing.T) {
	c := newCatalog()
	r := nginx()
	r.Secrets = template.Secrets{"password": "hunter2"}
	r.Public, r.SSHKeyEnabled, r.Tag = true, true, "ssd"
	if _, err := c.Register(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	list, _ := c.List(t.Context(), template.Filter{})
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Count    int
		Template []map[string]any
	}
	if err := json.Unmarshal(text, &got); err != nil || got.Count != 1 || len(got.Template) != 1 {
		t.Fatalf("the listing is %s", text)
	}
	for _, name := range []string{
		"id", "name", "displaytext", "format", "url", "hypervisor", "bits", "ispublic", "sshkeyenabled", "templatetag", "details", "created",
	} {
		if got.Template[0][name] == nil {
			t.Errorf("the template has no %s: %s", name, text)
		}
	}
	if strings.Contains(string(text), "hunter2") {
		t.Errorf("the listing has the secret: %s", text)
	}
}
