package repository_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/repository"
)

// front is a registry behind another server, which counts what is asked for and may
// answer in its place.
type front struct {
	host string

	mu     sync.Mutex
	asked  map[string]int // by method and path
	answer func(w http.ResponseWriter, r *http.Request, pass http.Handler)
}

func newFront(t *testing.T, registry string) *front {
	t.Helper()
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: registry})
	f := &front{asked: make(map[string]int)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		f.asked[r.Method+" "+r.URL.Path]++
		answer := f.answer
		f.mu.Unlock()
		if answer == nil {
			proxy.ServeHTTP(w, r)
			return
		}
		answer(w, r, proxy)
	}))
	t.Cleanup(server.Close)
	f.host = server.Listener.Addr().String()
	return f
}

func (f *front) set(answer func(w http.ResponseWriter, r *http.Request, pass http.Handler)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answer = answer
}

// requests returns what was asked for since the last call, and the sum.
func (f *front) requests() (asked map[string]int, sum int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	asked, f.asked = f.asked, make(map[string]int)
	for _, n := range asked {
		sum += n
	}
	return asked, sum
}

// answers gives what is not a ping of the registry with a status and an error's code.
func answers(status int, code string) func(http.ResponseWriter, *http.Request, http.Handler) {
	return func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		if r.URL.Path == "/v2/" {
			pass.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`{"errors":[{"code":"` + code + `","message":"as the test says"}]}`))
	}
}

// wantReason wants an error of a pull.
func wantReason(t *testing.T, err error, reason template.PullReason, class error) {
	t.Helper()
	wantError(t, err, class)
	why, ok := errors.AsType[*template.PullError](err)
	if !ok || why.Reason != reason {
		t.Fatalf("the reason of %q is %+v; want %q", err, why, reason)
	}
}

// retryAfter is how long an error of a pull says that a registry is left alone.
func retryAfter(t *testing.T, err error) time.Duration {
	t.Helper()
	wantReason(t, err, template.PullRateLimited, dockerhv.ErrUnavailable)
	why, _ := errors.AsType[*template.PullError](err)
	return why.RetryAfter
}

// through opens an engine's images by way of a proxy.
func through(t *testing.T) (*enginetest.Proxy, template.ImageStore) {
	t.Helper()
	enginetest.AssertUnchanged(t)
	proxy := enginetest.NewProxy(t, enginetest.Endpoint(t))
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: proxy.Endpoint()}, docker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return proxy, d.Images()
}

// awaitLooks waits until so many installs have looked whether the host has the image,
// which is the last call that each makes before they share a pull.
func awaitLooks(t *testing.T, proxy *enginetest.Proxy, n int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); n > 0; time.Sleep(10 * time.Millisecond) {
		for _, call := range proxy.Calls() {
			if strings.HasPrefix(call, "GET /images/") {
				n--
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d installs have not looked", n)
		}
	}
	time.Sleep(200 * time.Millisecond) // from the answer to the pull there is no call to wait for
}

// 55: any number of callers make one pull, and each has its result.
func TestManyInstallsOnePull(t *testing.T) {
	proxy, images := through(t)
	f := newFront(t, enginetest.Registry(t))
	enginetest.PushBusybox(t, f.host, "app:1", enginetest.WithPayload(1<<20))
	enginetest.PushBusybox(t, f.host, "app:2", enginetest.WithPayload(1<<20+1))
	f.requests()
	install(t, images, repository.Source{Reference: f.host + "/app:1"}, template.InstallOptions{})
	_, one := f.requests()

	const callers = 50
	release := make(chan struct{})
	f.set(func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		<-release
		pass.ServeHTTP(w, r)
	})
	proxy.Calls()
	var group sync.WaitGroup
	got := make(chan template.Image, callers)
	for range callers {
		group.Go(func() {
			image, err := repository.Source{Reference: f.host + "/app:2"}.Install(t.Context(), images, template.InstallOptions{})
			if err != nil {
				t.Error(err)
			}
			got <- image
		})
	}
	awaitLooks(t, proxy, callers)
	close(release)
	group.Wait()
	image := <-got
	t.Cleanup(func() { _ = images.Remove(context.WithoutCancel(t.Context()), image.Reference) })
	for range callers - 1 {
		if other := <-got; other != image {
			t.Errorf("one has %+v, another %+v", image, other)
		}
	}
	if asked, many := f.requests(); many > one {
		t.Errorf("%d callers made %d requests; one makes %d: %v", callers, many, one, asked)
	}
}

