package guru

import (
	"cmp"
	"maps"
	"slices"
)

// process maps what runs: the profile's own word, else the template's. An entrypoint
// takes the command along, as in Docker.
func (d *draft) process() {
	p, t := d.profile, d.profile.Template
	entrypoint, command := p.Entrypoint, p.Command
	if entrypoint == nil {
		entrypoint = t.Entrypoint
		if command == nil {
			command = t.Command
		}
	}
	d.spec.Entrypoint, d.spec.Command = slices.Clone(entrypoint), slices.Clone(command)
	d.spec.User, d.spec.WorkDir = cmp.Or(p.User, t.User), cmp.Or(p.WorkDir, t.WorkDir)
	if len(p.Env)+len(t.Env) > 0 {
		d.spec.Env = make(map[string]string, len(p.Env)+len(t.Env))
		maps.Copy(d.spec.Env, t.Env)
		maps.Copy(d.spec.Env, p.Env)
	}
	if d.spec.Ports = slices.Clone(p.Ports); p.Ports == nil {
		d.spec.Ports = slices.Clone(t.Ports)
	}
	health := p.Health
	if health == nil {
		health = t.Health
	}
	if health != nil {
		own := *health
		own.Command = slices.Clone(health.Command)
		d.spec.Health = &own
	}
}

// boot refuses what a machine would do before its system runs.
func (d *draft) boot() {
	for _, option := range []struct{ path, value string }{
		{"boot.args", d.profile.Boot.Args}, {"boot.type", d.profile.Boot.Type}, {"boot.mode", d.profile.Boot.Mode},
	} {
		if option.value != "" {
			d.unsupported(option.path, "an engine boots nothing, so that %q means nothing to it", option.value)
		}
	}
}
