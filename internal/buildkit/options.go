package buildkit

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/secrets/secretsprovider"
	"github.com/moby/buildkit/session/sshforward/sshprovider"
	"github.com/moby/buildkit/util/staticfs"
	"github.com/tonistiigi/fsutil"
	"github.com/tonistiigi/fsutil/types"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// filename is what the Dockerfile is called in the mount that it is sent in.
const filename = "Dockerfile"

func solveOpt(build Build) (client.SolveOpt, error) {
	mounts, err := build.mounts()
	if err != nil {
		return client.SolveOpt{}, err
	}
	attachables, err := build.attachables()
	if err != nil {
		return client.SolveOpt{}, err
	}
	opt := client.SolveOpt{
		Frontend:      "dockerfile.v0",
		FrontendAttrs: frontendAttrs(build),
		LocalMounts:   mounts,
		Session:       attachables,
		SharedKey:     build.Key,
	}
	for _, cache := range build.CacheFrom {
		opt.CacheImports = append(opt.CacheImports, cache.entry("src"))
	}
	for _, cache := range build.CacheTo {
		opt.CacheExports = append(opt.CacheExports, cache.entry("dest"))
	}
	if build.Network == "host" {
		opt.AllowedEntitlements = []string{"network.host"}
	}
	return opt, nil
}

// mounts are what BuildKit may ask for: the Dockerfile and the context.
func (b Build) mounts() (map[string]fsutil.FS, error) {
	if b.Git != (Git{}) {
		return nil, nil
	}
	var context fsutil.FS = staticfs.NewFS()
	switch {
	case b.FS != nil:
		context = tree{b.FS}
	case b.Dir != "":
		dir, err := fsutil.NewFS(b.Dir)
		if err != nil {
			return nil, err
		}
		context = dir
	}
	dockerfile := staticfs.NewFS()
	dockerfile.Add(filename, textStat(b.Dockerfile), b.Dockerfile)
	if b.Ignore != nil {
		dockerfile.Add(filename+".dockerignore", textStat(b.Ignore), b.Ignore)
	}
	return map[string]fsutil.FS{"context": context, "dockerfile": dockerfile}, nil
}

// textStat is of a file that is nowhere. Its time is made of its content: a host that
// has one of the same size and time takes it for the same and builds that.
func textStat(text []byte) *types.Stat {
	const from, span = 946684800e9, 1e18 // the year 2000, and thirty years, in nanoseconds
	sum := sha256.Sum256(text)
	return &types.Stat{Mode: 0o644, ModTime: from + int64(binary.BigEndian.Uint64(sum[:])%span)}
}

// attachables are what steps may ask for while they run.
func (b Build) attachables() ([]session.Attachable, error) {
	var all []session.Attachable
	if len(b.Secrets) > 0 {
		all = append(all, secretsprovider.FromMap(b.Secrets))
	}
	if len(b.SSH) == 0 {
		return all, nil
	}
	var agents []sshprovider.AgentConfig
	for _, id := range slices.Sorted(maps.Keys(b.SSH)) {
		agents = append(agents, sshprovider.AgentConfig{ID: id, Paths: slices.Clone(b.SSH[id])})
	}
	provider, err := sshprovider.NewSSHAgentProvider(agents)
	if err != nil {
		// A path is no secret, and what is in a key is not in the error.
		return nil, &dockerhv.FieldError{Field: "ssh", Reason: err.Error()}
	}
	return append(all, provider), nil
}

func (c Cache) entry(dir string) client.CacheOptionsEntry {
	entry := client.CacheOptionsEntry{Attrs: make(map[string]string)}
	switch {
	case c.Registry != "":
		entry.Type, entry.Attrs["ref"] = "registry", c.Registry
	case c.Dir != "":
		entry.Type, entry.Attrs[dir] = "local", c.Dir
	default:
		entry.Type = "inline"
	}
	if c.All {
		entry.Attrs["mode"] = "max"
	}
	return entry
}

func frontendAttrs(build Build) map[string]string {
	attrs := map[string]string{"filename": filename}
	if build.Git != (Git{}) {
		attrs["filename"] = build.Name
		attrs["context"] = build.Git.URL + "#" + build.Git.Commit
		if build.Git.Subdir != "" {
			attrs["context"] += ":" + build.Git.Subdir
		}
	}
	if build.Target != "" {
		attrs["target"] = build.Target
	}
	if build.Platform != (template.Platform{}) {
		attrs["platform"] = build.Platform.String()
	}
	if build.NoCache {
		attrs["no-cache"] = ""
	}
	if build.Network != "" {
		attrs["force-network-mode"] = build.Network
	}
	if len(build.Hosts) > 0 {
		var hosts []string
		for _, name := range slices.Sorted(maps.Keys(build.Hosts)) {
			hosts = append(hosts, name+"="+build.Hosts[name])
		}
		attrs["add-hosts"] = strings.Join(hosts, ",")
	}
	for name, value := range build.Args {
		attrs["build-arg:"+name] = value
	}
	for name, value := range build.Labels {
		attrs["label:"+name] = value
	}
	return attrs
}
