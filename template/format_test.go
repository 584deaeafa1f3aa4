package template_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

func TestParseFormat(t *testing.T) {
	tests := []struct {
		name string
		want template.Format // empty means refused
	}{
		{"Repository", template.Repository},
		{"Dockerfile", template.Dockerfile},
		{"Tarfile", template.Tarfile},
		{"repository", template.Repository},
		{" DOCKERFILE\n", template.Dockerfile},
		{"", ""},
		{"QCOW2", ""},
		{"Docker file", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := template.ParseFormat(tt.name)
			if got != tt.want || (err == nil) != (tt.want != "") {
				t.Fatalf("ParseFormat = %q, %v, want %q", got, err, tt.want)
			}
			if err != nil {
				checkField(t, err, "format", "use one of [Repository Dockerfile Tarfile]")
			}
		})
	}
	for _, f := range template.Formats() {
		if got, err := template.ParseFormat(string(f)); got != f || err != nil {
			t.Errorf("ParseFormat(%q) = %q, %v", f, got, err)
		}
	}
}

func TestPlatform(t *testing.T) {
	var (
		none  = template.Platform{}
		amd64 = template.Platform{OS: "linux", Architecture: "amd64"}
		arm64 = template.Platform{OS: "linux", Architecture: "arm64"}
		v7    = template.Platform{OS: "linux", Architecture: "arm", Variant: "v7"}
		v6    = template.Platform{OS: "linux", Architecture: "arm", Variant: "v6"}
		arm   = template.Platform{OS: "linux", Architecture: "arm"}
		win   = template.Platform{OS: "windows", Architecture: "amd64"}
	)
	matches := []struct {
		image, want template.Platform
		ok          bool
	}{
		{amd64, none, true},
		{amd64, amd64, true},
		{amd64, template.Platform{OS: "linux"}, true},
		{v7, arm, true},
		{arm, v7, true},
		{v7, v7, true},
		{amd64, arm64, false},
		{amd64, win, false},
		{v7, v6, false},
		{none, amd64, false},
	}
	for _, tt := range matches {
		if got := tt.image.Matches(tt.want); got != tt.ok {
			t.Errorf("%q.Matches(%q) = %t, want %t", tt.image, tt.want, got, tt.ok)
		}
	}
	for want, p := range map[string]template.Platform{"": none, "linux/amd64": amd64, "linux/arm/v7": v7} {
		if got := p.String(); got != want {
			t.Errorf("String = %q, want %q", got, want)
		}
	}
}

// checkField wants a FieldError of a field with a part of its reason, in one line.
func checkField(t *testing.T, err error, field, part string) {
	t.Helper()
	var typed *dockerhv.FieldError
	if !errors.As(err, &typed) || !errors.Is(err, dockerhv.ErrInvalid) {
		t.Fatalf("the error is %v, want a FieldError", err)
	}
	if typed.Field != field || !strings.Contains(typed.Reason, part) {
		t.Errorf("the error is %v, want %s with %q", err, field, part)
	}
}
