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
// 64 hexadecimal digits alone. The empty string is the zero Checksum.
//
// The cloud has more algorithms, and they are refused. MD5 and SHA-1 can be
// forged, and a checksum that can be forged proves nothing. SHA-224, SHA-384 and
// SHA-512 are as good as SHA-256, but images are pinned by SHA-256 everywhere, and
// one algorithm is one thing less to go wrong. The error matches
// dockerhv.ErrInvalid.
func ParseChecksum(s string) (Checksum, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return Checksum{}, nil
	}
	algorithm, digits, err := splitChecksum(s)
	if err != nil {
		return Checksum{}, err
	}
	if why := refusedAlgorithm(algorithm); why != "" {
		return Checksum{}, badChecksum(s, why)
	}
	digits = strings.ToLower(digits)
	if _, err := hex.DecodeString(digits); err != nil || len(digits) != sha256Hex {
		return Checksum{}, badChecksum(s, fmt.Sprintf("it does not have %d hexadecimal digits", sha256Hex))
	}
	return Checksum{Hex: digits}, nil
}

// splitChecksum parts the algorithm from the digits. Digits alone are SHA-256 if
// their number says so; CloudStack reads them as MD5.
func splitChecksum(s string) (algorithm, digits string, err error) {
	if rest, ok := strings.CutPrefix(s, "{"); ok {
		algorithm, digits, ok = strings.Cut(rest, "}")
		switch {
		case !ok:
			return "", "", badChecksum(s, "its brace is not closed")
		case algorithm == "":
			return "", "", badChecksum(s, "its braces name no algorithm")
		}
		return algorithm, digits, nil
	}
	if algorithm, digits, ok := strings.Cut(s, ":"); ok {
		return algorithm, digits, nil
	}
	if len(s) == sha256Hex {
		return "sha256", s, nil
	}
	return "", "", badChecksum(s, "it names no algorithm")
}

// refusedAlgorithm says why an algorithm is not taken; empty if it is.
func refusedAlgorithm(name string) string {
	switch strings.ToLower(strings.ReplaceAll(name, "-", "")) {
	case "sha256":
		return ""
	case "md5", "sha1", "sha":
		return "its algorithm can be forged"
	case "sha224", "sha384", "sha512":
		return "its algorithm is not SHA-256"
	}
	return "its algorithm is not known"
}

func badChecksum(s, why string) error {
	return &dockerhv.FieldError{
		Field:  "checksum",
		Reason: fmt.Sprintf("%s is refused: %s; write {SHA-256}hex or sha256:hex", quote(s), why),
	}
}

// String returns "sha256:hex"; the zero value gives "".
func (c Checksum) String() string {
	if c.Hex == "" {
		return ""
	}
	return "sha256:" + c.Hex
}
