package tarfile

import (
	"bytes"
	"encoding/json"
	"errors"
)

// The longest lists that are read: a list of nothing much would take many times
// its size in memory, and an image can have no more than 127 layers.
const (
	maxImages = 4096
	maxNames  = 1024
)

var (
	errNoList = errors.New("it is not a list")
	errLong   = errors.New("the list is too long")
)

// names is a list of names in JSON.
type names []string

// UnmarshalJSON implements json.Unmarshaler.
func (n *names) UnmarshalJSON(content []byte) error {
	if string(content) == "null" {
		return nil
	}
	list, err := decodeList[string](content, maxNames)
	*n = list
	return err
}

// decodeList reads a list in JSON one by one, up to a number of items.
func decodeList[T any](content []byte, most int) ([]T, error) {
	decoder := json.NewDecoder(bytes.NewReader(content))
	if start, err := decoder.Token(); err != nil || start != json.Delim('[') {
		return nil, errNoList
	}
	var list []T
	for decoder.More() {
		if len(list) == most {
			return nil, errLong
		}
		var item T
		if err := decoder.Decode(&item); err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	_, err := decoder.Token()
	return list, err
}
