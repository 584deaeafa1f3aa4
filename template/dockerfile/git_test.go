package dockerfile_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/dockerfile"
)

// gitRun runs git in a folder, with no configuration of the machine's.
func gitRun(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com",
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v: %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// repository makes a bare repository, whose branch is not the usual one, with two
// commits. It returns the folder above and the first commit's hash.
func repository(t *testing.T) (above, commit string) {
	t.Helper()
	from, work, above := base(t), t.TempDir(), t.TempDir()
	gitRun(t, work, "init", "-q", "-b", "trunk")
	if err := os.Mkdir(filepath.Join(work, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	put := func(said string) string {
		text := "FROM " + from + "\nCOPY . /files\nRUN echo " + said + " > /said\nCMD [\"sh\", \"-c\", \"cat /said; ls /files\"]\n"
		write(t, work, map[string]string{
			"Dockerfile": text, "a.txt": said, "sub/Dockerfile": strings.ReplaceAll(text, said, said+"-sub"),
			"Broken": "FROM " + from + "\n\nRUN echo out; exit 3\n", "Wrong": "FROM scratch\nNONSENSE\n",
		})
		gitRun(t, work, "add", "-A")
		gitRun(t, work, "commit", "-q", "-m", said)
		return gitRun(t, work, "rev-parse", "HEAD")
	}
	commit = put("first")
	put("second")
	gitRun(t, above, "clone", "-q", "--bare", work, "repo.git")
	return above, commit
}

// gitHTTP serves repositories as git's own program does it, to those who have a token
// if there is one.
func gitHTTP(t *testing.T, above, token string) string {
	t.Helper()
	core := gitRun(t, above, "--exec-path")
	backend := &cgi.Handler{
		Path: filepath.Join(core, "git-http-backend"), Stderr: io.Discard,
		Env: []string{"GIT_PROJECT_ROOT=" + above, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*"},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, password, _ := r.BasicAuth(); password != token {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			http.Error(w, "who are you", http.StatusUnauthorized)
			return
		}
		backend.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/repo.git"
}

// gitDaemon serves repositories by git's own protocol.
func gitDaemon(t *testing.T, above string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	host, port, _ := net.SplitHostPort(address)
	core := gitRun(t, above, "--exec-path")
	cmd := exec.CommandContext(t.Context(), filepath.Join(core, "git-daemon"), "--export-all", "--base-path="+above, "--listen="+host, "--port="+port, above)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + above, "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*"}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for range 100 {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
		if err == nil {
			_ = conn.Close()
			return "git://" + address + "/repo.git"
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("git-daemon does not answer")
	return ""
}

// engineMajor is the version of the test's engine, which decides what it can do.
func engineMajor(t *testing.T) int {
	t.Helper()
	is, err := enginetest.Describe(t.Context(), enginetest.Endpoint(t))
	if err != nil {
		t.Fatal(err)
	}
	return template.BuildTraits{Engine: is.Version}.Major()
}

func TestGit(t *testing.T) {
	d := open(t)
	above, commit := repository(t)
	for name, url := range map[string]string{"http": gitHTTP(t, above, ""), "git": gitDaemon(t, above)} {
		t.Run(name, func(t *testing.T) {
			source := dockerfile.Source{Git: url, Commit: commit}
			image := install(t, d, source, template.InstallOptions{})
			if diff := cmp.Diff([]string{"first", "Broken", "Dockerfile", "Wrong", "a.txt", "sub"}, run(t, d, image)); diff != "" {
				t.Errorf("the instance printed (-want +got):\n%s", diff)
			}
			source.Subdir = "sub"
			if engineMajor(t) < 23 {
				_, err := source.Install(t.Context(), d.Images(), template.InstallOptions{})
				wantError(t, err, dockerhv.ErrInvalid)
				return
			}
			image = install(t, d, source, template.InstallOptions{})
			if diff := cmp.Diff([]string{"first-sub", "Dockerfile"}, run(t, d, image)); diff != "" {
				t.Errorf("the instance printed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGitWithAToken(t *testing.T) {
	d := open(t)
	above, commit := repository(t)
	const token = "geheim-4711"
	source := dockerfile.Source{
		Git: gitHTTP(t, above, token), Commit: commit,
		Secrets: map[string]dockerfile.Secret{"GIT_AUTH_TOKEN": {Value: []byte(token)}},
	}
	without := source
	without.Secrets = nil
	_, err := without.Install(t.Context(), d.Images(), template.InstallOptions{}) // first: a commit is fetched once
	wantError(t, err, dockerhv.ErrDenied)
	image := install(t, d, source, template.InstallOptions{})
	if got := run(t, d, image); len(got) == 0 || got[0] != "first" {
		t.Errorf("the instance printed %q", got)
	}
}

func TestGitFails(t *testing.T) {
	d := open(t)
	above, commit := repository(t)
	url := gitHTTP(t, above, "")
	typed := engineMajor(t) >= 23 // older ones tell neither the line nor the text
	for name, tc := range map[string]struct {
		source dockerfile.Source
		want   template.BuildError
	}{
		"a step":        {dockerfile.Source{Git: url, Commit: commit, File: "Broken"}, template.BuildError{Class: dockerhv.ErrFailed, File: "Broken", Line: 3, Source: "RUN echo out; exit 3", ExitCode: 3, Output: []string{"out"}}},
		"the syntax":    {dockerfile.Source{Git: url, Commit: commit, File: "Wrong"}, template.BuildError{Class: dockerhv.ErrInvalid, File: "Wrong", Line: 2, Source: "NONSENSE"}},
		"no Dockerfile": {dockerfile.Source{Git: url, Commit: commit, File: "None"}, template.BuildError{Class: dockerhv.ErrNotFound, File: "None"}},
		"no commit":     {dockerfile.Source{Git: url, Commit: strings.Repeat("1", 40)}, template.BuildError{Class: dockerhv.ErrNotFound, File: "Dockerfile"}},
		"no repository": {dockerfile.Source{Git: strings.Replace(url, "repo", "none", 1), Commit: strings.Repeat("2", 40)}, template.BuildError{Class: dockerhv.ErrNotFound, File: "Dockerfile"}},
		"no server":     {dockerfile.Source{Git: "http://127.0.0.1:1/repo.git", Commit: strings.Repeat("3", 40)}, template.BuildError{Class: dockerhv.ErrUnavailable, File: "Dockerfile"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tc.source.Install(t.Context(), d.Images(), template.InstallOptions{})
			wantError(t, err, tc.want.Class)
			got, ok := errors.AsType[*template.BuildError](err)
			if !ok {
				t.Fatalf("%v is no BuildError", err)
			}
			if !typed {
				tc.want.Source, got.Source = "", ""
				if tc.want.ExitCode != 0 {
					tc.want.Line = 0
				}
			}
			if tc.want.ExitCode == 0 {
				got.Output = nil // what git printed
			}
			got.Reason = ""
			if diff := cmp.Diff(tc.want, *got, cmp.Comparer(func(a, b error) bool { return a == b })); diff != "" {
				t.Errorf("BuildError (-want +got):\n%s", diff)
			}
		})
	}
}
