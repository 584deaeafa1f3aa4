package preflight

import (
	"errors"
	"io/fs"
)

// judgeConfig wants a configuration that can be read, for an engine does not start again
// without.
func judgeConfig(f Facts, _ Options) Finding {
	m := f.Machine
	switch {
	case errors.Is(m.ConfigErr, fs.ErrPermission):
		return skip("%v", m.ConfigErr)
	case m.ConfigErr != nil:
		return fail("mend the file: the engine will not start again with it", "%v", m.ConfigErr)
	case len(m.Config.names) == 0:
		return pass("%s sets nothing", m.ConfigFile)
	}
	return pass("%s can be read", m.ConfigFile)
}

func judgeLiveRestore(f Facts, _ Options) Finding {
	switch h := f.Host; {
	case h.LiveRestore:
		return pass("instances survive a restart of the engine")
	case h.Swarm == "active":
		return pass("the engine is part of a swarm, which can't have live-restore")
	}
	return warn(`set "live-restore": true in daemon.json and reload the engine`, "instances stop with the engine, also when it is upgraded")
}

// judgeLogs wants files of logs that do not grow for ever. Of the log drivers json-file
// alone keeps such, unless it is told not to.
func judgeLogs(f Facts, _ Options) Finding {
	switch f.Host.LogDriver {
	case "":
		return skip("the engine does not tell its log driver")
	case "none":
		return warn(`set "log-driver" in daemon.json, such as to "local"`, "what instances print is lost, by the log driver none")
	case logJSON:
	default:
		return pass("the log driver %s keeps no file that only grows", f.Host.LogDriver)
	}
	if f.Machine == nil || f.Machine.ConfigErr != nil {
		return skip("whether the files of the log driver %s are rotated, the host's daemon.json tells", logJSON)
	}
	switch opts, _, err := setting[map[string]string](f.Machine.Config, "log-opts"); {
	case err != nil:
		return warn("mend it: the engine will not start again with it", "%v", err)
	case opts["max-size"] == "":
		return warn(`set "log-opts": {"max-size": "10m", "max-file": "3"} in daemon.json; it counts for instances that are created after`,
			"an instance's log may fill the disk: the log driver %s has no max-size", logJSON)
	default:
		return pass("files of logs are rotated at %s", opts["max-size"])
	}
}

// logJSON is the log driver that an engine has unless it is told otherwise.
const logJSON = "json-file"

// fewFiles is what any process may open that nobody has bounded.
const fewFiles = 1024

func judgeUlimits(f Facts, _ Options) Finding {
	type ulimit struct {
		Soft, Hard int64
	}
	switch limits, _, err := setting[map[string]ulimit](f.Machine.Config, "default-ulimits"); {
	case err != nil:
		return warn("mend it: the engine will not start again with it", "%v", err)
	case limits["nofile"] == ulimit{}:
		return pass("instances have the engine's own bounds")
	case limits["nofile"].Soft >= 0 && limits["nofile"].Soft < fewFiles:
		return warn(`raise "nofile" of "default-ulimits" in daemon.json`, "a process of an instance may open %d files alone", limits["nofile"].Soft)
	default:
		return pass("a process of an instance may open %d files", limits["nofile"].Soft)
	}
}
