package drivertest

import "slices"

// Rule is one rule that the suite proves.
type Rule struct {
	// Name is the subtest's below the test that calls Run, before package testing
	// puts underscores in the place of spaces.
	Name string
	// Lines are the numbers of the project's requirements that it proves, or a part
	// of; see requirements.md.
	Lines []int
	// Needs is the optional interface that it is about; empty for the core's rules.
	Needs Capability
}

// Rules lists the rules in the order in which Run proves them.
func Rules() []Rule {
	var all []Rule
	for _, g := range groups() {
		for _, r := range g.rules {
			needs := g.needs
			if r.needs != "" {
				needs = r.needs
			}
			all = append(all, Rule{Name: g.name + "/" + r.name, Lines: slices.Clone(r.lines), Needs: needs})
		}
	}
	return all
}

// group is the rules about one thing.
type group struct {
	name  string
	needs Capability // what all of them need
	alone bool       // one after the other
	rules []rule
}

// rule is one of them.
type rule struct {
	name  string
	lines []int
	prove func(t *trial)
	needs Capability // what this one needs
}

// about is the numbers of the requirements that a rule is about.
func about(lines ...int) []int { return lines }

// groups lists all groups. Those that spoil a broken host come last.
func groups() []group {
	return []group{
		hostRules, createRules, fileRules, startRules, stopRules, restartRules, destroyRules, inspectRules, listRules,
		portRules, networkRules, nicRules, sharedRules,
		ownerRules, errorRules, sharingRules, concurrencyRules,
		waitRules, exitRules, healthyRules, eventRules, logRules, pauseRules, signalRules, stateRules, resizeRules, planRules,
		replaceRules, retireRules, rescueRules, suspendRules, execRules, consoleRules, copyRules, captureRules, statsRules, volumeRules,
		dumpRules, healthRules, capabilityRules, recoverRules, sweepRules, auditRules, abandonRules, cutRules, imageRules,
	}
}
