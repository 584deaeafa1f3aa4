package fetch

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"

	"github.com/dockerhv/dockerhv/template"
)

// Verify returns a reader of r that ends with a *template.ChecksumError in place of
// io.EOF if what was read does not have the checksum. The zero checksum asks for
// nothing: then it returns r.
func Verify(r io.Reader, sum template.Checksum) io.Reader {
	if sum == (template.Checksum{}) {
		return r
	}
	return &verifier{reader: r, want: sum, hash: sha256.New()}
}

type verifier struct {
	reader io.Reader
	want   template.Checksum
	hash   hash.Hash
}

func (v *verifier) Read(p []byte) (int, error) {
	n, err := v.reader.Read(p)
	v.hash.Write(p[:n])
	if !errors.Is(err, io.EOF) {
		return n, err
	}
	if got := (template.Checksum{Hex: hex.EncodeToString(v.hash.Sum(nil))}); got != v.want {
		return n, &template.ChecksumError{Want: v.want, Got: got}
	}
	return n, io.EOF
}
