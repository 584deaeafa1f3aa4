package driver

import (
	"regexp"
	"time"
)

var runtimePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)

// minHealthTime is the least that engines take for a time of a health check.
const minHealthTime = time.Millisecond

func validateRuntime(s Spec) error {
	if s.Runtime != "" && !runtimePattern.MatchString(s.Runtime) {
		return field("runtime", "%q is no name of a runtime", s.Runtime)
	}
	if _, ok := s.Annotations[""]; ok {
		return field("annotations", "has one without a name")
	}
	return nil
}

// ValidateRestart tells whether there can be such a restart policy, as Validate does.
func ValidateRestart(r Restart) error {
	switch r.Policy {
	case RestartNever, RestartAlways, RestartUnlessStopped:
		if r.MaxRetries != 0 {
			return field("restart.maxRetries", "is only for on-failure")
		}
	case RestartOnFailure:
		if r.MaxRetries < 0 {
			return field("restart.maxRetries", "is negative; use 0 for no bound")
		}
	default:
		return field("restart.policy", "%q is refused; use on-failure, always, unless-stopped or none", r.Policy)
	}
	return nil
}

func validateHealth(h *HealthCheck) error {
	if h == nil {
		return nil
	}
	for _, d := range []time.Duration{h.Interval, h.Timeout, h.StartPeriod, h.StartInterval} {
		if d != 0 && d < minHealthTime {
			return field("health", "has a time of %v; use at least %v, or 0 for the engine's default", d, minHealthTime)
		}
		if d != 0 && h.Disabled {
			return field("health", "is disabled and has a time; leave one of the two out")
		}
	}
	switch {
	case h.Retries < 0:
		return field("health", "has a negative number of retries; use 0 for the engine's default")
	case h.Disabled && (len(h.Command) > 0 || h.Retries > 0):
		return field("health", "is disabled and has a command or retries; leave one of the two out")
	}
	return nil
}
