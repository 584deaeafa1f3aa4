package tarfile

import (
	"encoding/json"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// set sets what a detail of a registration says.
func (s *Source) set(name, value string) error {
	refuse := func(reason string) error {
		return &dockerhv.FieldError{Field: "details." + name, Reason: reason}
	}
	ok := true
	kind, key, _ := strings.Cut(name, ".")
	switch {
	case name == "image":
		s.Image = value
	case name == "layout":
		s.Layout = Layout(strings.ToLower(value))
	case name == "platform":
		s.Config.Platform, ok = parsePlatform(value)
	case name == "entrypoint":
		s.Config.Entrypoint, ok = parseCommand(value)
	case name == "command":
		s.Config.Command, ok = parseCommand(value)
	case name == "user":
		s.Config.User = value
	case name == "workdir":
		s.Config.WorkDir = value
	case kind == "env" && key != "":
		s.Config.Env = with(s.Config.Env, key, value)
	case kind == "label" && key != "":
		s.Config.Labels = with(s.Config.Labels, key, value)
	default:
		return refuse("is not known; a Tarfile knows image, layout, platform, entrypoint, command, user, workdir, env.NAME and label.NAME")
	}
	if !ok {
		return refuse("can't be read")
	}
	return nil
}

func with(all map[string]string, key, value string) map[string]string {
	if all == nil {
		all = make(map[string]string)
	}
	all[key] = value
	return all
}

func parsePlatform(s string) (template.Platform, bool) {
	os, rest, _ := strings.Cut(s, "/")
	arch, variant, _ := strings.Cut(rest, "/")
	return template.Platform{OS: os, Architecture: arch, Variant: variant}, os != "" && arch != "" && !strings.Contains(variant, "/")
}

// parseCommand reads a command as a Dockerfile does: a list in JSON is run as it is,
// and anything else by a shell.
func parseCommand(s string) ([]string, bool) {
	if !strings.HasPrefix(strings.TrimSpace(s), "[") {
		return []string{"/bin/sh", "-c", s}, strings.TrimSpace(s) != ""
	}
	var words []string
	err := json.Unmarshal([]byte(s), &words)
	return words, err == nil && len(words) > 0
}