// 57: nothing is shared across credentials.
func TestCredentialsAreKeptApart(t *testing.T) {
	images := open(t)
	registry := enginetest.Registry(t)
	enginetest.PushBusybox(t, registry, "private:1", enginetest.WithPayload(4<<20))
	locked := lock(t, slow(t, registry), "ann", "s3cret")
	source := func(password string) repository.Source {
		return repository.Source{
			Reference: locked + "/private:1",
			Credentials: func(context.Context, string) (template.Credential, error) {
				return template.Credential{Username: "ann", Password: password}, nil
			},
		}
	}
	refused := make(chan error, 1)
	go func() {
		_, err := source("wrong").Install(t.Context(), images, template.InstallOptions{})
		refused <- err
	}()
	install(t, images, source("s3cret"), template.InstallOptions{})
	wantReason(t, <-refused, template.PullUnauthorized, dockerhv.ErrDenied)
}

// 56: who leaves does not take the others along, and the last ends the pull.
func TestEachCallersCancelIsItsOwn(t *testing.T) {
	proxy, images := through(t)
	f := newFront(t, enginetest.Registry(t))
	ref, _ := enginetest.PushBusybox(t, f.host, "app:1", enginetest.WithPayload(1<<20))
	for _, last := range []bool{false, true} {
		release, held := make(chan struct{}), make(chan struct{}, 100)
		f.set(func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
			if strings.Contains(r.URL.Path, "/blobs/") {
				held <- struct{}{}
				select {
				case <-release:
				case <-r.Context().Done():
					return
				}
			}
			pass.ServeHTTP(w, r)
		})
		ctx, cancel := context.WithCancel(t.Context())
		leaves, stays := make(chan error, 1), make(chan error, 1)
		run := func(ctx context.Context, result chan<- error) {
			_, err := repository.Source{Reference: ref}.Install(ctx, images, template.InstallOptions{})
			result <- err
		}
		go run(ctx, leaves)
		<-held
		if !last {
			proxy.Calls()
			go run(t.Context(), stays)
			awaitLooks(t, proxy, 1)
		}
		cancel()
		if err := <-leaves; !errors.Is(err, context.Canceled) {
			t.Errorf("who left has %v", err)
		}
		if last {
			close(release)
			time.Sleep(time.Second) // in which an engine that was not told to stop would be done: it is all here
			if _, err := (repository.Source{Reference: ref, Policy: repository.Never}).Install(t.Context(), images, template.InstallOptions{}); !errors.Is(err, dockerhv.ErrNotFound) {
				t.Errorf("it is there: %v", err)
			}
			continue
		}
		close(release)
		if err := <-stays; err != nil {
			t.Error(err)
		}
		image := install(t, images, repository.Source{Reference: ref}, template.InstallOptions{})
		if err := images.Remove(t.Context(), image.Reference); err != nil {
			t.Fatal(err)
		}
	}
}

// 61: what goes wrong is told apart.
func TestReasons(t *testing.T) {
	images := open(t)
	f := newFront(t, enginetest.Registry(t))
	ref, _ := enginetest.PushBusybox(t, f.host, "app:1")
	flip := func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		if !strings.Contains(r.URL.Path, "/blobs/") {
			pass.ServeHTTP(w, r)
			return
		}
		recorder := httptest.NewRecorder()
		pass.ServeHTTP(recorder, r)
		body := recorder.Body.Bytes()
		if len(body) > 0 {
			body[len(body)/2] ^= 1
		}
		w.WriteHeader(recorder.Code)
		_, _ = w.Write(body)
	}
	for name, tc := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request, http.Handler)
		source repository.Source
		reason template.PullReason
		class  error
	}{
		"not found":    {nil, repository.Source{Reference: f.host + "/app:2"}, template.PullNotFound, dockerhv.ErrNotFound},
		"unauthorized": {answers(http.StatusUnauthorized, "UNAUTHORIZED"), repository.Source{Reference: ref}, template.PullUnauthorized, dockerhv.ErrDenied},
		"denied":       {answers(http.StatusForbidden, "DENIED"), repository.Source{Reference: ref}, template.PullDenied, dockerhv.ErrDenied},
		"unreachable":  {nil, repository.Source{Reference: "127.0.0.1:1/app:1"}, template.PullUnreachable, dockerhv.ErrUnavailable},
		"corrupted":    {flip, repository.Source{Reference: ref}, template.PullCorrupt, dockerhv.ErrIntegrity},
	} {
		t.Run(name, func(t *testing.T) {
			f.set(tc.answer)
			_, err := tc.source.Install(t.Context(), images, template.InstallOptions{})
			wantReason(t, err, tc.reason, tc.class)
			t.Log(err)
		})
	}
	f.set(nil)
	_, err := repository.Source{Reference: ref}.Install(t.Context(), images, template.InstallOptions{
		Platform: template.Platform{OS: "linux", Architecture: "s390x"},
	})
	wantReason(t, err, template.PullPlatform, dockerhv.ErrNotFound)
}

