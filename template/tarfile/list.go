package tarfile

import (
	"bytes"
	"encoding/json"
	"errors"
)

// maxItems is the longest list that is read: one of nothing much would take many
// times its size in memory. An image can have no more than 127 layers.
const maxItems = 4096

var (
	errNoList = errors.New("it is not a list")
	errLong   = errors.New("the list is too long")
)

// list is a list in JSON of bounded length.
type list[T any] []T

// UnmarshalJSON implements json.Unmarshaler.
func (l *list[T]) UnmarshalJSON(content []byte) error {
	if string(content) == "null" {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	if start, err := decoder.Token(); err != nil || start != json.Delim('[') {
		return errNoList
	}
	*l = list[T]{}
	for decoder.More() {
		if len(*l) == maxItems {
			return errLong
		}
		var item T
		if err := decoder.Decode(&item); err != nil {
			return err
		}
		*l = append(*l, item)
	}
	_, err := decoder.Token()
	return err
}
