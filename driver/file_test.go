package driver_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// TestValidateFiles refuses files that an instance would not find, naming the field.
func TestValidateFiles(t *testing.T) {
	file := func(f driver.File) func(*driver.Spec) { return func(s *driver.Spec) { s.Files = []driver.File{f} } }
	at := func(paths ...string) func(*driver.Spec) {
		return func(s *driver.Spec) {
			s.Mounts = []driver.Mount{{Type: driver.MountTmpfs, Target: "/data/"}}
			for _, p := range paths {
				s.Files = append(s.Files, driver.File{Path: p})
			}
		}
	}
	for field, changes := range map[string][]func(*driver.Spec){
		"files[0].path": {
			at(""), at("/"), at("etc/a"), at("/etc/../a"), at("/etc/"), at("//etc/a"), at("/a\x00"), at("/a\xff"),
			at("/etc/hosts"), at("/etc/resolv.conf"), at("/etc/hostname"), at("/proc/1"), at("/sys"), at("/dev/shm/a"), at("/data"), at("/data/a"),
		},
		"files[1].path":    {at("/a", "/a"), at("/a", "/a/b"), at("/a/b/c", "/a")},
		"files[0].mode":    {file(driver.File{Path: "/a", Mode: fs.ModeSetuid | 0o755}), file(driver.File{Path: "/a", Mode: fs.ModeDir})},
		"files[0]":         {file(driver.File{Path: "/a", UID: -1}), file(driver.File{Path: "/a", GID: 1<<32 - 1})},
		"files[0].content": {file(driver.File{Path: "/a", Content: make(driver.Content, driver.MaxFileSize+1)})},
		"files": {
			func(s *driver.Spec) { at("/a")(s); s.Security.ReadOnlyRoot = true },
			func(s *driver.Spec) { manyFiles(s, driver.MaxFiles+1, 0) },
			func(s *driver.Spec) { manyFiles(s, 5, driver.MaxFileSize) },
		},
	} {
		for n, change := range changes {
			s := driver.Spec{ID: "i1", Image: imageID}
			change(&s)
			err := driver.Validate(s, driver.Host{})
			if f, ok := errors.AsType[*dockerhv.FieldError](err); !ok || f.Field != field {
				t.Errorf("%s, change %d: Validate = %v", field, n, err)
			}
		}
	}
}

func TestValidateFilesAccepts(t *testing.T) {
	for name, change := range map[string]func(*driver.Spec){
		"the least": func(s *driver.Spec) { s.Files = []driver.File{{Path: "/a"}} },
		"names alike": func(s *driver.Spec) {
			s.Files = []driver.File{{Path: "/a"}, {Path: "/ab"}, {Path: "/procs"}, {Path: "/etc/hosts.allow"}}
		},
		"all that can be": func(s *driver.Spec) {
			s.Files = []driver.File{{Path: "/a", Mode: 0o777, UID: 1<<32 - 2, GID: 1<<32 - 2}}
		},
		"many":  func(s *driver.Spec) { manyFiles(s, driver.MaxFiles, 1) },
		"large": func(s *driver.Spec) { manyFiles(s, 4, driver.MaxFileSize) },
		"beside a mount": func(s *driver.Spec) {
			manyFiles(s, 1, 0)
			s.Mounts = []driver.Mount{{Type: driver.MountTmpfs, Target: "/d"}}
		},
	} {
		s := driver.Spec{ID: "i1", Image: imageID}
		change(&s)
		if err := driver.Validate(s, driver.Host{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func manyFiles(s *driver.Spec, n, size int) {
	for i := range n {
		s.Files = append(s.Files, driver.File{Path: fmt.Sprintf("/files/%d", i), Content: make(driver.Content, size)})
	}
}

// TestFilesHash: the hash tells contents apart, and needs no more of them than
// theirs.
func TestFilesHash(t *testing.T) {
	one := driver.Spec{ID: "i1", Image: imageID, Files: []driver.File{{Path: "/a", Content: driver.Content("one")}}}
	other := one
	other.Files = []driver.File{{Path: "/a", Content: driver.Content("other")}}
	if one.Hash() == other.Hash() {
		t.Error("specs with other contents have one hash")
	}
	if a, b := one.Fields()["files"], other.Fields()["files"]; a == b || a == "" {
		t.Errorf("the fields' hashes are %q and %q", a, b)
	}
	if string(one.Files[0].Content) != "one" {
		t.Errorf("hashing changed the content to %q", []byte(one.Files[0].Content))
	}
}

// 116: whatever the verb and the logger, a content does not show, nor does the
// environment of a spec that is logged.
func TestFilesFormat(t *testing.T) {
	const canary = "canary-77a1"
	f := driver.File{Path: "/a", Content: driver.Content(canary)}
	spec := driver.Spec{ID: "i1", Env: map[string]string{"A": canary}, Files: []driver.File{f}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%c", "%U"} {
		for _, value := range []any{f, &f, f.Content, []driver.File{f}, struct{ F driver.File }{f}} {
			fmt.Fprintf(&out, verb+"\n", value)
		}
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("log", "spec", spec, "file", f, "content", f.Content)
	}
	for form, text := range map[string]string{
		"plain": canary, "hexadecimal": fmt.Sprintf("%x", canary), "HEXADECIMAL": fmt.Sprintf("%X", canary), "decimal": "99 97 110",
		"base64": base64.StdEncoding.EncodeToString([]byte(canary))[:12], "runes": "U+0063 U+0061", "characters": "[c a n",
	} {
		if at := strings.Index(out.String(), text); at >= 0 {
			t.Errorf("it shows, %s: ...%s", form, out.String()[max(0, at-60):at+30])
		}
	}
	if got, want := fmt.Sprint(f), "file /a of 11 bytes"; got != want {
		t.Errorf("a file is %q, want %q", got, want)
	}
}
