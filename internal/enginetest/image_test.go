package enginetest

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func TestEnginePullsFromRegistry(t *testing.T) {
	AssertUnchanged(t)
	endpoint := Endpoint(t)
	socket, _ := socketOf(endpoint)
	ref, digest := PushBusybox(t, Registry(t), "app:1", WithPayload(1<<20), WithConfig(func(c *v1.Config) { c.User = "nobody" }))
	at := strings.TrimSuffix(ref, ":1") + "@" + digest
	if err := do(t.Context(), socket, http.MethodPost, "/images/create?fromImage="+at, nil, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context()) // which ends before the clean-ups
		if err := do(ctx, socket, http.MethodDelete, "/images/"+at, nil, nil); err != nil {
			t.Error(err)
		}
	})
	var image struct{ Config struct{ User string } }
	if err := do(t.Context(), socket, http.MethodGet, "/images/"+at+"/json", nil, &image); err != nil {
		t.Fatal(err)
	}
	if image.Config.User != "nobody" {
		t.Errorf("pulled image's user is %q", image.Config.User)
	}
	if got := Snapshot(t, endpoint).Images; len(got) == 0 {
		t.Error("the snapshot lacks the image")
	}
}

func TestImagesAreDeterministic(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
	SaveBusybox(t, one, "app:1", WithPayload(1000))
	SaveBusybox(t, two, "app:1", WithPayload(1000))
	first, err := os.ReadFile(one)
	if err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile(two)
	if err != nil {
		t.Fatal(err)
	}
	if string(first) != string(second) {
		t.Error("the same image saved twice differs")
	}
}
