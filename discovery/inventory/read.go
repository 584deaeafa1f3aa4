package inventory

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// maxSize bounds the file, in bytes: some 50,000 hosts.
const maxSize = 8 << 20

// list is what a file says.
type list struct {
	endpoints []driver.Endpoint
	failures  []error
	mark      mark
}

// mark tells one content from another, and from the same that became wrong or right
// because of the TLS files that it names.
type mark struct {
	content  [sha256.Size]byte
	failures string
}

// read reads the file, and says what is wrong in it.
func (d Discoverer) read() list {
	path, err := filepath.Abs(d.Path)
	if d.Path == "" {
		err = &dockerhv.FieldError{Field: "path", Reason: "is required"}
	}
	var data []byte
	if err == nil {
		data, err = readFile(path)
	}
	p := parser{path: path, lines: make(map[string]int)}
	if err == nil {
		p.parse(data)
	} else {
		p.unreadable(err)
	}
	return list{p.endpoints, p.failures, mark{sha256.Sum256(data), fmt.Sprint(p.failures)}}
}

// readFile reads a file of a bounded size; it waits for no pipe.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err == nil && len(data) > maxSize {
		err = fmt.Errorf("it has more than %d bytes", maxSize)
	}
	return data, err
}

// parser collects the endpoints of a file and what is wrong in it.
type parser struct {
	path      string
	endpoints []driver.Endpoint
	failures  []error
	lines     map[string]int // where each name is
}

func (p *parser) unreadable(err error) {
	failure := &dockerhv.Error{Op: "read inventory", ID: p.path, Class: dockerhv.ErrInvalid, Err: err}
	if errors.Is(err, fs.ErrNotExist) {
		failure.Class, failure.Next = dockerhv.ErrNotFound, "write it, or say where it is"
	}
	p.failures = append(p.failures, failure)
}

// fail tells what is wrong with a field.
func (p *parser) fail(line int, field, reason string) {
	p.failures = append(p.failures, &dockerhv.Error{
		Op: "read inventory", ID: p.path, Class: dockerhv.ErrInvalid,
		Err: fmt.Errorf("line %d: %w", line, &dockerhv.FieldError{Field: field, Reason: reason}),
	})
}

// decode fills in what a node says, and returns false if that can't be.
func (p *parser) decode(node *yaml.Node, into any) bool {
	err := node.Decode(into)
	if wrong, ok := errors.AsType[*yaml.TypeError](err); ok {
		for _, text := range wrong.Errors {
			p.unreadable(errors.New(text)) // which begins with the line
		}
	} else if err != nil {
		p.unreadable(err)
	}
	return err == nil
}

// parse reads the one document of a file.
func (p *parser) parse(data []byte) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document, second yaml.Node
	err := decoder.Decode(&document)
	switch {
	case errors.Is(err, io.EOF):
		p.unreadable(errors.New(`it is empty; write "hosts: []" for no hosts`))
		return
	case err != nil:
		p.unreadable(errors.New(strings.TrimPrefix(err.Error(), "yaml: ")))
		return
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		p.fail(max(1, second.Line), "hosts", "is followed by a second document; write all hosts in one")
		return
	}
	root := resolve(document.Content[0])
	var file struct{ Hosts yaml.Node }
	if !p.keys(root, "inventory", "hosts") || !p.decode(root, &file) {
		return
	}
	hosts := resolve(&file.Hosts)
	if hosts.Kind != yaml.SequenceNode {
		p.fail(max(root.Line, hosts.Line), "hosts", `has to be a list; write "hosts: []" for no hosts`)
		return
	}
	for n, node := range hosts.Content {
		p.host(fmt.Sprintf("hosts[%d]", n), resolve(node))
	}
}