// 71: what turns out to be of another platform than is asked for is taken back, and not
// from under somebody who has it installed meanwhile.
func TestTakeBackTakesNobodysElse(t *testing.T) {
	images := open(t)
	ref, _ := enginetest.PushBusybox(t, slow(t, enginetest.Registry(t)), "app:1", enginetest.WithPayload(1<<20))
	for range 5 {
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() {
				_, err := repository.Source{Reference: ref}.Install(t.Context(), images, template.InstallOptions{
					Platform: template.Platform{OS: "linux", Architecture: "s390x"},
				})
				if why, ok := errors.AsType[*template.PullError](err); !ok || why.Reason != template.PullPlatform {
					t.Errorf("of another platform it is %v", err)
				}
			})
		}
		image, err := repository.Source{Reference: ref}.Install(t.Context(), images, template.InstallOptions{})
		group.Wait()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := images.Image(t.Context(), image.ID); err != nil {
			t.Errorf("what was installed is gone: %v", err)
		}
		if err := images.Remove(t.Context(), image.Reference); err != nil {
			t.Fatal(err)
		}
	}
}

// 62: a registry that says that it is asked too often is left alone, but for other
// credentials.
func TestRateLimit(t *testing.T) {
	images := open(t)
	f := newFront(t, enginetest.Registry(t))
	ref, _ := enginetest.PushBusybox(t, f.host, "app:1")
	f.set(answers(http.StatusTooManyRequests, "TOOMANYREQUESTS"))
	_, err := repository.Source{Reference: ref}.Install(t.Context(), images, template.InstallOptions{})
	if after := retryAfter(t, err); after <= 0 {
		t.Errorf("it is left alone for %v", after)
	}
	f.requests()
	for range 50 {
		_, err = repository.Source{Reference: f.host + "/another:1"}.Install(t.Context(), images, template.InstallOptions{})
		if after := retryAfter(t, err); after <= 0 || after > time.Minute {
			t.Errorf("it is left alone for %v", after)
		}
	}
	if asked, n := f.requests(); n > 0 {
		t.Errorf("it was asked again: %v", asked)
	}
	f.set(nil)
	install(t, images, repository.Source{Reference: ref, Credentials: func(context.Context, string) (template.Credential, error) {
		return template.Credential{Username: "ann", Password: "s3cret"}, nil
	}}, template.InstallOptions{})
}

// 63: a credential that is refused is asked for once more, and tried if it is another.
func TestCredentialIsRenewed(t *testing.T) {
	images := open(t)
	registry := enginetest.Registry(t)
	enginetest.PushBusybox(t, registry, "private:1")
	ref := lock(t, registry, "ann", "second") + "/private:1"
	for name, tc := range map[string]struct {
		passwords []string
		asked     int
		ok        bool
	}{
		"the second is right":      {[]string{"first", "second"}, 2, true},
		"the first is right":       {[]string{"second", "third"}, 1, true},
		"the second is the same":   {[]string{"first", "first", "second"}, 2, false},
		"the second is wrong, too": {[]string{"first", "other", "second"}, 2, false},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			image, err := repository.Source{Reference: ref, Credentials: func(context.Context, string) (template.Credential, error) {
				asked++
				return template.Credential{Username: "ann", Password: tc.passwords[asked-1]}, nil
			}}.Install(t.Context(), images, template.InstallOptions{})
			if asked != tc.asked || (err == nil) != tc.ok {
				t.Errorf("asked %d times for a credential, it came to %v", asked, err)
			}
			if err == nil {
				if err := images.Remove(t.Context(), image.Reference); err != nil {
					t.Error(err)
				}
			} else {
				wantReason(t, err, template.PullUnauthorized, dockerhv.ErrDenied)
			}
		})
	}
}

