package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
)

// mainVar makes this test program be quickstart.
const mainVar = "DOCKERHV_TEST_QUICKSTART"

func TestMain(m *testing.M) {
	if os.Getenv(mainVar) != "" {
		main()
		os.Exit(0)
	}
	enginetest.Main(m)
}

// engine chooses the test's engine, on which nothing must be left.
func engine(t *testing.T) {
	t.Helper()
	t.Setenv("DOCKER_HOST", enginetest.Endpoint(t))
	enginetest.AssertUnchanged(t)
}

func TestDemo(t *testing.T) {
	engine(t)
	var out bytes.Buffer
	if err := run(t.Context(), nil, &out, io.Discard); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	shown := out.String()
	for _, want := range []string{
		`Docker Engine \S+ \(rootful\), API 1\.\d+, linux/`,
		`repository-\w{4} +Repository +\w{12} +running +127\.0\.0\.1:\d+ +0\.5 +64MiB`,
		`dockerfile-\w{4} +Dockerfile +\w{12} +running`,
		`tarfile-\w{4} +Tarfile +\w{12} +running`,
		`hello from repository: I was a Repository\n`,
		`hello from dockerfile: I was a Dockerfile \(built with a build argument\)\n`,
		`hello from tarfile: I was a Tarfile\n`,
		`tarfile-\w{4} +Tarfile +\w{12} +exited`,
		`Nothing is left: 3 instances destroyed, 3 images removed\.`,
	} {
		if !regexp.MustCompile(want).MatchString(shown) {
			t.Errorf("the demo did not show %q:\n%s", want, shown)
		}
	}
}

func TestOwnTemplates(t *testing.T) {
	engine(t)
	registry := enginetest.Registry(t)
	ref, _ := enginetest.PushBusybox(t, registry, "app:1")
	dir := t.TempDir()
	writeFile(t, dir, "Dockerfile", "FROM "+ref+"\nARG WORD\nRUN echo $WORD > /word\nCMD [\"cat\", \"/word\"]\n")
	tarfile := filepath.Join(dir, "app.tar")
	enginetest.SaveBusybox(t, tarfile, "app:1")
	files := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(files.Close)

	for name, tc := range map[string]struct {
		args []string
		want []string
	}{
		"repository": {
			[]string{"-repository", ref, "-command", "sh -c 'echo \"$A b\"'", "-env", "A=a", "-cpus", "0.5", "-memory", "32m"},
			[]string{`\| a b\n`, `Repository +\w{12} +\w+ .* 0\.5 +32MiB`, `exited with code 0`},
		},
		"dockerfile in a folder": {[]string{"-dockerfile", dir, "-build-arg", "WORD=hello"}, []string{`\| hello\n`}},
		"dockerfile by URL": {
			[]string{"-dockerfile", files.URL + "/Dockerfile", "-build-arg", "WORD=far", "-allow", "127.0.0.0/8"}, []string{`\| far\n`},
		},
		"tarfile":        {[]string{"-tarfile", tarfile, "-command", "echo from the tar"}, []string{`\| from the tar\n`}},
		"tarfile by URL": {[]string{"-tarfile", files.URL + "/app.tar", "-allow", "127.0.0.0/8", "-command", "echo x"}, []string{`\| x\n`}},
		"all three": {
			[]string{"-repository", ref, "-dockerfile", dir, "-tarfile", tarfile, "-command", "echo $HOSTNAME same"},
			[]string{`repository-\w+ \| `, `dockerfile-\w+ \| `, `tarfile-\w+ \| `, `Nothing is left: 3 instances destroyed`},
		},
		"published": {
			[]string{"-repository", ref, "-publish", "127.0.0.1:18080:80/tcp", "-command", "echo up"}, []string{`exited with code 0`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			enginetest.AssertUnchanged(t)
			var out bytes.Buffer
			if err := run(t.Context(), tc.args, &out, io.Discard); err != nil {
				t.Fatalf("%v\n%s", err, &out)
			}
			for _, want := range tc.want {
				if !regexp.MustCompile(want).MatchString(out.String()) {
					t.Errorf("it did not show %q:\n%s", want, &out)
				}
			}
		})
	}
}

