package archtest

// A law says what some of our packages may import. Patterns are paths below the module ("." is the root) as
// [path.Match] has them; one that ends in "/..." matches that package and all below it.
type law struct {
	says   string
	who    []string // the packages that it binds
	except []string // and of those not these
	ours   []string // if not nil, the only packages of this module that they may import
	never  []string // packages of others that they may not import, nor any below
	reach  bool     // binds all that they reach, too, which then is the standard library and ours alone
	tests  bool     // binds their tests, too
}

var contracts = []string{".", "template", "driver", "guru", "discovery"}

var laws = []law{
	{
		says: "a contract reaches only the standard library and contracts, so that a plugin compiles no Docker code",
		who:  contracts, ours: contracts, reach: true,
	},
	{says: "the root imports nothing of ours", who: []string{"."}, ours: []string{}},
	{says: "template imports only the root", who: []string{"template"}, ours: []string{"."}},
	{says: "driver imports only the contracts below it", who: []string{"driver"}, ours: []string{".", "template"}},
	{says: "guru imports only the contracts below it", who: []string{"guru"}, ours: []string{".", "template", "driver"}},
	{says: "discovery imports only the contracts below it", who: []string{"discovery"}, ours: []string{".", "template", "driver"}},
	{
		says:  "the guru is pure: it does no I/O",
		who:   []string{"guru"},
		never: []string{"os", "net", "net/http", "syscall", "io/fs", "io/ioutil", "log"},
	},
	{
		says: "a kind of template is built from the contract, downloads, decompressors and BuildKit",
		who:  []string{"template/*"},
		ours: []string{".", "template", "internal/fetch", "internal/buildkit", "internal/compression"},
	},
	{
		says: "a driver is built from the contracts, the engine and the kernel's files",
		who:  []string{"driver/docker", "driver/swarm"},
		ours: []string{".", "template", "driver", "internal/engine", "internal/cgroup"},
	},
	{
		says: "the drivers for tests know no engine",
		who:  []string{"driver/memory", "driver/drivertest"},
		ours: []string{".", "template", "driver"},
	},
	{
		says: "a way to discover hosts is built from the contracts, the engine and the docker command's files",
		who:  []string{"discovery/*"},
		ours: []string{".", "driver", "discovery", "internal/engine", "internal/dockerconfig"},
	},
	{
		says: "what reads the docker command's files makes endpoints of them and asks nobody",
		who:  []string{"internal/dockerconfig"}, ours: []string{".", "template", "driver"},
		never: []string{"net", "net/http"},
	},
	{
		says: "what speaks to a vendor or the network knows the contracts' types alone",
		who:  []string{"internal/engine/...", "internal/buildkit/...", "internal/fetch/..."},
		ours: []string{".", "template", "driver", "internal/engine/*", "internal/buildkit/*", "internal/fetch/*"},
	},
	{
		says: "what decompresses knows no template", who: []string{"internal/compression"}, ours: []string{},
	},
	{
		says: "what reads the kernel's files asks nobody",
		who:  []string{"internal/cgroup"},
		ours: []string{".", "template", "driver"}, never: []string{"net", "net/http"},
	},
	{
		says: "only internal/engine speaks to Docker's client",
		who:  []string{"..."}, except: []string{"internal/engine/..."}, tests: true,
		never: []string{"github.com/docker/docker", "github.com/moby/moby"},
	},
	{
		says: "only internal/buildkit speaks to BuildKit",
		who:  []string{"..."}, except: []string{"internal/buildkit/..."}, tests: true,
		never: []string{"github.com/moby/buildkit"},
	},
	{
		says: "only the docker driver and its engine speak to OpenTelemetry",
		who:  []string{"..."}, except: []string{"driver/docker", "internal/engine/..."},
		never: []string{"go.opentelemetry.io"},
	},
	{
		says: "a library tells OpenTelemetry's API; its SDK is the program's",
		who:  []string{"driver/...", "internal/..."}, never: []string{"go.opentelemetry.io/otel/sdk", "go.opentelemetry.io/otel/exporters"},
	},
	{
		says: "an example shows what a user can do: it imports nothing internal",
		who:  []string{"examples/..."},
		ours: []string{"examples/...", ".", "template/...", "driver/...", "guru/...", "discovery/..."},
	},
	{
		says: "nothing imports an example",
		who:  []string{"..."}, except: []string{"examples/..."}, tests: true,
		ours: []string{".", "template/...", "driver/...", "guru/...", "discovery/...", "internal/..."},
	},
	{
		says: "test support is for tests",
		who:  []string{"..."}, except: []string{"internal/enginetest/..."},
		ours: []string{
			".", "template/...", "driver/...", "guru/...", "discovery/...", "examples/...",
			"internal/engine/...", "internal/buildkit/...", "internal/fetch/...", "internal/cgroup",
			"internal/dockerconfig", "internal/compression",
		},
	},
	{
		says: "test support does not go through what it helps to test",
		who:  []string{"internal/enginetest/..."}, ours: []string{"internal/enginetest/..."},
	},
}

// awaited are the patterns of the laws for packages that are still to come.
var awaited = []string{"driver/swarm", "driver/memory", "driver/drivertest"}

// vague are names that say nothing of what a package is for.
var vague = []string{"base", "common", "helper", "helpers", "misc", "shared", "types", "util", "utils"}

// top is what may stand at the top of the tree.
var top = []string{
	"driver", "guru", "discovery", "template", "examples", "internal",
	"doc.go", "errors.go", "outcome.go", "*_test.go", "go.mod", "go.sum", "README.md", "LICENSE", "Makefile", ".*",
	"*.test", "*.out", // of `go test`
}
