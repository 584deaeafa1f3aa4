package docker_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

func TestStateIsInTheEngine(t *testing.T) {
	first := open(t, "memory")
	spec := sleeper("kept", busybox(t, first))
	create(t, first, spec)
	start(t, first, spec.ID)

	// A driver that is opened anew knows nothing but the owner.
	second := open(t, "memory")
	listed, err := second.List(t.Context(), driver.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"kept"}, ids(listed)); diff != "" {
		t.Fatalf("listed (-want +got):\n%s", diff)
	}
	if listed[0].State != driver.Running || !listed[0].Address().IsValid() || listed[0].SpecHash != spec.Hash() {
		t.Errorf("listed %+v", listed[0])
	}
	third := open(t, "memory") // which has not even listed
	if err := third.Destroy(t.Context(), spec.ID, driver.DestroyOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	// The first still remembers the container that the third removed.
	wantError(t, first.Start(t.Context(), spec.ID), dockerhv.ErrNotFound)
	create(t, first, spec)
	start(t, third, spec.ID)
}

func TestOwnersNeverMeet(t *testing.T) {
	mine, theirs := open(t, "mine"), open(t, "theirs")
	spec := sleeper("same-id", busybox(t, mine))
	a, b := create(t, mine, spec), create(t, theirs, spec)
	if a.HostID == b.HostID {
		t.Fatal("two owners share one instance")
	}
	start(t, mine, spec.ID)
	if err := theirs.Destroy(t.Context(), spec.ID, driver.DestroyOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	if i := inspect(t, mine, spec.ID); i.State != driver.Running {
		t.Errorf("mine is %s after theirs was destroyed", i.State)
	}
	listed, err := theirs.List(t.Context(), driver.Filter{})
	if err != nil || len(listed) != 0 {
		t.Errorf("theirs lists %v, %v", listed, err)
	}
}

func TestCreateTouchesNothingOfOthers(t *testing.T) {
	d := open(t, "polite")
	image := busybox(t, d)
	foreign := createForeign(t, "polite.taken", image.ID)
	_, err := d.Create(t.Context(), sleeper("taken", image))
	wantError(t, err, dockerhv.ErrConflict)
	if !strings.Contains(err.Error(), foreign) {
		t.Errorf("%v does not name the container %s", err, foreign)
	}
	if err := d.Destroy(t.Context(), "taken", driver.DestroyOptions{Force: true}); err != nil {
		t.Error(err)
	}
	if status := callEngine(t, http.MethodGet, "/containers/"+foreign+"/json", ""); status != http.StatusOK {
		t.Errorf("the foreign container is gone: status %d", status)
	}
}

func TestSameIDAnotherSpec(t *testing.T) {
	d := open(t, "spec")
	spec := sleeper("one", busybox(t, d))
	create(t, d, spec)
	start(t, d, spec.ID)
	before := inspect(t, d, spec.ID)
	spec.Env = map[string]string{"CHANGED": "yes"}
	_, err := d.Create(t.Context(), spec)
	wantError(t, err, dockerhv.ErrExists)
	if diff := cmp.Diff(before, inspect(t, d, spec.ID), cmp.Comparer(equalAddr)); diff != "" {
		t.Errorf("the refused call changed the instance (-before +after):\n%s", diff)
	}
}

func TestListFilters(t *testing.T) {
	d := open(t, "filter")
	image := busybox(t, d)
	for _, id := range []string{"c", "a", "b"} {
		spec := sleeper(id, image)
		spec.Labels = map[string]string{"name": id, "all": "yes"}
		create(t, d, spec)
	}
	start(t, d, "b")
	for name, tc := range map[string]struct {
		filter driver.Filter
		want   []string
	}{
		"all, ordered":    {driver.Filter{}, []string{"a", "b", "c"}},
		"by ID":           {driver.Filter{IDs: []string{"b"}}, []string{"b"}},
		"by several IDs":  {driver.Filter{IDs: []string{"c", "a", "x"}}, []string{"a", "c"}},
		"by state":        {driver.Filter{States: []driver.State{driver.Running}}, []string{"b"}},
		"by label":        {driver.Filter{Labels: map[string]string{"name": "c", "all": "yes"}}, []string{"c"}},
		"nothing matches": {driver.Filter{Labels: map[string]string{"name": "x"}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			listed, err := d.List(t.Context(), tc.filter)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, ids(listed)); diff != "" {
				t.Errorf("listed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOwnerIsChecked(t *testing.T) {
	_, err := docker.Open(t.Context(), driver.Endpoint{URL: "unix:///nowhere"}, docker.Options{Owner: "a.b"})
	wantError(t, err, dockerhv.ErrInvalid)
}

func ids(instances []driver.Instance) []string {
	var all []string
	for _, i := range instances {
		all = append(all, i.ID)
	}
	return all
}

// createForeign makes a container by hand, as docker create would, with labels that
// are given as names and values.
func createForeign(t *testing.T, name, image string, labels ...string) (id string) {
	t.Helper()
	all := map[string]string{}
	for pair := range slices.Chunk(labels, 2) {
		all[pair[0]] = pair[1]
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	body := `{"Image":"` + image + `","Cmd":["true"],"Labels":` + string(text) + `}`
	var created struct{ ID string }
	status := callEngineInto(t, http.MethodPost, "/containers/create?name="+name, body, &created)
	if status != http.StatusCreated {
		t.Fatalf("create %s: status %d", name, status)
	}
	t.Cleanup(func() { callEngine(t, http.MethodDelete, "/containers/"+created.ID+"?force=1", "") })
	return created.ID
}

func callEngine(t *testing.T, method, path, body string) (status int) {
	t.Helper()
	return callEngineInto(t, method, path, body, nil)
}

func callEngineInto(t *testing.T, method, path, body string, into any) (status int) {
	t.Helper()
	return callInto(t, enginetest.Endpoint(t), method, path, body, into)
}

// callInto calls an engine's API by hand.
func callInto(t *testing.T, endpoint, method, path, body string, into any) (status int) {
	t.Helper()
	socket := strings.TrimPrefix(endpoint, "unix://")
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}}
	request, err := http.NewRequestWithContext(cleanup(t), method, "http://engine"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if into != nil {
		if err := json.NewDecoder(response.Body).Decode(into); err != nil {
			t.Fatal(err)
		}
	}
	return response.StatusCode
}