// TestWhatFails runs the real program: one line on standard error, an exit code
// other than 0, and nothing left.
func TestWhatFails(t *testing.T) {
	engine(t)
	ref, _ := enginetest.PushBusybox(t, enginetest.Registry(t), "app:1")
	dir := t.TempDir()
	writeFile(t, dir, "Dockerfile", "FROM "+ref+"\nRUN echo because; exit 3\n")
	writeFile(t, dir, "Wrong", "FROM "+ref+"\nNONSENSE\n")
	tarfile := filepath.Join(dir, "app.tar")
	enginetest.SaveBusybox(t, tarfile, "app:1")
	whole, err := os.ReadFile(tarfile)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, dir, "cut.tar", string(whole[:len(whole)/2]))

	for name, tc := range map[string]struct {
		args []string
		want string // in the line
	}{
		"no engine":           {[]string{"-host", "unix:///nowhere.sock", "-repository", ref}, "check that the Docker Engine runs"},
		"a bad endpoint":      {[]string{"-host", "ftp://x", "-repository", ref}, "use unix, tcp, ssh or npipe"},
		"plain tcp":           {[]string{"-host", "tcp://192.0.2.1:2375", "-repository", ref}, "plain text"},
		"unknown reference":   {[]string{"-repository", ref + "0"}, "check the reference"},
		"a failing RUN":       {[]string{"-dockerfile", dir}, "Dockerfile:2: RUN echo because; exit 3: exit code 3: because"},
		"a syntax error":      {[]string{"-dockerfile", dir + "/Wrong"}, "Wrong:2: NONSENSE"},
		"a truncated tar":     {[]string{"-tarfile", dir + "/cut.tar"}, "truncated"},
		"a wrong checksum":    {[]string{"-tarfile", tarfile, "-checksum", "sha256:" + strings.Repeat("0", 64)}, "the checksum is"},
		"no such tar":         {[]string{"-tarfile", dir + "/none.tar"}, "no such file"},
		"too many CPUs":       {[]string{"-repository", ref, "-cpus", "4096"}, "more than the host's"},
		"too much memory":     {[]string{"-repository", ref, "-memory", "4096g"}, "more than the host's"},
		"a failing command":   {[]string{"-repository", ref, "-command", "sh -c 'exit 7'"}, "exited with code 7"},
		"an absent command":   {[]string{"-repository", ref, "-command", "no-such-program"}, "give a command that is in the template"},
		"loopback is refused": {[]string{"-tarfile", "http://127.0.0.1:1/app.tar"}, "127.0.0.1"},
		"a port that is taken": {
			[]string{"-repository", ref, "-tarfile", tarfile, "-publish", "18081:80", "-command", "sleep 60"}, "publish another port",
		},
	} {
		t.Run(name, func(t *testing.T) {
			enginetest.AssertUnchanged(t)
			_, stderr, code := quickstart(t, tc.args...)
			if code != 1 || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "quickstart: ") || !strings.Contains(stderr, tc.want) {
				t.Errorf("exit code %d; want 1 and one line with %q:\n%s", code, tc.want, stderr)
			}
			t.Log(stderr)
		})
	}
}

