package drivertest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

var fileRules = group{name: "Files", rules: []rule{
	{"are there when the command first runs", about(2, 103), filesRead, LogReader},
	{"are there at rest, with modes and owners", about(103), filesAtRest, Copier},
	{"that differ are another spec", about(30), filesDiffer, ""},
	{"stay as the command left them", about(12, 103), filesOnce, Copier},
	{"are not told of", about(116), filesSecret, ""},
}}

// canary is what must be seen nowhere but in the file.
const canary = "canary-3c91d7"

// filesSpec has files in folders that are there and in ones that are not.
func filesSpec(t *trial) driver.Spec {
	t.Helper()
	spec := t.server("i1")
	spec.Files = []driver.File{
		{Path: "/tmp/secret", Content: driver.Content(canary + "\n")},
		{Path: "/tmp/new/folder/run", Mode: 0o755, UID: 12, GID: 34, Content: driver.Content("#!/bin/sh\n")},
		{Path: "/tmp/new/empty", Mode: 0o640},
	}
	return spec
}

func filesRead(t *trial) {
	if t.config.Workload.Read == nil {
		t.Skip("the workload reads no files")
	}
	spec := filesSpec(t)
	spec.Command = t.config.Workload.Read("/tmp/secret")
	t.same("what the command reads", canary, printsOnce(t, spec))
}

func filesAtRest(t *trial) {
	spec := filesSpec(t)
	t.create(spec)
	t.create(spec) // which completes what is there, and may put the files again
	t.same("the secret", []entry{{Name: "secret", Mode: 0o600, Content: canary + "\n"}}, t.copyOut("i1", "/tmp/secret"))
	t.same("the folder that was not there", byName([]entry{
		{Name: "new/", Mode: 0o755},
		{Name: "new/empty", Mode: 0o640},
		{Name: "new/folder/", Mode: 0o755},
		{Name: "new/folder/run", Mode: 0o755, UID: 12, GID: 34, Content: "#!/bin/sh\n"},
	}), byName(t.copyOut("i1", "/tmp/new")))
}

func filesDiffer(t *trial) {
	spec := filesSpec(t)
	t.create(spec)
	spec.Files = append([]driver.File(nil), spec.Files...)
	spec.Files[0].Content = driver.Content("another\n")
	_, err := t.driver.Create(t.Context(), spec)
	t.refused(err, dockerhv.ErrExists)
}

// filesOnce: what the instance has made of its files since it started, neither
// another Create nor another start undoes.
func filesOnce(t *trial) {
	spec := filesSpec(t)
	t.run(spec)
	t.copyIn("i1", "/tmp", pack(t, []entry{{Name: "secret", Mode: 0o600, Content: "changed"}}))
	t.create(spec)
	t.stop("i1", driver.StopOptions{})
	t.create(spec)
	t.start("i1")
	t.same("the file", []entry{{Name: "secret", Mode: 0o600, Content: "changed"}}, t.copyOut("i1", "/tmp/secret"))
}

func filesSecret(t *trial) {
	spec := filesSpec(t)
	created := t.create(spec)
	listed, err := t.driver.List(t.Context(), driver.Filter{})
	t.must(err)
	other := spec
	other.Name = "another"
	_, exists := t.driver.Create(t.Context(), other)
	other.Image = "none"
	_, invalid := t.driver.Create(t.Context(), other)
	for what, told := range map[string]any{
		"what Create returns": created, "Inspect": t.inspect("i1"), "List": listed, "an error": exists, "another error": invalid,
	} {
		if shows(told, canary) {
			t.Errorf("%s tells the content: %+v", what, told)
		}
	}
}

// shows tells whether a text is in what a value looks like in a log, plain or in
// base64.
func shows(value any, text string) bool {
	inJSON, _ := json.Marshal(value)
	printed := fmt.Sprintf("%+v %#v %s", value, value, inJSON)
	encoded := base64.RawStdEncoding.EncodeToString([]byte(text))
	return strings.Contains(printed, text) || strings.Contains(printed, encoded[:len(encoded)-4])
}
