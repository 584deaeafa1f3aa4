package template_test

import (
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv/template"
)

func TestParseChecksum(t *testing.T) {
	digits := strings.Repeat("0123456789abcdef", 4)
	tests := []struct {
		name, in, want string
		reason         string // of a refusal
	}{
		{name: "none", in: ""},
		{name: "spaces", in: " \n"},
		{name: "CloudStack", in: "{SHA-256}" + digits, want: digits},
		{name: "CloudStack without a hyphen", in: "{sha256}" + digits, want: digits},
		{name: "OCI", in: "sha256:" + digits, want: digits},
		{name: "digits alone", in: digits, want: digits},
		{name: "capitals", in: strings.ToUpper(digits), want: digits},
		{name: "surrounded by spaces", in: " sha256:" + digits + "\n", want: digits},

		{name: "MD5 by its length", in: digits[:32], reason: "it names no algorithm"},
		{name: "MD5", in: "{MD5}" + digits[:32], reason: "its algorithm can be forged"},
		{name: "SHA-1", in: "sha1:" + digits[:40], reason: "its algorithm can be forged"},
		{name: "SHA-224", in: "{SHA-224}" + digits[:56], reason: "its algorithm is not SHA-256"},
		{name: "SHA-384", in: "{SHA-384}" + digits + digits[:32], reason: "its algorithm is not SHA-256"},
		{name: "SHA-512", in: "{SHA-512}" + digits + digits, reason: "its algorithm is not SHA-256"},
		{name: "no algorithm", in: ":" + digits, reason: "its algorithm is not known"},
		{name: "another algorithm", in: "{CRC32}" + digits, reason: "its algorithm is not known"},
		{name: "empty braces", in: "{}" + digits, reason: "its braces name no algorithm"},
		{name: "an open brace", in: "{SHA-256" + digits, reason: "its brace is not closed"},
		{name: "one digit less", in: "sha256:" + digits[1:], reason: "64 hexadecimal digits"},
		{name: "one digit more", in: "{SHA-256}" + digits + "0", reason: "64 hexadecimal digits"},
		{name: "no digits", in: "sha256:", reason: "64 hexadecimal digits"},
		{name: "a letter that is no digit", in: "g" + digits[1:], reason: "64 hexadecimal digits"},
		{name: "an inner space", in: "sha256: " + digits, reason: "64 hexadecimal digits"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := template.ParseChecksum(tt.in)
			if tt.reason != "" {
				checkField(t, err, "checksum", tt.reason)
				if got != (template.Checksum{}) {
					t.Errorf("ParseChecksum returns %v beside the error", got)
				}
				return
			}
			if err != nil || got.Hex != tt.want {
				t.Errorf("ParseChecksum = %q, %v, want %q", got.Hex, err, tt.want)
			}
		})
	}
}

func TestChecksumString(t *testing.T) {
	if got := (template.Checksum{}).String(); got != "" {
		t.Errorf("the zero Checksum reads %q", got)
	}
	if got := (template.Checksum{Hex: "ab"}).String(); got != "sha256:ab" {
		t.Errorf("String = %q", got)
	}
}

// FuzzParseChecksum: what is accepted has 64 lower-case digits and reads back as
// itself; what is refused says so in one line.
func FuzzParseChecksum(f *testing.F) {
	digits := strings.Repeat("0123456789abcdef", 4)
	for _, seed := range []string{"", digits, "{SHA-256}" + digits, "sha256:" + strings.ToUpper(digits), "{MD5}x", "{", "a:b:c", "{\r\n}\n", "{}" + digits, "{sha-2-5-6}" + digits, "ſha256:" + digits} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := template.ParseChecksum(s)
		if err != nil {
			if c != (template.Checksum{}) || strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("ParseChecksum(%q) = %v, %q", s, c, err)
			}
			return
		}
		if c.Hex != "" && (len(c.Hex) != 64 || strings.Trim(c.Hex, "0123456789abcdef") != "") {
			t.Errorf("ParseChecksum(%q) accepts %q", s, c.Hex)
		}
		if back, err := template.ParseChecksum(c.String()); err != nil || back != c {
			t.Errorf("%v reads back as %v, %v", c, back, err)
		}
	})
}
