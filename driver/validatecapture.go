package driver

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// The bounds of what is said of a capture: more is a mistake, and an image's
// configuration is read whole wherever it is used.
const (
	maxChanges     = 64
	maxChange      = 4096
	maxCaptureText = 1024
)

// ownLabels is what labels of this module begin with.
const ownLabels = "io.github.dockerhv."

// Validate refuses options that can't be meant. Its error matches dockerhv.ErrInvalid and
// names the field. A host may refuse more.
func (o CaptureOptions) Validate() error {
	if o.Reference == "" || strings.Contains(o.Reference, "@") {
		return field("reference", "give a name with a tag, such as backups/web:1, and without a digest")
	}
	for name, text := range map[string]string{"author": o.Author, "message": o.Message} {
		if len(text) > maxCaptureText || strings.ContainsFunc(text, unicode.IsControl) {
			return field(name, "is no line of at most %d bytes", maxCaptureText)
		}
	}
	if len(o.Changes) > maxChanges {
		return field("changes", "are more than %d", maxChanges)
	}
	for n, change := range o.Changes {
		if err := validateChange(fmt.Sprintf("changes[%d]", n), change); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Labels)) {
		if name == "" || strings.HasPrefix(name, ownLabels) {
			return field("labels", "%q is refused; use a name that is not empty and does not begin with %s", name, ownLabels)
		}
	}
	return exactText("", reflect.ValueOf(o))
}

// validateChange refuses an instruction that a capture can't follow. LABEL is among them:
// it could give the image labels of ours, by way of a variable, too.
func validateChange(at, change string) error {
	if len(change) > maxChange || strings.ContainsFunc(change, func(r rune) bool { return r != '\t' && unicode.IsControl(r) }) {
		return field(at, "is no line of at most %d bytes", maxChange)
	}
	word, rest, _ := strings.Cut(strings.TrimSpace(strings.ReplaceAll(change, "\t", " ")), " ")
	allowed := []string{"CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"}
	switch {
	case strings.EqualFold(word, "LABEL"):
		return field(at, "is a LABEL; use the labels of the options")
	case !slices.Contains(allowed, strings.ToUpper(word)) || strings.TrimSpace(rest) == "":
		return field(at, "is none of the instructions %s", strings.Join(allowed, ", "))
	case strings.HasSuffix(rest, `\`):
		return field(at, `ends with \, as if a line followed`)
	}
	return nil
}
