package driver

import "time"

// RestartPolicy says when the host starts an instance again by itself.
type RestartPolicy string

// The policies. The empty one means never: an orchestrator decides itself.
const (
	RestartNever         RestartPolicy = ""
	RestartOnFailure     RestartPolicy = "on-failure"
	RestartAlways        RestartPolicy = "always"
	RestartUnlessStopped RestartPolicy = "unless-stopped"
)

// Restart says when and how often the host starts an instance again by itself.
type Restart struct {
	Policy RestartPolicy `json:"policy,omitempty"`
	// MaxRetries bounds RestartOnFailure; 0 means no bound.
	MaxRetries int `json:"maxRetries,omitempty"`
}

// HealthCheck is a command by which the host finds out whether an instance is well.
type HealthCheck struct {
	// Command is the program and its arguments, which exits with 0 if all is well.
	// Empty takes the image's.
	Command []string `json:"command,omitempty"`
	// Disabled turns the image's check off.
	Disabled bool `json:"disabled,omitempty"`
	// Interval is the time between checks, Timeout what one may take, and StartPeriod
	// how long failures don't count after a start. 0 means the engine's default.
	Interval    time.Duration `json:"interval,omitempty"`
	Timeout     time.Duration `json:"timeout,omitempty"`
	StartPeriod time.Duration `json:"startPeriod,omitempty"`
	// StartInterval is the time between checks within StartPeriod; 0 means the engine's
	// default.
	StartInterval time.Duration `json:"startInterval,omitempty"`
	// Retries is after how many failures in a row it is unhealthy; 0 means 3.
	Retries int `json:"retries,omitempty"`
}

// Log says where the host puts what an instance prints.
type Log struct {
	// Driver is the engine's log driver, such as "local" or "journald"; empty means
	// the host's default. Logs are readable only from drivers that keep them.
	Driver string `json:"driver,omitempty"`
	// Options are the driver's own, such as "max-size".
	Options map[string]string `json:"options,omitempty"`
}
