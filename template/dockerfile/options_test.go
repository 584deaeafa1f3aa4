package dockerfile_test

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/dockerfile"
)

// secretStep is a step that uses a secret, prints it and keeps how long it was.
const secretStep = "RUN --mount=type=secret,id=token cat /run/secrets/token && wc -c < /run/secrets/token > /length\n"

func TestSecrets(t *testing.T) {
	d := open(t)
	const secret = "hunter2-hunter2"
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, given := range map[string]dockerfile.Secret{"value": {Value: []byte(secret)}, "file": {Path: path}} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			source := dockerfile.Source{
				Text:    "FROM " + base(t) + "\n" + secretStep + "CMD [\"sh\", \"-c\", \"cat /length /run/secrets/token 2>/dev/null\"]\n",
				Secrets: map[string]dockerfile.Secret{"token": given}, NoCache: true, Log: &log,
			}
			image := install(t, d, source, template.InstallOptions{})
			if diff := cmp.Diff([]string{fmt.Sprint(len(secret))}, run(t, d, image)); diff != "" {
				t.Errorf("the instance printed (-want +got):\n%s", diff)
			}
			if strings.Contains(log.String(), secret) || !strings.Contains(log.String(), "***") {
				t.Errorf("the log shows the secret, or not that it is hidden:\n%s", &log)
			}
			source.Text = "FROM " + base(t) + "\nRUN --mount=type=secret,id=token cat /run/secrets/token; exit 9\n"
			_, err := source.Install(t.Context(), d.Images(), template.InstallOptions{})
			wantError(t, err, dockerhv.ErrFailed)
			for _, shown := range []string{err.Error(), fmt.Sprintf("%+v %#v", err, err), fmt.Sprintf("%v %+v %#v %v", source, source, source, source.Secrets)} {
				if strings.Contains(shown, secret) {
					t.Errorf("%s shows the secret", shown)
				}
			}
		})
	}
	_, err := dockerfile.Source{Text: "FROM scratch\n", Secrets: map[string]dockerfile.Secret{"a": {Path: path + "x"}}}.Install(t.Context(), d.Images(), template.InstallOptions{})
	wantError(t, err, dockerhv.ErrNotFound)
}

// TestSSH lets a step ask for the identities that it may use, as an SSH client does.
func TestSSH(t *testing.T) {
	d := open(t)
	dir := t.TempDir()
	key, socket := filepath.Join(dir, "key"), filepath.Join(dir, "agent")
	runs := func(env string, name string, args ...string) {
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Env = append(os.Environ(), env)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", name, err, out)
		}
	}
	runs("", "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "of-the-test", "-f", key)
	agent := exec.CommandContext(t.Context(), "ssh-agent", "-D", "-a", socket)
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = agent.Process.Kill()
		_ = agent.Wait()
	})
	waitFor(t, func() bool { _, err := os.Stat(socket); return err == nil })
	runs("SSH_AUTH_SOCK="+socket, "ssh-add", "-q", key)
	context := t.TempDir()
	runs("CGO_ENABLED=0", "go", "build", "-o", filepath.Join(context, "askagent"), "./testdata/askagent")
	write(t, context, map[string]string{
		"Dockerfile": "FROM " + base(t) + "\nCOPY askagent /\nRUN --mount=type=ssh,required /askagent > /said\nCMD [\"cat\", \"/said\"]\n",
	})
	// A key in a file has no comment in it; an agent is told of one by ssh-add.
	for path, want := range map[string]string{key: "1 ", socket: "1 of-the-test"} {
		t.Run(filepath.Base(path), func(t *testing.T) {
			image := install(t, d, dockerfile.Source{
				Dir: context, SSH: map[string][]string{"default": {path}}, NoCache: true,
			}, template.InstallOptions{})
			if diff := cmp.Diff([]string{want}, run(t, d, image)); diff != "" {
				t.Errorf("the instance printed (-want +got):\n%s", diff)
			}
		})
	}
}

