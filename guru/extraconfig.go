package guru

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

// configure applies the options of the details that begin with extraConfig.
func (d *draft) configure() {
	for _, key := range slices.Sorted(maps.Keys(d.profile.Details)) {
		if !strings.HasPrefix(key, extraConfig) {
			continue
		}
		for line := range strings.Lines(d.profile.Details[key]) {
			if line = strings.TrimSpace(line); line != "" {
				d.option("details."+key, line)
			}
		}
	}
}

// option applies one. No reason holds a value: it may be a secret.
func (d *draft) option(path, line string) {
	option, value, ok := strings.Cut(line, "=")
	option = strings.TrimSpace(option)
	if !ok {
		d.invalid(path, "a line is no option=value")
		return
	}
	kind, name, named := strings.Cut(option, ".")
	if named && name != "" {
		d.named(path, kind, name, value)
		return
	}
	value = strings.TrimSpace(value)
	switch s := &d.spec; option {
	case "init":
		d.flag(path, option, value, &s.Init)
	case "readOnlyRoot":
		d.flag(path, option, value, &s.Security.ReadOnlyRoot)
	case "noNewPrivileges":
		d.flag(path, option, value, &s.Security.NoNewPrivileges)
	case "dropCapabilities":
		s.Security.DropCapabilities = append(s.Security.DropCapabilities, strings.Split(value, ",")...)
	case "stopSignal":
		s.StopSignal = value
	case "stopGrace":
		d.grace(path, value)
	case "pids":
		d.number(path, option, value, &s.Resources.PIDs)
	default:
		d.unknownOption(path, option)
	}
}

// named applies an option of several, such as "env.NAME".
func (d *draft) named(path, kind, name, value string) {
	switch kind {
	case "env":
		if has, ok := d.profile.Env[name]; ok && has != value {
			d.invalid(path, "the variable %q contradicts profile.env", name)
			return
		}
		if d.spec.Env == nil {
			d.spec.Env = make(map[string]string)
		}
		d.spec.Env[name] = value
	case "label":
		d.label(path, name, value)
	case "ulimit":
		d.ulimit(path, name, value)
	default:
		d.unknownOption(path, kind+"."+name)
	}
}

func (d *draft) unknownOption(path, option string) {
	d.invalid(path, "the option %q is not one of those that can't reach beyond the instance, which Details lists", option)
}

func (d *draft) flag(path, option, value string, field *bool) {
	switch value {
	case "true":
		*field = true
	case "false":
	default:
		d.invalid(path, "%s is neither true nor false", option)
	}
}

func (d *draft) number(path, option, value string, field *int64) {
	number, err := strconv.ParseInt(value, 10, 64)
	if err != nil || number <= 0 {
		d.invalid(path, "%s is no number above 0", option)
		return
	}
	*field = number
}

func (d *draft) grace(path, value string) {
	grace, err := time.ParseDuration(value)
	if err != nil || grace <= 0 {
		d.invalid(path, "stopGrace is no time such as 30s")
		return
	}
	d.spec.StopGrace = grace
}

func (d *draft) ulimit(path, name, value string) {
	soft, hard, both := strings.Cut(strings.TrimSpace(value), ":")
	if !both {
		hard = soft
	}
	low, lowErr := strconv.ParseInt(soft, 10, 64)
	high, highErr := strconv.ParseInt(hard, 10, 64)
	if lowErr != nil || highErr != nil {
		d.invalid(path, "ulimit.%s is no number, nor two with a colon between", name)
		return
	}
	if d.spec.Ulimits == nil {
		d.spec.Ulimits = make(map[string]driver.Ulimit)
	}
	d.spec.Ulimits[name] = driver.Ulimit{Soft: low, Hard: high}
}
