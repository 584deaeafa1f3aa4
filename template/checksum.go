package template

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/dockerhv/dockerhv"
)

// Checksum is the SHA-256 that a template's content must have. The zero value
// asks for none.
type Checksum struct {
	// Hex is 64 lower-case hexadecimal digits, or empty.
	Hex string
}

// sha256Hex is the length of a SHA-256 in hexadecimal.
const sha256Hex = 64

// ParseChecksum reads CloudStack's form "{SHA-256}hex", OCI's "sha256:hex", or
// 64 hexadecimal digits alone. The empty string is the zero Checksum. Weaker
// algorithms are refused: a checksum that can be forged proves nothing. The
// error matches dockerhv.ErrInvalid.
func ParseChecksum(s string) (Checksum, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return Checksum{}, nil
	}
	algorithm, digits := splitChecksum(s)
	switch strings.ToLower(strings.ReplaceAll(algorithm, "-", "")) {
	case "sha256":
	default:
		return Checksum{}, badChecksum(s, "its algorithm is not SHA-256")
	}
	digits = strings.ToLower(digits)
	if _, err := hex.DecodeString(digits); err != nil || len(digits) != sha256Hex {
		return Checksum{}, badChecksum(s, fmt.Sprintf("it does not have %d hexadecimal digits", sha256Hex))
	}
	return Checksum{Hex: digits}, nil
}

// splitChecksum parts the algorithm from the digits. Digits alone are SHA-256 if
// their number says so; CloudStack reads other lengths as MD5.
func splitChecksum(s string) (algorithm, digits string) {
	if rest, ok := strings.CutPrefix(s, "{"); ok {
		algorithm, digits, _ = strings.Cut(rest, "}")
		return algorithm, digits
	}
	if algorithm, digits, ok := strings.Cut(s, ":"); ok {
		return algorithm, digits
	}
	if len(s) == sha256Hex {
		return "sha256", s
	}
	return "", s
}

func badChecksum(s, why string) error {
	return &dockerhv.FieldError{
		Field:  "checksum",
		Reason: fmt.Sprintf("%q is refused: %s; write {SHA-256}hex or sha256:hex", s, why),
	}
}

// String returns "sha256:hex"; the zero value gives "".
func (c Checksum) String() string {
	if c.Hex == "" {
		return ""
	}
	return "sha256:" + c.Hex
}
