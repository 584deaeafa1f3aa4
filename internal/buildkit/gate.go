package buildkit

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/dockerhv/dockerhv"
)

// The engines that brought BuildKits with more features. A BuildKit of an older one
// ignores what it does not know, or says so when much was built.
const (
	engine23 = 23 // heredocs, links, folders of git repositories
	engine24 = 24 // frontends and times by build argument
)

// sinceEngine are the build arguments that mean something to BuildKit itself.
var sinceEngine = map[string]int{
	syntaxArg:                       engine24,
	"SOURCE_DATE_EPOCH":             engine24,
	"BUILDKIT_CONTEXT_KEEP_GIT_DIR": engine23,
}

// gateOptions refuses options that the BuildKit would drop.
func gateOptions(build Build, in Builder) error {
	if in.standalone() {
		return nil // it is of today
	}
	if build.Git.Subdir != "" {
		if err := requireEngine(build, "git.subdir", engine23); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(build.Args)) {
		if since, ok := sinceEngine[name]; ok {
			if err := requireEngine(build, "args."+name, since); err != nil {
				return err
			}
		}
	}
	for _, cache := range build.CacheTo {
		if !cache.Inline && !build.Host.Containerd {
			return refuse(build, "cacheTo", "containerd's image store, or a buildkitd of its own")
		}
	}
	return nil
}

// gateText refuses instructions that BuildKit would take for something else.
func gateText(build Build, in Builder, p parsed) error {
	if in.standalone() {
		return nil
	}
	for _, node := range p.ast.Children {
		for feature, used := range map[string]bool{
			"the heredoc":     len(node.Heredocs) > 0,
			"the flag --link": hasFlag(node, "--link"),
		} {
			if !used {
				continue
			}
			if err := requireEngine(build, fmt.Sprintf("%s in line %d", feature, node.StartLine), engine23); err != nil {
				return err
			}
		}
	}
	return nil
}

func hasFlag(node *parser.Node, name string) bool {
	return slices.ContainsFunc(node.Flags, func(flag string) bool {
		flag, _, _ = strings.Cut(flag, "=")
		return flag == name
	})
}

func requireEngine(build Build, option string, since int) error {
	if build.Host.Major() >= since {
		return nil
	}
	return refuse(build, option, fmt.Sprintf("engine %d", since))
}

// refuse says what an option needs. It is both invalid here and unsupported.
func refuse(build Build, option, needs string) error {
	engine := build.Host.Engine
	if engine == "" {
		engine = "of an unknown version"
	}
	return &dockerhv.Error{
		Op: "honour " + option, Class: dockerhv.ErrInvalid,
		Err:  fmt.Errorf("%w: it needs %s; this is engine %s", errors.ErrUnsupported, needs, engine),
		Next: "leave it out or use another host",
	}
}
