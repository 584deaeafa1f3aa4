package template

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/dockerhv/dockerhv"
)

// schemaVersion is the version of the records that this code writes. It reads all
// versions up to it, for ever: testdata has records of each. A field more is a
// version more, since an older program would drop the field when it writes.
const schemaVersion = 1

// VersionError tells that state was written by a newer version of this module. It
// matches errors.ErrUnsupported. Nothing was changed.
type VersionError struct {
	// What is the state, such as "record template/t-1" or a file's path.
	What string
	// Version is its version, Newest the newest that this module reads.
	Version, Newest int
}

// Error says what is too new.
func (e *VersionError) Error() string {
	return fmt.Sprintf("%s has version %d, and the newest that is understood is %d", e.What, e.Version, e.Newest)
}

// Unwrap returns errors.ErrUnsupported.
func (e *VersionError) Unwrap() error { return errors.ErrUnsupported }

// record is one template, or one installation, as a CatalogStore has it.
type record struct {
	Version      int             `json:"version"`
	Template     *templateRecord `json:"template,omitempty"`
	Installation *Installation   `json:"installation,omitempty"`
}

// templateRecord has the names of the secrets, and not the secrets.
type templateRecord struct {
	Registration
	Secrets []string  `json:"secrets,omitempty"`
	Created time.Time `json:"created,omitzero"`
}

// The keys are "template/ID" and "installation/ID/host", with both escaped.
const (
	templateKind     = "template"
	installationKind = "installation"
)

func templateKey(id string) string { return templateKind + "/" + url.PathEscape(id) }

func installationKey(id, host string) string {
	return installationKind + "/" + url.PathEscape(id) + "/" + url.PathEscape(host)
}

func (r record) key() string {
	if r.Template != nil {
		return templateKey(r.Template.ID)
	}
	return installationKey(r.Installation.Template, r.Installation.Host)
}

// encode never fails on what a catalog has checked, and says so where it does.
func (r record) encode() (json.RawMessage, error) {
	r.Version = schemaVersion
	return json.Marshal(r)
}

// decodeRecord reads the record of a key. A newer one is a *VersionError, and one
// that is no record of that key is dockerhv.ErrIntegrity.
func decodeRecord(key string, data []byte) (record, error) {
	damaged := func(why string) (record, error) {
		return record{}, &dockerhv.Error{
			Op: "read record", ID: key, Class: dockerhv.ErrIntegrity, Err: errors.New(why), Next: "restore the catalog's store from a copy",
		}
	}
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return damaged("it is no JSON object")
	}
	if head.Version > schemaVersion {
		return record{}, &VersionError{What: "record " + key, Version: head.Version, Newest: schemaVersion}
	}
	var r record
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields() // a field that is passed over would be lost with the next write
	if err := strict.Decode(&r); err != nil || head.Version < 1 {
		return damaged("it is not of its version's form")
	}
	if (r.Template == nil) == (r.Installation == nil) || r.key() != key {
		return damaged("it belongs to another key")
	}
	return r, nil
}