func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for range 600 {
		if done() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("it does not come")
}

func TestHostsAndNetworks(t *testing.T) {
	d := open(t)
	text := "FROM " + base(t) + "\nRUN grep -w mirror /etc/hosts | cut -f1 > /out; ls /sys/class/net | grep -vc '^lo$' >> /out; true\nCMD [\"cat\", \"/out\"]\n"
	hosts := map[string]netip.Addr{"mirror": netip.MustParseAddr("192.0.2.7"), "six": netip.MustParseAddr("2001:db8::1")}
	devices, err := os.ReadDir("/sys/class/net")
	if err != nil {
		t.Fatal(err)
	}
	for network, want := range map[string]func(string) bool{
		"":     func(n string) bool { return n == "1" },
		"none": func(n string) bool { return n == "0" },
		"host": func(n string) bool { return n != "0" || len(devices) == 1 },
	} {
		t.Run("network "+network, func(t *testing.T) {
			image := install(t, d, dockerfile.Source{Text: text, Hosts: hosts, Network: network, NoCache: true}, template.InstallOptions{})
			if got := run(t, d, image); len(got) != 2 || got[0] != "192.0.2.7" || !want(got[1]) {
				t.Errorf("the instance printed %q", got)
			}
		})
	}
}

// TestHostNetworkIsOfTheBuildAlone has a Dockerfile that asks for the host's network
// for itself.
func TestHostNetworkIsOfTheBuildAlone(t *testing.T) {
	d := open(t)
	source := dockerfile.Source{Text: "FROM " + base(t) + "\nRUN --network=host true\n"}
	_, err := source.Install(t.Context(), d.Images(), template.InstallOptions{})
	if engineMajor(t) < 23 {
		wantError(t, err, dockerhv.ErrInvalid) // it does not know the flag
		return
	}
	wantError(t, err, dockerhv.ErrDenied)
}

// TestPlatform builds for another processor what runs nothing.
func TestPlatform(t *testing.T) {
	d := open(t)
	arm := template.Platform{OS: "linux", Architecture: "arm64"}
	files := os.DirFS(contextDir(t, "FROM scratch\nCOPY Dockerfile /\n"))
	image := install(t, d, dockerfile.Source{FS: files}, template.InstallOptions{Platform: arm})
	if !image.Platform.Matches(arm) {
		t.Errorf("the image is for %v", image.Platform)
	}
}

// mistaken is a store whose images are for another processor than they were built for,
// which no engine does on cue.
type mistaken struct{ template.ImageStore }

func (m mistaken) Unwrap() template.ImageStore { return m.ImageStore }

func (m mistaken) Image(ctx context.Context, ref string) (template.Image, error) {
	image, err := m.ImageStore.Image(ctx, ref)
	image.Platform.Architecture = "s390x"
	return image, err
}

// TestWrongPlatform has an image that is not for the processor that was asked for. It
// is taken back, but for one of the same content that somebody has.
func TestWrongPlatform(t *testing.T) {
	d := open(t)
	own := template.InstallOptions{Platform: template.Platform{OS: "linux", Architecture: runtime.GOARCH}}
	source := dockerfile.Source{Text: "FROM " + base(t) + "\nWORKDIR /somewhere\n"}
	_, err := source.Install(t.Context(), mistaken{d.Images()}, own)
	wantError(t, err, dockerhv.ErrInvalid)

	theirs := source
	theirs.Tag = "localhost/theirs:1"
	image := install(t, d, theirs, template.InstallOptions{})
	_, err = source.Install(t.Context(), mistaken{d.Images()}, own)
	wantError(t, err, dockerhv.ErrInvalid)
	if _, err := d.Images().Image(t.Context(), image.Reference); err != nil {
		t.Errorf("their image: %v", err)
	}
}

func contextDir(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, map[string]string{"Dockerfile": text})
	return dir
}

