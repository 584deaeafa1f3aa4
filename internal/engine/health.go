package engine

import (
	"strings"

	"github.com/docker/docker/api/types/container"

	"github.com/dockerhv/dockerhv/driver"
)

// readHealth is the result of a container's health check. An engine calls all that
// does not run unhealthy, also what is paused.
func readHealth(s driver.State, h *container.Health) driver.CheckResult {
	if h == nil || s != driver.Running {
		return driver.CheckResult{}
	}
	r := driver.CheckResult{Status: checkStatus(h.Status), Failures: h.FailingStreak}
	if r.Status == driver.CheckUnhealthy && r.Failures == 0 {
		r.Status = driver.CheckStarting // it was paused, and has not been checked since
	}
	if r.Status == driver.CheckNone || len(h.Log) == 0 {
		return r
	}
	last := h.Log[len(h.Log)-1]
	r.Output, r.Time = last.Output, last.End.UTC()
	if len(r.Output) > driver.CheckOutput {
		r.Output = strings.ToValidUTF8(r.Output[:driver.CheckOutput], "")
	}
	return r
}

// checkStatus translates the engine's word.
func checkStatus(s container.HealthStatus) driver.CheckStatus {
	switch s {
	case container.Starting:
		return driver.CheckStarting
	case container.Healthy:
		return driver.CheckHealthy
	case container.Unhealthy:
		return driver.CheckUnhealthy
	}
	return driver.CheckNone
}

// listedHealth reads the status out of the list's text for people, such as "Up 2
// minutes (healthy)", where alone the list has it. Between an Unpause and the next
// check that says unhealthy.
func listedHealth(s driver.State, text string) driver.CheckStatus {
	switch {
	case s != driver.Running:
		return driver.CheckNone
	case strings.HasSuffix(text, "(health: starting)"):
		return driver.CheckStarting
	case strings.HasSuffix(text, "(healthy)"):
		return driver.CheckHealthy
	case strings.HasSuffix(text, "(unhealthy)"):
		return driver.CheckUnhealthy
	}
	return driver.CheckNone
}
