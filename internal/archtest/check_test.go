package archtest

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// A pkg is one package as `go list` describes it.
type pkg struct {
	ImportPath   string
	Standard     bool
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// A graph is all packages by import path, with those that they import.
type graph struct {
	module   string
	packages map[string]pkg
}

// broken lists where the graph breaks laws, one line each.
func (g graph) broken(laws []law) (found []string) {
	for _, p := range g.ours() {
		for _, l := range laws {
			if !matchAny(l.who, g.short(p.ImportPath)) || matchAny(l.except, g.short(p.ImportPath)) {
				continue
			}
			for _, imported := range g.boundBy(l, p) {
				if !g.permits(l, imported) {
					found = append(found, fmt.Sprintf("%s imports %s: %s", p.ImportPath, imported, l.says))
				}
			}
		}
	}
	return found
}

// boundBy lists the imports that a law is about.
func (g graph) boundBy(l law, p pkg) []string {
	imports := p.Imports
	if l.reach {
		imports = g.reached(p)
	}
	if l.tests {
		imports = slices.Concat(imports, p.TestImports, p.XTestImports)
	}
	return imports
}

func (g graph) permits(l law, imported string) bool {
	if g.owns(imported) {
		return l.ours == nil || matchAny(l.ours, g.short(imported))
	}
	if l.reach && !g.packages[imported].Standard {
		return false
	}
	return !slices.ContainsFunc(l.never, func(never string) bool {
		return imported == never || !g.packages[never].Standard && strings.HasPrefix(imported, never+"/")
	})
}

// reached lists all that a package imports, and what that imports, sorted.
func (g graph) reached(p pkg) []string {
	seen := map[string]bool{}
	var visit func(imports []string)
	visit = func(imports []string) {
		for _, imported := range imports {
			if !seen[imported] {
				seen[imported] = true
				visit(g.packages[imported].Imports)
			}
		}
	}
	visit(p.Imports)
	return slices.Sorted(maps.Keys(seen))
}

// idle lists the patterns of the laws that match no package.
func (g graph) idle(laws []law) (found []string) {
	for _, l := range laws {
		for _, pattern := range slices.Concat(l.who, l.except) {
			matches := func(p pkg) bool { return match(pattern, g.short(p.ImportPath)) }
			if !slices.ContainsFunc(g.ours(), matches) {
				found = append(found, pattern)
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// ours lists this module's packages, sorted by path.
func (g graph) ours() (packages []pkg) {
	for _, importPath := range slices.Sorted(maps.Keys(g.packages)) {
		if g.owns(importPath) {
			packages = append(packages, g.packages[importPath])
		}
	}
	return packages
}

func (g graph) owns(importPath string) bool {
	return importPath == g.module || strings.HasPrefix(importPath, g.module+"/")
}

// short is the path below the module.
func (g graph) short(importPath string) string {
	if importPath == g.module {
		return "."
	}
	return strings.TrimPrefix(importPath, g.module+"/")
}

func matchAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return match(pattern, name) })
}

func match(pattern, name string) bool {
	if pattern == "..." {
		return true
	}
	if parent, deep := strings.CutSuffix(pattern, "/..."); deep {
		return name == parent || strings.HasPrefix(name, parent+"/")
	}
	matched, err := path.Match(pattern, name)
	return err == nil && matched
}
