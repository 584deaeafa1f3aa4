package archtest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// small is a tree that breaks no law; each test plants one violation in it.
func small() graph {
	g := graph{module: "m", packages: map[string]pkg{}}
	for importPath, imports := range map[string]string{
		"m":                                "errors",
		"m/template":                       "m io",
		"m/template/tarfile":               "m/template m/internal/fetch",
		"m/driver":                         "m m/template",
		"m/driver/docker":                  "m/driver m/internal/engine",
		"m/guru":                           "m/driver strings",
		"m/discovery":                      "m/driver",
		"m/discovery/local":                "m/discovery m/internal/engine os",
		"m/internal/engine":                "m/driver github.com/docker/docker/client",
		"m/internal/buildkit":              "m/template github.com/moby/buildkit/client",
		"m/internal/fetch":                 "m net/http",
		"m/internal/enginetest":            "testing",
		"m/internal/enginetest/withengine": "m/internal/enginetest",
		"m/examples/quickstart":            "m m/driver/docker github.com/other/library",
	} {
		g.packages[importPath] = pkg{ImportPath: importPath, Imports: strings.Fields(imports)}
	}
	for _, name := range []string{"errors", "io", "os", "strings", "net", "net/http", "net/netip", "testing"} {
		g.packages[name] = pkg{ImportPath: name, Standard: true}
	}
	g.packages["github.com/other/library"] = pkg{Imports: []string{"io"}}
	return g
}

func TestTheSmallTreeIsLawful(t *testing.T) {
	if found := small().broken(laws); found != nil {
		t.Errorf("broken: %q", found)
	}
}

func TestPlantedViolationsAreFound(t *testing.T) {
	for _, test := range []struct{ who, imports, says string }{
		{"m", "m/driver", "the root imports nothing of ours"},
		{"m/template", "m/driver", "template imports only the root"},
		{"m/driver", "m/guru", "driver imports only the contracts below it"},
		{"m/guru", "m/discovery", "guru imports only the contracts below it"},
		{"m/discovery", "m/guru", "discovery imports only the contracts below it"},
		{"m/driver", "github.com/other/library", "a contract reaches only"},
		{"m/driver", "m/driver/docker", "a contract reaches only"},
		{"m/guru", "os", "the guru is pure"},
		{"m/guru", "net", "the guru is pure"},
		{"m/template/tarfile", "m/internal/engine", "a kind of template"},
		{"m/template/tarfile", "m/driver", "a kind of template"},
		{"m/driver/docker", "m/discovery", "a driver is built from"},
		{"m/driver/memory", "m/internal/engine", "the drivers for tests"},
		{"m/discovery/local", "m/driver/docker", "a way to discover"},
		{"m/internal/engine", "m/internal/buildkit", "what speaks to a vendor"},
		{"m/internal/engine", "github.com/moby/buildkit/client", "only internal/buildkit"},
		{"m/internal/buildkit", "github.com/docker/docker/client", "only internal/engine"},
		{"m/driver/docker", "github.com/docker/docker", "only internal/engine"},
		{"m/driver/docker", "github.com/moby/moby/client", "only internal/engine"},
		{"m/driver/memory", "go.opentelemetry.io/otel/trace", "only the docker driver and its engine"},
		{"m/driver/docker", "go.opentelemetry.io/otel/sdk/trace", "a library tells OpenTelemetry's API"},
		{"m/examples/quickstart", "m/internal/engine", "an example shows"},
		{"m/internal/fetch", "m/examples/quickstart", "nothing imports an example"},
		{"m/internal/fetch", "m/internal/enginetest", "test support is for tests"},
		{"m/internal/enginetest", "m/driver/docker", "test support does not"},
	} {
		t.Run(test.who+" "+test.imports, func(t *testing.T) {
			g := small()
			p := g.packages[test.who]
			p.ImportPath, p.Imports = test.who, append(p.Imports, test.imports)
			g.packages[test.who] = p
			want := test.who + " imports " + test.imports + ": " + test.says
			if found := strings.Join(g.broken(laws), "\n"); !strings.Contains(found, want) {
				t.Errorf("found %q, want %q", found, want)
			}
		})
	}
}

func TestViolationsFarAwayAreFound(t *testing.T) {
	g := small()
	g.packages["m/template"] = pkg{ImportPath: "m/template", Imports: []string{"github.com/other/library"}}
	found := strings.Join(g.broken(laws), "\n")
	if want := "m/guru imports github.com/other/library: a contract reaches"; !strings.Contains(found, want) {
		t.Errorf("found %q, want %q", found, want)
	}
}

func TestTestsAreBound(t *testing.T) {
	g := small()
	p := g.packages["m/driver"]
	p.TestImports = []string{"github.com/other/library", "m/internal/enginetest"}
	p.XTestImports = []string{"m/driver/docker", "github.com/docker/docker/client", "m/examples/quickstart"}
	g.packages["m/driver"] = p
	want := []string{
		"m/driver imports github.com/docker/docker/client: only internal/engine speaks to Docker's client",
		"m/driver imports m/examples/quickstart: nothing imports an example",
	}
	if diff := cmp.Diff(want, g.broken(laws)); diff != "" {
		t.Errorf("of a test's imports, what is broken (-want +got):\n%s", diff)
	}
}

func TestIdlePatternsAreFound(t *testing.T) {
	idle := []law{{who: []string{"driver", "drivers/..."}, except: []string{"gone"}}}
	if diff := cmp.Diff([]string{"drivers/...", "gone"}, small().idle(idle)); diff != "" {
		t.Errorf("idle patterns (-want +got):\n%s", diff)
	}
}
