package docker_test

import (
	"slices"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/repository"
)

// configured installs busybox with another configuration, for the test's time.
func configured(t *testing.T, d driver.Driver, change func(*v1.Config)) template.Image {
	t.Helper()
	enginetest.AssertUnchanged(t)
	ref, _ := enginetest.PushBusybox(t, enginetest.Registry(t), "configured:1", enginetest.WithConfig(change))
	image, err := repository.Source{Reference: ref}.Install(t.Context(), d.Images(), template.InstallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Images().Remove(cleanup(t), image.Reference); err != nil {
			t.Error(err)
		}
	})
	return image
}

// 100: the volumes that an image declares go with the instance, however it ends.
func TestVolumesOfTheImage(t *testing.T) {
	d := open(t, "declared")
	image := configured(t, d, func(c *v1.Config) { c.Volumes = map[string]struct{}{"/declared": {}, "/more": {}} })
	before := enginetest.Snapshot(t, enginetest.Endpoint(t)).Volumes
	spec := sleeper("declared", image)
	spec.Mounts = []driver.Mount{{Type: driver.MountTmpfs, Target: "/more"}} // in place of the declared
	create(t, d, spec)
	start(t, d, spec.ID)
	if during := enginetest.Snapshot(t, enginetest.Endpoint(t)).Volumes; len(during) != len(before)+1 {
		t.Errorf("volumes %q, before %q", during, before)
	}
	destroy(t, d, spec.ID, driver.DestroyOptions{Force: true})
	if after := enginetest.Snapshot(t, enginetest.Endpoint(t)).Volumes; !slices.Equal(after, before) {
		t.Errorf("volumes %q, before %q", after, before)
	}
}

// 117: an image's health check is kept, changed in part, replaced or switched off.
func TestHealthCheckOfTheImage(t *testing.T) {
	d := open(t, "checked")
	image := configured(t, d, func(c *v1.Config) {
		c.Healthcheck = &v1.HealthConfig{Test: []string{"CMD", "true"}, Interval: time.Hour, Retries: 5}
	})
	type check struct {
		Test                             []string
		Interval, Timeout, StartInterval time.Duration
		Retries                          int
	}
	own := []string{"CMD", "test", "-d", "/"}
	cases := map[string]struct {
		health *driver.HealthCheck
		want   check
	}{
		"kept":         {nil, check{Test: []string{"CMD", "true"}, Interval: time.Hour, Retries: 5}},
		"changed":      {&driver.HealthCheck{Interval: time.Minute, Timeout: time.Second}, check{Test: []string{"CMD", "true"}, Interval: time.Minute, Timeout: time.Second, Retries: 5}},
		"replaced":     {&driver.HealthCheck{Command: own[1:], Retries: 1}, check{Test: own, Interval: time.Hour, Retries: 1}},
		"switched off": {&driver.HealthCheck{Disabled: true}, check{Test: []string{"NONE"}, Interval: time.Hour, Retries: 5}},
	}
	if hostOf(t, d).APIVersion >= "1.44" {
		cases["quick at first"] = cases["kept"]
		quick := cases["quick at first"]
		quick.health, quick.want.StartInterval = &driver.HealthCheck{StartPeriod: time.Minute, StartInterval: time.Second}, time.Second
		cases["quick at first"] = quick
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			spec := sleeper("checked", image)
			spec.Health = tc.health
			create(t, d, spec)
			start(t, d, spec.ID)
			var raw struct {
				Config struct{ Healthcheck check }
				State  struct{ Health *struct{ Status string } }
			}
			inspectRaw(t, "checked.checked", &raw)
			got := raw.Config.Healthcheck
			if !slices.Equal(got.Test, tc.want.Test) || got.Interval != tc.want.Interval || got.Timeout != tc.want.Timeout ||
				got.Retries != tc.want.Retries || got.StartInterval != tc.want.StartInterval {
				t.Errorf("the check is %+v, want %+v", got, tc.want)
			}
			if off := tc.health != nil && tc.health.Disabled; off != (raw.State.Health == nil || raw.State.Health.Status == "none") {
				t.Errorf("the state of health is %+v", raw.State.Health)
			}
		})
	}
}
