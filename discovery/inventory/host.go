package inventory

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// host is a host as the file has it.
type host struct {
	Name           string
	URL            string
	TLS            yaml.Node
	AllowPlaintext bool `yaml:"allowPlaintext"`
	Labels         map[string]string
}

// identity is a TLS identity as the file has it.
type identity struct {
	CA, Cert, Key string
	ServerName    string `yaml:"serverName"`
	SkipVerify    bool   `yaml:"skipVerify"`
}

// host makes an endpoint of a host.
func (p *parser) host(field string, node *yaml.Node) {
	var h host
	if !p.keys(node, field, "name", "url", "tls", "allowPlaintext", "labels") || !p.decode(node, &h) {
		return
	}
	e := driver.Endpoint{
		Name: h.Name, URL: h.URL, AllowPlaintext: h.AllowPlaintext, Source: Source, Labels: h.Labels,
	}
	if h.TLS.Kind != 0 {
		tls := resolve(&h.TLS)
		if u, err := url.Parse(h.URL); err == nil && u.Scheme != "tcp" {
			p.fail(tls.Line, field+".tls", "is for a tcp URL alone")
			return
		}
		var ok bool
		if e.TLS, ok = p.identity(field+".tls", tls); !ok {
			return
		}
	}
	if err := e.Validate(); err != nil {
		p.refuse(node.Line, field, err)
		return
	}
	if before, ok := p.lines[e.String()]; ok {
		p.fail(node.Line, field+".name", fmt.Sprintf("%s is the host in line %d, too; give each another name", e, before))
		return
	}
	p.lines[e.String()] = node.Line
	p.endpoints = append(p.endpoints, e)
}

// refuse tells why an endpoint is none, in the words of the file.
func (p *parser) refuse(line int, field string, err error) {
	if wrong, ok := errors.AsType[*dockerhv.FieldError](err); ok {
		p.fail(line, field+strings.TrimPrefix(wrong.Field, "endpoint"), wrong.Reason)
		return
	}
	failure := &dockerhv.Error{Op: "read inventory", ID: p.path, Err: fmt.Errorf("line %d: %s: %w", line, field, err)}
	if denied, ok := errors.AsType[*dockerhv.Error](err); ok {
		failure.Class, failure.Err = denied.Class, fmt.Errorf("line %d: %s: %w", line, field, denied.Err)
		failure.Next = "give it tls, or consent with allowPlaintext: true"
	}
	p.failures = append(p.failures, failure)
}

// identity makes a TLS identity, whose files are there.
func (p *parser) identity(field string, node *yaml.Node) (*driver.TLS, bool) {
	var i identity
	if !p.keys(node, field, "ca", "cert", "key", "serverName", "skipVerify") || !p.decode(node, &i) {
		return nil, false
	}
	if (i.Cert == "") != (i.Key == "") {
		p.fail(node.Line, field, "has only one of cert and key")
		return nil, false
	}
	t := &driver.TLS{CAFile: i.CA, CertFile: i.Cert, KeyFile: i.Key, ServerName: i.ServerName, SkipVerify: i.SkipVerify}
	whole := true
	for _, part := range []struct {
		key  string
		file *string
	}{{"ca", &t.CAFile}, {"cert", &t.CertFile}, {"key", &t.KeyFile}} {
		if *part.file == "" {
			continue
		}
		if !filepath.IsAbs(*part.file) {
			*part.file = filepath.Join(filepath.Dir(p.path), *part.file)
		}
		if _, err := os.Stat(*part.file); err != nil {
			p.fail(node.Line, field+"."+part.key, "names a file that can't be used: "+err.Error())
			whole = false
		}
	}
	return t, whole
}

// keys tells whether a node is a mapping of known keys.
func (p *parser) keys(node *yaml.Node, field string, known ...string) bool {
	if node.Kind != yaml.MappingNode {
		p.fail(node.Line, field, "has to be a mapping of "+strings.Join(known, ", "))
		return false
	}
	ok := true
	for n := 0; n < len(node.Content); n += 2 {
		if key := node.Content[n]; !slices.Contains(known, key.Value) {
			p.fail(key.Line, field+"."+key.Value, "is unknown; there are "+strings.Join(known, ", "))
			ok = false
		}
	}
	return ok
}

// resolve follows an alias to what it stands for.
func resolve(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}
