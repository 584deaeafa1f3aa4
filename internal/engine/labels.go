package engine

import (
	"encoding/json"
	"maps"
	"strings"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/template"
)

// LabelPrefix is what all labels of this module begin with. The state of a driver
// lives in them, so their names never change.
const LabelPrefix = "io.github.dockerhv."

// The labels of a container that is an instance.
const (
	labelOwner             = LabelPrefix + "owner"
	labelInstance          = LabelPrefix + "instance"
	labelName              = LabelPrefix + "name"
	labelSpecHash          = LabelPrefix + "spec-hash"
	labelSpecFields        = LabelPrefix + "spec-fields"
	labelNetworkOf         = LabelPrefix + "network-of"
	labelTemplateFormat    = LabelPrefix + "template.format"
	labelTemplateDigest    = LabelPrefix + "template.digest"
	labelTemplateReference = LabelPrefix + "template.reference"
)

// labelVolume is the owner's name of a volume, which carries labelOwner, and
// labelInstance for the instance that it was made for, too.
const labelVolume = LabelPrefix + "volume"

func volumeLabels(owner, id, name string) map[string]string {
	return map[string]string{labelOwner: owner, labelInstance: id, labelVolume: name}
}

// labels returns the labels of an instance: the spec's own and those that carry
// the driver's state. None holds an environment variable or another secret.
func labels(owner string, spec driver.Spec) map[string]string {
	all := make(map[string]string, len(spec.Labels)+8)
	maps.Copy(all, spec.Labels)
	for name, value := range map[string]string{
		labelOwner:             owner,
		labelInstance:          spec.ID,
		labelName:              spec.Name,
		labelSpecHash:          spec.Hash(),
		labelSpecFields:        encodeFields(spec.Fields()),
		labelNetworkOf:         spec.NetworkOf,
		labelTemplateFormat:    string(spec.Template.Format),
		labelTemplateDigest:    spec.Template.Digest,
		labelTemplateReference: spec.Template.Reference,
	} {
		if value != "" {
			all[name] = value
		}
	}
	return all
}

// encodeFields and decodeFields keep the hashes of a spec's fields in one label.
func encodeFields(fields map[string]string) string {
	data, err := json.Marshal(fields) // which sorts the names
	if err != nil {
		return "" // unreachable: strings alone
	}
	return string(data)
}

func decodeFields(label string) map[string]string {
	var fields map[string]string
	if json.Unmarshal([]byte(label), &fields) != nil {
		return nil // of an instance that was created before they were kept
	}
	return fields
}

// readLabels fills an instance from a container's labels.
func readLabels(i *driver.Instance, all map[string]string) {
	i.Owner = all[labelOwner]
	i.ID = all[labelInstance]
	i.Name = all[labelName]
	i.SpecHash = all[labelSpecHash]
	i.NetworkOf = all[labelNetworkOf]
	i.Template = driver.Template{
		Format:    template.Format(all[labelTemplateFormat]),
		Digest:    all[labelTemplateDigest],
		Reference: all[labelTemplateReference],
	}
	for name, value := range all {
		if strings.HasPrefix(name, LabelPrefix) {
			continue
		}
		if i.Labels == nil {
			i.Labels = make(map[string]string)
		}
		i.Labels[name] = value
	}
}