func TestNoCacheAndLog(t *testing.T) {
	d := open(t)
	source := dockerfile.Source{Text: "FROM " + base(t) + "\nRUN echo working; printf 'half a line' && cat /proc/sys/kernel/random/uuid > /id\nCMD [\"cat\", \"/id\"]\n"}
	build := func() (id, log string) {
		var written bytes.Buffer
		source.Log = &written
		image := install(t, d, source, template.InstallOptions{})
		return image.ID, written.String()
	}
	first, log := build()
	for _, want := range []string{" working\n", " half a line\n", " done\n", "RUN echo working"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log has no %q:\n%s", want, log)
		}
	}
	for line := range strings.Lines(log) {
		if !strings.HasPrefix(line, "#") || !strings.HasSuffix(line, "\n") {
			t.Errorf("the log has the line %q", line)
		}
	}
	cached, log := build()
	if cached != first || !strings.Contains(log, " cached\n") {
		t.Errorf("built again it is %s, not %s:\n%s", cached, first, log)
	}
	source.NoCache = true
	if again, log := build(); again == first || !strings.Contains(log, " working\n") {
		t.Errorf("built without the cache it is the same:\n%s", log)
	}
}

// TestBrokenLog has a log that can't be written. The build does not mind.
func TestBrokenLog(t *testing.T) {
	d := open(t)
	writer := &failingWriter{}
	install(t, d, dockerfile.Source{Text: "FROM " + base(t) + "\nRUN echo a; echo b\n", Log: writer}, template.InstallOptions{})
	if writer.calls != 1 {
		t.Errorf("it was written %d times", writer.calls)
	}
}

type failingWriter struct{ calls int }

func (w *failingWriter) Write([]byte) (int, error) { w.calls++; return 0, os.ErrClosed }

// TestCache keeps results of steps elsewhere, and finds them after the engine's own
// cache is gone.
func TestCache(t *testing.T) {
	d := open(t)
	registry := enginetest.Registry(t)
	is, err := enginetest.Describe(t.Context(), enginetest.Endpoint(t))
	if err != nil {
		t.Fatal(err)
	}
	caches := map[string]dockerfile.Cache{"inline": {Inline: true}}
	if is.ContainerdStore {
		caches["registry"] = dockerfile.Cache{Registry: registry + "/cache:1", All: true}
		caches["folder"] = dockerfile.Cache{Dir: t.TempDir(), All: true}
	}
	for name, cache := range caches {
		t.Run(name, func(t *testing.T) {
			source := dockerfile.Source{
				Text: "FROM " + base(t) + "\nRUN cat /proc/sys/kernel/random/uuid > /id\nCMD [\"cat\", \"/id\"]\n",
				Tag:  registry + "/" + name + ":1", CacheTo: []dockerfile.Cache{cache}, NoCache: true,
			}
			image := install(t, d, source, template.InstallOptions{})
			want := run(t, d, image)
			from := cache
			from.All = false
			if cache.Inline {
				dockerCLI(t, "push", "-q", source.Tag)
				from = dockerfile.Cache{Registry: source.Tag}
			}
			if err := d.Images().Remove(t.Context(), image.Reference); err != nil {
				t.Fatal(err)
			}
			dockerCLI(t, "builder", "prune", "-af")
			source.CacheTo, source.CacheFrom, source.NoCache, source.Tag = nil, []dockerfile.Cache{from}, false, ""
			if diff := cmp.Diff(want, run(t, d, install(t, d, source, template.InstallOptions{}))); diff != "" {
				t.Errorf("built from the cache it is another (-want +got):\n%s", diff)
			}
		})
	}
}

// dockerCLI runs the docker command.
func dockerCLI(t testing.TB, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "docker", slices.Concat([]string{"-H", enginetest.Endpoint(t)}, args)...)
	cmd.Env = append(os.Environ(), "DOCKER_BUILDKIT=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("docker %v: %v: %s", args, err, out)
	}
}
