package preflight

import (
	"fmt"
	"strings"
)

// check is one of the checks.
type check struct {
	name string
	// needs is the check without whose pass this one has nothing to look at; empty for
	// none. It comes before.
	needs string
	// here is true for one that looks at the machine, which only a host on this one lets.
	here  bool
	judge func(Facts, Options) Finding
}

// checks are all checks, in the order in which they are told: first what the rest needs,
// then what makes a host useless, and last what is good to know.
var checks = []check{
	{name: "access", judge: judgeAccess},
	{name: "engine", needs: "access", judge: judgeEngine},
	{name: "api", needs: "engine", judge: judgeAPI},
	{name: "health", needs: "api", judge: judgeHealth},
	{name: "platform", needs: "api", judge: judgePlatform},
	{name: "name", needs: "api", judge: judgeName},
	{name: "clock", needs: "api", judge: judgeClock},
	{name: "cgroup", needs: "api", judge: judgeCgroup},
	{name: "limits", needs: "api", judge: judgeLimits},
	{name: "security", needs: "api", judge: judgeSecurity},
	{name: "storage", needs: "api", judge: judgeStorage},
	{name: "disk", needs: "api", judge: judgeDisk},
	{name: "memory", needs: "api", judge: judgeMemory},
	{name: "addresses", needs: "api", judge: judgeAddresses},
	{name: "forwarding", needs: "api", judge: judgeForwarding},
	{name: "config", here: true, judge: judgeConfig},
	{name: "live-restore", needs: "api", judge: judgeLiveRestore},
	{name: "logs", needs: "api", judge: judgeLogs},
	{name: "ulimits", needs: "config", here: true, judge: judgeUlimits},
	{name: "registries", needs: "api", judge: judgeRegistries},
	{name: "pull", needs: "api", judge: judgePull},
	{name: "exposure", needs: "access", judge: judgeExposure},
	{name: "identity", needs: "api", judge: judgeIdentity},
	{name: "unmanaged", needs: "api", judge: judgeUnmanaged},
}

// Judge makes a report of facts. It asks nobody.
func Judge(f Facts, o Options) Report {
	o = o.complete()
	r := Report{Schema: ReportSchema, Endpoint: f.Endpoint.String(), Result: Skip}
	if f.Host != nil {
		r.ID, r.Name = f.Host.ID, f.Host.Name
		if f.Endpoint.URL == "" {
			r.Endpoint = f.Host.Endpoint
		}
	}
	broken := make(map[string]bool) // what failed, and what was skipped for that
	for _, c := range checks {
		finding := c.look(f, o, broken)
		finding.Check = c.name
		r.Findings = append(r.Findings, finding)
		if finding.Result.worse(r.Result) {
			r.Result = finding.Result
		}
	}
	return r
}

// look judges, unless there is nothing to look at.
func (c check) look(f Facts, o Options, broken map[string]bool) Finding {
	switch {
	case broken[c.needs]:
		broken[c.name] = true
		return skip("it needs %q to pass", c.needs)
	case c.here && f.Machine == nil:
		return skip("only the host's own machine can tell")
	}
	finding := c.judge(f, o)
	broken[c.name] = finding.Result == Fail
	return finding
}

func pass(format string, args ...any) Finding { return found(Pass, "", format, args) }

func skip(format string, args ...any) Finding { return found(Skip, "", format, args) }

func warn(remedy, format string, args ...any) Finding { return found(Warn, remedy, format, args) }

func fail(remedy, format string, args ...any) Finding { return found(Fail, remedy, format, args) }

// found is a finding, whose detail is one line whatever an error in it says.
func found(r Result, remedy, format string, args []any) Finding {
	detail := strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "; ")
	return Finding{Result: r, Detail: detail, Remedy: remedy}
}
