package filestore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strconv"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// journalVersion is the version of the journal's form that this package writes. It
// reads all versions up to it, for ever: testdata has a journal of each.
const journalVersion = 1

// A journal is lines. The first is the heading with the version, each other the
// changes of one Save: the checksum in 8 hexadecimal digits, a space, and a JSON
// object of records by key, of which null is removed.
const heading = "dockerhv-catalog "

// encodeLine makes the line of one Save.
func encodeLine(changes map[string]json.RawMessage) ([]byte, error) {
	body, err := json.Marshal(changes) // which has no line breaks, and orders the keys
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%08x %s\n", checksum(body), body), nil
}

// encodeJournal makes the shortest journal of records. A line of its own for each
// keeps lines short.
func encodeJournal(records map[string]json.RawMessage) (data []byte, lines int, err error) {
	data = fmt.Appendf(nil, "%s%d\n", heading, journalVersion)
	for _, key := range slices.Sorted(maps.Keys(records)) {
		line, err := encodeLine(map[string]json.RawMessage{key: records[key]})
		if err != nil {
			return nil, 0, err
		}
		data = append(data, line...)
	}
	return data, len(records), nil
}

// journal is what was read.
type journal struct {
	records map[string]json.RawMessage
	lines   int
	cutOff  bool // the last line is not whole
}

// readJournal reads a journal. A line that is not whole is passed over if it is the
// last, which was then never acknowledged; with others behind it, it is damage.
func readJournal(path string, data []byte) (journal, error) {
	j := journal{records: make(map[string]json.RawMessage)}
	first, rest, whole := bytes.Cut(data, []byte("\n"))
	if err := checkHeading(path, first, whole); err != nil {
		return j, err
	}
	for len(rest) > 0 {
		line, behind, _ := bytes.Cut(rest, []byte("\n"))
		changes, ok := decodeLine(line)
		if !ok || len(line) == len(rest) { // an end without a line break is cut off, too
			if anyWhole(behind) {
				return j, &dockerhv.Error{
					Op: "read", ID: path, Class: dockerhv.ErrIntegrity, Err: fmt.Errorf("line %d is damaged", j.lines+2),
				}
			}
			j.cutOff = true
			return j, nil
		}
		apply(j.records, changes)
		j.lines++
		rest = behind
	}
	return j, nil
}

// checkHeading refuses what is not a heading that was written whole, as a journal's
// always is: it gets its name after that.
func checkHeading(path string, line []byte, whole bool) error {
	text, ok := bytes.CutPrefix(line, []byte(heading))
	version, err := strconv.Atoi(string(text))
	switch {
	case !ok || err != nil || version < 1 || !whole || strconv.Itoa(version) != string(text):
		return &dockerhv.Error{
			Op: "read", ID: path, Class: dockerhv.ErrIntegrity, Err: errors.New("it does not begin as a catalog's journal does"),
		}
	case version > journalVersion:
		return &template.VersionError{What: path, Version: version, Newest: journalVersion}
	}
	return nil
}

// decodeLine reads a line; it is not ok if it is not as it was written.
func decodeLine(line []byte) (changes map[string]json.RawMessage, ok bool) {
	digits, body, ok := bytes.Cut(line, []byte(" "))
	if !ok || string(digits) != fmt.Sprintf("%08x", checksum(body)) {
		return nil, false
	}
	if err := json.Unmarshal(body, &changes); err != nil || changes == nil {
		return nil, false
	}
	for key, record := range changes {
		if string(record) == "null" {
			changes[key] = nil
		}
	}
	return changes, true
}

// anyWhole tells whether there is a line that is as it was written.
func anyWhole(data []byte) bool {
	for line := range bytes.Lines(data) {
		if _, ok := decodeLine(bytes.TrimSuffix(line, []byte("\n"))); ok {
			return true
		}
	}
	return false
}

// checksum is CRC-32C, which finds what a crash or a bad disk does.
func checksum(body []byte) uint32 { return crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)) }
