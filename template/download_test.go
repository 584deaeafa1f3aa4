package template_test

import (
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv/template"
)

func TestParseURL(t *testing.T) {
	tests := []struct {
		name, url string
		reason    string // of a refusal
	}{
		{name: "http", url: "http://example.org/a.tar"},
		{name: "https", url: "https://example.org:8443/Dockerfile?ref=main#x"},
		{name: "an address", url: "https://[2001:db8::1]/a.tar"},
		{name: "empty", url: "", reason: `has the scheme ""`},
		{name: "a file", url: "file:///etc/passwd", reason: `has the scheme "file"; use http or https`},
		{name: "a path", url: "/etc/passwd", reason: `has the scheme ""`},
		{name: "ftp", url: "ftp://example.org/a.tar", reason: `has the scheme "ftp"`},
		{name: "no URL", url: "http://exa mple.org", reason: "is not a URL"},
		{name: "a line break", url: "http://example.org/\r\nHost: x", reason: "is not a URL"},
		{name: "no host", url: "http:///a.tar", reason: "names no host"},
		{name: "a port without a host", url: "http://:2375/a.tar", reason: "names no host"},
		{name: "no authority", url: "http:a.tar", reason: "names no host"},
		{name: "a user", url: "https://me@example.org/a.tar", reason: "holds a user or password"},
		{name: "a password", url: "https://me:hunter2@example.org/a.tar", reason: "holds a user or password"},
		{name: "a password of no URL", url: "https://me:hunter2@exa mple.org/", reason: "is not a URL"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := template.ParseURL(tt.url)
			if tt.reason == "" {
				if err != nil || got.String() != tt.url {
					t.Errorf("ParseURL = %v, %v, want it as it is", got, err)
				}
				return
			}
			checkField(t, err, "url", tt.reason)
			if strings.Contains(err.Error(), "hunter2") || got != nil {
				t.Errorf("ParseURL = %v, %v, want no URL and no password", got, err)
			}
		})
	}
}