func TestFlags(t *testing.T) {
	for name, tc := range map[string]struct {
		args []string
		want error
		says string
	}{
		"help":                      {[]string{"-h"}, flag.ErrHelp, "-tarfile file or URL"},
		"unknown flag":              {[]string{"-x"}, errUsage, "-x"},
		"an argument":               {[]string{"nginx"}, errUsage, "nginx"},
		"a checksum of what":        {[]string{"-repository", "x", "-checksum", "sha256:0"}, errUsage, "-checksum needs"},
		"a build argument of what":  {[]string{"-repository", "x", "-build-arg", "A=b"}, errUsage, "-build-arg needs"},
		"memory of the demo":        {[]string{"-memory", "1g"}, errUsage, "need a template"},
		"a bad port":                {[]string{"-repository", "x", "-publish", "http"}, errUsage, "publish"},
		"a bad size":                {[]string{"-repository", "x", "-memory", "much"}, errUsage, "memory"},
		"a bad variable":            {[]string{"-repository", "x", "-env", "=x"}, errUsage, "NAME=value"},
		"a quote that is not ended": {[]string{"-repository", "x", "-command", "'a"}, errUsage, "command"},
	} {
		t.Run(name, func(t *testing.T) {
			var said bytes.Buffer
			_, err := parse(tc.args, &said)
			if !errors.Is(err, tc.want) || !strings.Contains(said.String(), tc.says) {
				t.Errorf("%v; said:\n%s", err, &said)
			}
		})
	}
}

// TestInterrupt interrupts the real program while it follows an instance.
func TestInterrupt(t *testing.T) {
	engine(t)
	ref, _ := enginetest.PushBusybox(t, enginetest.Registry(t), "app:1")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &watched{until: "| ready\n", then: cancel}
	args := []string{"-repository", ref, "-command", "sh -c 'trap \"exit 3\" TERM; echo ready; while :; do sleep 0.1; done'"}
	if err := run(ctx, args, out, io.Discard); err != nil {
		t.Fatalf("%v\n%s", err, out.text())
	}
	if !strings.Contains(out.text(), "exited with code 3\n") || !strings.Contains(out.text(), "Nothing is left") {
		t.Errorf("it showed\n%s", out.text())
	}
}

func TestKeep(t *testing.T) {
	engine(t)
	ref, _ := enginetest.PushBusybox(t, enginetest.Registry(t), "app:1")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &watched{until: "| ready\n", then: cancel}
	args := []string{"-keep", "-repository", ref, "-command", "sh -c 'echo ready; while :; do sleep 0.1; done'"}
	if err := run(ctx, args, out, io.Discard); err != nil {
		t.Fatalf("%v\n%s", err, out.text())
	}
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: enginetest.Endpoint(t)}, docker.Options{Owner: owner})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	kept, err := d.List(t.Context(), driver.Filter{})
	if err != nil || len(kept) != 1 || kept[0].State != driver.Running {
		t.Fatalf("kept %+v, %v", kept, err)
	}
	if !strings.Contains(out.text(), "docker rm -fv quickstart."+kept[0].ID) {
		t.Errorf("it does not say how to remove the instance:\n%s", out.text())
	}
	if err := errors.Join(
		d.Destroy(t.Context(), kept[0].ID, driver.DestroyOptions{Force: true}),
		d.Images().Remove(t.Context(), kept[0].Template.Reference),
	); err != nil {
		t.Error(err)
	}
}

// TestReachesUs needs fakes: no engine of these kinds can be had.
func TestReachesUs(t *testing.T) {
	for name, host := range map[string]driver.Host{
		"rootless": {Rootless: true}, "desktop": {OperatingSystem: "Docker Desktop"},
	} {
		if err := reachesUs(host); !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "-repository") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := reachesUs(driver.Host{Platform: template.Platform{OS: "linux"}}); err != nil {
		t.Error(err)
	}
	_ = dockerhv.ErrInvalid
}

// quickstart runs the real program.
func quickstart(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), mainVar+"=1")
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), errOut.String(), cmd.ProcessState.ExitCode()
}

func writeFile(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// watched is an output that does something when it has got a text.
type watched struct {
	until string
	then  func()

	mu  sync.Mutex
	got bytes.Buffer
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.got.Write(p)
	if strings.Contains(w.got.String(), w.until) {
		time.AfterFunc(100*time.Millisecond, w.then)
	}
	return len(p), nil
}

func (w *watched) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.got.String()
}
