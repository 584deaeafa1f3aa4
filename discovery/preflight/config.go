package preflight

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"reflect"
	"slices"
)

// Config is the configuration of an engine, daemon.json, in the order of its file. The
// zero value sets nothing.
type Config struct {
	names  []string
	values map[string]json.RawMessage
}

// ReadConfig reads a configuration. A file that is not there, or is empty, sets nothing.
func ReadConfig(path string) (Config, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, nil
	}
	if err != nil {
		return Config{}, err
	}
	c, err := parseConfig(data)
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// parseConfig reads one object of JSON, whose settings may each be there once.
func parseConfig(data []byte) (Config, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return Config{}, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return Config{}, errors.Join(errors.New("it is no JSON object"), err)
	}
	c := Config{values: make(map[string]json.RawMessage)}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return Config{}, err
		}
		name, _ := token.(string) // the decoder lets nothing else be there
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return Config{}, fmt.Errorf("%q: %w", name, err)
		}
		if _, twice := c.values[name]; twice {
			return Config{}, fmt.Errorf("%q is there twice", name)
		}
		c.names, c.values[name] = append(c.names, name), value
	}
	if _, err := decoder.Token(); err != nil {
		return Config{}, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Config{}, errors.New("something follows the JSON object")
	}
	return c, nil
}

// setting reads a setting as what it should be, and tells whether it is there.
func setting[T any](c Config, name string) (value T, ok bool, err error) {
	raw, ok := c.values[name]
	if !ok {
		return value, false, nil
	}
	if err := json.Unmarshal(raw, &value); err != nil {
		return value, true, fmt.Errorf("%q of daemon.json: %w", name, err)
	}
	return value, true, nil
}

// with returns the configuration with a setting changed, or added at its end. One that
// says the same already stays as it was written.
func (c Config) with(name string, value any) (Config, error) {
	raw, err := json.Marshal(value)
	if err != nil {
		return Config{}, err
	}
	if sameJSON(raw, c.values[name]) {
		return c, nil
	}
	changed := Config{names: c.names, values: make(map[string]json.RawMessage, len(c.values)+1)}
	maps.Copy(changed.values, c.values)
	if _, ok := c.values[name]; !ok {
		changed.names = append(slices.Clone(c.names), name)
	}
	changed.values[name] = raw
	return changed, nil
}

// sameJSON tells whether two texts are the same value.
func sameJSON(a, b json.RawMessage) bool {
	var first, second any
	if json.Unmarshal(a, &first) != nil || json.Unmarshal(b, &second) != nil {
		return false
	}
	return reflect.DeepEqual(first, second)
}

// equal tells whether two configurations set the same, as it is written.
func (c Config) equal(d Config) bool {
	return slices.Equal(c.names, d.names) && maps.EqualFunc(c.values, d.values, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) })
}

// MarshalJSON writes the settings in their order.
func (c Config) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, name := range c.names {
		if i > 0 {
			out.WriteByte(',')
		}
		quoted, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		out.Write(quoted)
		out.WriteByte(':')
		out.Write(c.values[name])
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}