// 59: a download that stands still is given up.
func TestStall(t *testing.T) {
	images := open(t)
	f := newFront(t, enginetest.Registry(t))
	ref, _ := enginetest.PushBusybox(t, f.host, "app:1", enginetest.WithPayload(4<<20))
	for name, part := range map[string]string{"the manifest": "/manifests/", "a layer": "/blobs/"} {
		t.Run(name, func(t *testing.T) {
			release := make(chan struct{}) // an engine may wait longer than its caller
			defer close(release)
			f.set(func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
				if strings.Contains(r.URL.Path, part) {
					<-release
				}
				pass.ServeHTTP(w, r)
			})
			_, err := repository.Source{Reference: ref, Stall: time.Second}.Install(t.Context(), images, template.InstallOptions{})
			wantReason(t, err, template.PullStalled, dockerhv.ErrUnavailable)
		})
	}
	f.set(nil)
	install(t, images, repository.Source{Reference: ref, Stall: 10 * time.Second}, template.InstallOptions{})
}

// 67, 69: what is pinned and there needs no registry, unless it is to be verified.
func TestPinnedIsOffline(t *testing.T) {
	images := open(t)
	registry := enginetest.Registry(t)
	enginetest.PushBusybox(t, registry, "private:1")
	f := newFront(t, lock(t, registry, "ann", "s3cret"))
	right := func(context.Context, string) (template.Credential, error) {
		return template.Credential{Username: "ann", Password: "s3cret"}, nil
	}
	image := install(t, images, repository.Source{Reference: f.host + "/private:1", Credentials: right}, template.InstallOptions{})
	f.requests()
	for _, policy := range []repository.Policy{"", repository.Missing, repository.Always, repository.Never} {
		again, err := repository.Source{Reference: image.Reference, Policy: policy}.Install(t.Context(), images, template.InstallOptions{})
		if err != nil || again.ID != image.ID || !again.Cached {
			t.Errorf("%q: %+v, %v", policy, again, err)
		}
	}
	if asked, n := f.requests(); n > 0 {
		t.Errorf("the registry was asked: %v", asked)
	}
	_, err := repository.Source{Reference: image.Reference, Policy: repository.Verify}.Install(t.Context(), images, template.InstallOptions{})
	wantReason(t, err, template.PullUnauthorized, dockerhv.ErrDenied)
	again, err := repository.Source{Reference: image.Reference, Policy: repository.Verify, Credentials: right}.Install(t.Context(), images, template.InstallOptions{})
	if err != nil || again.ID != image.ID || !again.Cached {
		t.Errorf("verified it is %+v, %v", again, err)
	}
}

// TestAdmit: nothing is downloaded or taken that the caller does not admit.
func TestAdmit(t *testing.T) {
	images := open(t)
	f := newFront(t, enginetest.Registry(t))
	ref, digest := enginetest.PushBusybox(t, f.host, "team/app:1")
	f.requests()
	no := errors.New("it is not signed")
	var seen template.Candidate
	source := repository.Source{Reference: ref, Admit: func(_ context.Context, c template.Candidate) error {
		seen = c
		return no
	}}
	_, err := source.Install(t.Context(), images, template.InstallOptions{})
	wantReason(t, err, template.PullDenied, dockerhv.ErrDenied)
	if want := (template.Candidate{Registry: f.host, Repository: "team/app", Digest: digest}); seen != want || !errors.Is(err, no) {
		t.Errorf("it was asked of %+v; want %+v; the error is %v", seen, want, err)
	}
	asked, _ := f.requests()
	blobs := 0
	for path := range asked {
		if strings.Contains(path, "/blobs/") {
			blobs++
		}
	}
	if blobs > 1 { // an engine reads the configuration to tell the digest
		t.Errorf("it downloaded: %v", asked)
	}
	image := install(t, images, repository.Source{Reference: ref}, template.InstallOptions{})
	source.Reference = image.Reference
	_, err = source.Install(t.Context(), images, template.InstallOptions{})
	wantReason(t, err, template.PullDenied, dockerhv.ErrDenied)
	if _, err := images.Image(t.Context(), image.Reference); err != nil {
		t.Errorf("what was there is gone: %v", err)
	}
}
