package repository_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/repository"
)

// helpers puts a credential helper of that name in the path, and returns the folder of a
// configuration that names it.
func helpers(t *testing.T, script, config string) string {
	t.Helper()
	bin, folder := t.TempDir(), t.TempDir()
	for path, content := range map[string]string{
		filepath.Join(bin, "docker-credential-test"): "#!/bin/sh\n" + script + "\n",
		filepath.Join(folder, "config.json"):         config,
	} {
		if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	return folder
}

// 64: a registry's own helper comes before the store for all, and that before the file.
func TestCredentialHelpers(t *testing.T) {
	const answers = `read registry; case $registry in
		known) echo '{"Username":"ann","Secret":"s3cret"}';;
		token) echo '{"Username":"<token>","Secret":"refresh"}';;
		https://index.docker.io/v1/) echo '{"Username":"hub","Secret":"h"}';;
		*) echo 'credentials not found in native keychain'; exit 1;; esac`
	const file = `"auths":{"known":{"auth":"ZmlsZTpmaWxl"},"filed":{"auth":"ZmlsZTpmaWxl"}}`
	inFile := template.Credential{Username: "file", Password: "file"}
	const environment = "DOCKER_AUTH_CONFIG"
	for name, tc := range map[string]struct {
		config, registry string
		want             template.Credential
	}{
		environment + " before all":    {`{"credsStore":"test",` + file + `}`, "exported", template.Credential{Username: "env", Password: "env"}},
		"the registry's helper":        {`{"credHelpers":{"known":"test"},` + file + `}`, "known", template.Credential{Username: "ann", Password: "s3cret"}},
		"another registry's is not":    {`{"credHelpers":{"known":"test"},` + file + `}`, "filed", inFile},
		"the store for all":            {`{"credsStore":"test",` + file + `}`, "known", template.Credential{Username: "ann", Password: "s3cret"}},
		"an identity token":            {`{"credsStore":"test"}`, "token", template.Credential{IdentityToken: "refresh"}},
		"Docker's own registry":        {`{"credsStore":"test"}`, "docker.io", template.Credential{Username: "hub", Password: "h"}},
		"nothing is anonymous":         {`{"credsStore":"test"}`, "unknown", template.Credential{}},
		"the file":                     {`{` + file + `}`, "known", inFile},
		"nothing in the file":          {`{` + file + `}`, "unknown", template.Credential{}},
		"a registry token in the file": {`{"auths":{"known":{"registrytoken":"bearer"}}}`, "known", template.Credential{RegistryToken: "bearer"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(environment, `{"auths":{"exported":{"auth":"ZW52OmVudg=="}}}`)
			got, err := repository.DockerConfig(helpers(t, answers, tc.config))(t.Context(), tc.registry)
			if err != nil || got != tc.want {
				t.Errorf("got %v, %v; want %v", got, err, tc.want)
			}
		})
	}
}

// 65, 66: a helper that fails is told by its name and the registry's, and none of its words.
func TestCredentialHelperFails(t *testing.T) {
	for name, script := range map[string]string{
		"it fails":               "echo s3cret; echo s3cret >&2; exit 3",
		"it prints no JSON":      "echo s3cret",
		"it prints without end":  "while :; do echo s3cret; done",
		"it leaves its work":     "(while :; do echo s3cret; done) & exit 0",
		"it is not there at all": "",
	} {
		t.Run(name, func(t *testing.T) {
			helper := "test"
			if script == "" {
				helper = "missing"
			}
			folder := helpers(t, script, `{"credsStore":"`+helper+`"}`)
			got, err := repository.DockerConfig(folder)(t.Context(), "example.com")
			if err == nil || got != (template.Credential{}) {
				t.Fatalf("it returned %v", got)
			}
			if text := err.Error(); strings.Contains(text, "s3cret") || !strings.Contains(text, helper) {
				t.Errorf("the error is %q", text)
			}
		})
	}
}

// 65: a helper that hangs ends with its caller's patience, and so does what it started.
func TestCredentialHelperHangs(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	folder := helpers(t, `sleep 1000 & echo $! $$ > '`+pids+`.part'; mv '`+pids+`.part' '`+pids+`'; wait`, `{"credsStore":"test"}`)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer cancel()
		for _, err := os.Stat(pids); err != nil && t.Context().Err() == nil; _, err = os.Stat(pids) {
			time.Sleep(10 * time.Millisecond)
		}
	}()
	_, err := repository.DockerConfig(folder)(ctx, "example.com")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
	content, err := os.ReadFile(pids)
	if err != nil {
		t.Fatal(err)
	}
	for field := range strings.FieldsSeq(string(content)) {
		pid, _ := strconv.Atoi(field)
		for deadline := time.Now().Add(10 * time.Second); alive(pid); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("process %d goes on", pid)
			}
		}
	}
}

// alive tells whether a process runs; one that is dead and not waited for does not.
func alive(pid int) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return err == nil && syscall.Kill(pid, 0) == nil && !strings.Contains(string(stat), ") Z ")
}
