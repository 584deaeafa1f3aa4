package buildkit

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// syntaxArg is the build argument that names another frontend than the Dockerfile does.
const syntaxArg = "BUILDKIT_SYNTAX"

// official begins the name of the frontend whose language is known here.
const official = "docker/dockerfile"

// check finds out without building what can be: what the BuildKit can't do, what is
// no Dockerfile, a stage that there is not and what steps require and is not given.
func check(build Build, in Builder) error {
	if err := gateOptions(build, in); err != nil {
		return err
	}
	if build.Dockerfile == nil {
		return nil // it is where BuildKit fetches it
	}
	frontend, other := frontendOf(build)
	if other && !strings.HasPrefix(strings.TrimPrefix(frontend, "docker.io/"), official) {
		return nil // its language is its own
	}
	parsed, err := parse(build.Dockerfile)
	switch {
	case err != nil && other:
		return nil // a newer frontend may know more
	case err != nil:
		return wrong(build, err)
	case !other:
		if err := gateText(build, in, parsed); err != nil {
			return err
		}
	}
	return checkStages(build, parsed)
}

// frontendOf returns the frontend that a build asks for in place of BuildKit's own.
func frontendOf(build Build) (image string, asked bool) {
	if image, ok := build.Args[syntaxArg]; ok {
		return image, true
	}
	image, _, _, asked = parser.DetectSyntax(build.Dockerfile)
	return image, asked
}

// parsed is a Dockerfile that was understood.
type parsed struct {
	ast    *parser.Node
	stages []instructions.Stage
}

func parse(text []byte) (parsed, error) {
	result, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return parsed{}, err
	}
	stages, _, err := instructions.Parse(result.AST, nil)
	if err == nil && len(stages) == 0 {
		err = errors.New("it has no FROM")
	}
	return parsed{result.AST, stages}, err
}

// wrong makes an error of what the parser says, in the form of what BuildKit says.
func wrong(build Build, err error) error {
	failed := &template.BuildError{Class: dockerhv.ErrInvalid, File: build.Name, Reason: reason(err)}
	if at, ok := errors.AsType[*parser.LocationError](err); ok && len(at.Locations) > 0 && len(at.Locations[0]) > 0 {
		failed.Line = at.Locations[0][0].Start.Line
	}
	failed.Source = sourceLine(build.Dockerfile, failed.Line)
	return failed
}

func checkStages(build Build, p parsed) error {
	last := len(p.stages) - 1
	if build.Target != "" {
		if last = p.find(build.Target, len(p.stages)); last < 0 {
			return &dockerhv.FieldError{Field: "target", Reason: fmt.Sprintf("%q is no stage of the Dockerfile; it has %s", build.Target, p.names())}
		}
	}
	for _, i := range p.needed(last) {
		for _, command := range p.stages[i].Commands {
			if run, ok := command.(*instructions.RunCommand); ok {
				if err := checkRun(build, run); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// checkRun refuses a step that could only fail: BuildKit would run all before it.
func checkRun(build Build, run *instructions.RunCommand) error {
	for _, mount := range mountsOf(run) {
		var field string
		var given bool
		id := mount.CacheID
		switch mount.Type {
		case instructions.MountTypeSecret:
			field = "secrets"
			if id == "" {
				id = mount.Source
			}
			if id == "" {
				id = mount.Target[strings.LastIndexByte(mount.Target, '/')+1:]
			}
			_, given = build.Secrets[id]
		case instructions.MountTypeSSH:
			field = "ssh"
			if id == "" {
				id = DefaultSSH
			}
			_, given = build.SSH[id]
		default:
			continue
		}
		if mount.Required && !given && !strings.Contains(id, "$") {
			line := 0
			if at := run.Location(); len(at) > 0 {
				line = at[0].Start.Line
			}
			return &dockerhv.FieldError{Field: field, Reason: fmt.Sprintf("has no %q, which line %d of the Dockerfile requires", id, line)}
		}
	}
	return nil
}

// DefaultSSH is the ID of what a step gets that names none.
const DefaultSSH = "default"

// mountsOf reads the mounts of a step, whose variables stay as they are.
func mountsOf(run *instructions.RunCommand) []*instructions.Mount {
	if run.Expand(func(word string) (string, error) { return word, nil }) != nil {
		return nil // it is one that only its variables make right
	}
	return instructions.GetMounts(run)
}

// find returns the index of the stage before another that goes by a name or number,
// or -1.
func (p parsed) find(name string, before int) int {
	if i, ok := instructions.HasStage(p.stages[:before], name); ok {
		return i
	}
	if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < before {
		return i
	}
	return -1
}

// needed lists the stages that a stage is made of, as far as no variable hides them.
func (p parsed) needed(last int) []int {
	need := []int{last}
	for at := 0; at < len(need); at++ {
		i := need[at]
		from := []string{p.stages[i].BaseName}
		for _, command := range p.stages[i].Commands {
			switch c := command.(type) {
			case *instructions.CopyCommand:
				from = append(from, c.From)
			case *instructions.RunCommand:
				for _, mount := range mountsOf(c) {
					from = append(from, mount.From)
				}
			}
		}
		for _, name := range from {
			if other := p.find(name, i); other >= 0 && !slices.Contains(need, other) {
				need = append(need, other)
			}
		}
	}
	return need
}

func (p parsed) names() string {
	var names []string
	for i, stage := range p.stages {
		if stage.Name == "" {
			stage.Name = strconv.Itoa(i)
		}
		names = append(names, stage.Name)
	}
	return strings.Join(names, ", ")
}
