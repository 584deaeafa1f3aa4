package template

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dockerhv/dockerhv"
)

// Bounds in characters, as the cloud's API and database have them (CloudStack's
// RegisterTemplateCmd, whose default is 255, and its table vm_template_details).
const (
	maxText        = 255
	maxDisplayText = 4096
	maxURL         = 2048
	maxDetail      = 1024
)

// allZones is the cloud's word for a template that is in all zones.
const allZones = "-1"

// Complete returns the registration as a catalog keeps it: defaults filled in, and
// what has more than one spelling in one of them. It is pure, and the one place of
// the rules that hold for all formats; what a format asks for, its opener checks.
// The first fault of each part (texts, format, hypervisor, URL, checksum,
// architecture, zones, details, secrets) is reported as a *dockerhv.FieldError
// under the cloud's name of the parameter: error code 431, see [Code].
func (r Registration) Complete() (Registration, error) {
	r = r.clone()
	r.URL = strings.TrimSpace(r.URL)
	return r, errors.Join(
		completeTexts(&r),
		completeFormat(&r),
		completeHypervisor(&r),
		checkLocation(r),
		completeChecksum(&r),
		completeArch(&r),
		completeZones(&r),
		completeDetails(&r),
		completeSecrets(&r),
	)
}

func completeTexts(r *Registration) error {
	if r.ID == "" {
		return &dockerhv.FieldError{Field: "id", Reason: "is empty; give the template an ID"}
	}
	if strings.ContainsFunc(r.ID, unicode.IsSpace) {
		return &dockerhv.FieldError{Field: "id", Reason: quote(r.ID) + " has a space; use one without"}
	}
	r.Name, r.DisplayText = strings.TrimSpace(r.Name), strings.TrimSpace(r.DisplayText)
	r.Tag, r.Owner = strings.TrimSpace(r.Tag), strings.TrimSpace(r.Owner)
	if r.Name == "" {
		r.Name = r.ID
	}
	if r.DisplayText == "" {
		r.DisplayText = r.Name
	}
	for _, text := range []struct{ field, value string }{
		{"id", r.ID}, {"name", r.Name}, {"owner", r.Owner}, {"ostypeid", r.OSType}, {"templatetag", r.Tag},
	} {
		if err := checkText(text.field, text.value, maxText); err != nil {
			return err
		}
	}
	// It alone may have several lines.
	return checkText("displaytext", strings.NewReplacer("\n", " ", "\r", " ", "\t", " ").Replace(r.DisplayText), maxDisplayText)
}

func completeFormat(r *Registration) error {
	format, err := ParseFormat(string(r.Format))
	if err != nil {
		return err
	}
	r.Format = format
	return nil
}

func completeHypervisor(r *Registration) error {
	if name := strings.TrimSpace(r.Hypervisor); name != "" && !strings.EqualFold(name, Hypervisor) {
		return &dockerhv.FieldError{
			Field: "hypervisor", Reason: fmt.Sprintf("%s is not served; use %s, or leave it empty", quote(name), Hypervisor),
		}
	}
	r.Hypervisor = Hypervisor
	return nil
}

func completeChecksum(r *Registration) error {
	checksum, err := ParseChecksum(r.Checksum)
	r.Checksum = checksum.String()
	return err
}

func completeZones(r *Registration) error {
	slices.Sort(r.Zones)
	for i, zone := range r.Zones {
		switch {
		case zone == "":
			return &dockerhv.FieldError{Field: "zoneids", Reason: "has an empty zone; leave it out"}
		case zone == allZones && len(r.Zones) > 1:
			return &dockerhv.FieldError{Field: "zoneids", Reason: "has -1, which is all zones, together with others; use one or the other"}
		case i > 0 && zone == r.Zones[i-1]:
			return &dockerhv.FieldError{Field: "zoneids", Reason: quote(zone) + " is there twice"}
		}
		if err := checkText("zoneids", zone, maxText); err != nil {
			return err
		}
	}
	if len(r.Zones) == 0 || r.Zones[0] == allZones {
		r.Zones = nil
	}
	return nil
}

func completeSecrets(r *Registration) error {
	for _, name := range r.Secrets.Names() {
		if err := checkName("secrets", name); err != nil {
			return err
		}
		if _, ok := r.Details[name]; ok {
			return &dockerhv.FieldError{Field: "secrets." + name, Reason: "is a detail, too; give it once"}
		}
	}
	if len(r.Secrets) == 0 {
		r.Secrets = nil
	}
	return nil
}

// checkName checks the name of a detail or secret.
func checkName(field, name string) error {
	if name == "" || strings.ContainsFunc(name, unicode.IsSpace) {
		return &dockerhv.FieldError{Field: field, Reason: quote(name) + " is no name; use one without spaces"}
	}
	return checkText(field, name, maxText)
}

// checkText bounds a text, and refuses what a database or a terminal would change.
func checkText(field, text string, limit int) error {
	switch {
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return &dockerhv.FieldError{Field: field, Reason: "holds text that is no UTF-8, or a control character"}
	case utf8.RuneCountInString(text) > limit:
		return &dockerhv.FieldError{Field: field, Reason: fmt.Sprintf("has more than %d characters; shorten it", limit)}
	}
	return nil
}

// quote shows the beginning of what a stranger wrote.
func quote(s string) string {
	const shown = 80
	if runes := []rune(s); len(runes) > shown {
		s = string(runes[:shown]) + "..."
	}
	return fmt.Sprintf("%q", s)
}
