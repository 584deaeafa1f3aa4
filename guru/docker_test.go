package guru_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/guru"
)

// all is a profile that uses all that has memory of its own.
func all() guru.Profile {
	return guru.Profile{
		ID: "i-2-3-VM", Image: image(), Host: host(),
		Template: guru.Defaults{Env: map[string]string{"T": "t"}},
		NICs:     []guru.NIC{{Network: "guest-204"}}, Volumes: []guru.Volume{{Type: guru.VolumeData, Name: "v1"}},
		Ports: []driver.Port{{Port: 80}}, Command: []string{"postgres"}, Entrypoint: []string{"/entry"},
		Env: map[string]string{"A": "a"}, Health: &driver.HealthCheck{Command: []string{"check"}},
		UserData: "#!/bin/sh\n", Labels: map[string]string{"zone": "z1"},
		Details: guru.Details{"SSH.PublicKey": "", "rootdisksize": "1"},
	}
}

// TestImplementShares: the spec keeps nothing of the profile's memory, and the
// profile is left as it was.
func TestImplementShares(t *testing.T) {
	profile := all()
	before := fmt.Sprintf("%#v", profile)
	g := guru.Docker{Waived: []string{"volumes.size"}}
	spec, err := g.Implement(t.Context(), profile)
	if err != nil {
		t.Fatal(err)
	}
	hash := spec.Hash()
	spec.Command[0], spec.Entrypoint[0], spec.Ports[0].Port, spec.NICs[0].Network = "x", "x", 1, "x"
	spec.Env["A"], spec.Env["T"], spec.Labels["zone"] = "x", "x", "x"
	spec.Health.Command[0], spec.Mounts[0].Source, spec.Files[0].Content[0] = "x", "x", 'x'
	if again, err := g.Implement(t.Context(), profile); err != nil || again.Hash() != hash {
		t.Errorf("changing a spec changed the profile: %+v, %v", again, err)
	}
	if after := fmt.Sprintf("%#v", profile); after != before {
		t.Errorf("the profile is %s, was %s", after, before)
	}
}

// TestNetworks: an orchestrator's own names win, and what it refuses is a fault of the
// NIC.
func TestNetworks(t *testing.T) {
	g := guru.Docker{Networks: func(nic guru.NIC) (string, error) {
		switch nic.NetworkID {
		case "unknown":
			return "", errors.New("no such network in zone 1")
		case "wrong":
			return "", &dockerhv.FieldError{Field: "networkID", Reason: "is of another zone"}
		}
		return "net-" + nic.NetworkID, nil
	}}
	p := guru.Profile{ID: "i1", Image: image(), NICs: []guru.NIC{{Network: "ignored", NetworkID: "7"}}}
	spec, err := g.Implement(t.Context(), p)
	if err != nil || spec.NICs[0].Network != "net-7" {
		t.Errorf("Implement = %+v, %v", spec.NICs, err)
	}
	p.NICs = []guru.NIC{{NetworkID: "7"}, {NetworkID: "unknown"}, {NetworkID: "wrong"}}
	_, err = g.Implement(t.Context(), p)
	want := "implement profile i1: profile.nics[1].network: no such network in zone 1; profile.nics[2].networkID: is of another zone"
	if err == nil || err.Error() != want {
		t.Errorf("Implement = %v, want %s", err, want)
	}
}

// TestHooks: an operator's rules change a spec in order, and what they leave is
// validated.
func TestHooks(t *testing.T) {
	p := guru.Profile{ID: "i1", Image: image(), Host: host(), Labels: map[string]string{"account": "a1"}}
	bound := func(p guru.Profile, s *driver.Spec) error {
		if p.Labels["account"] == "a1" {
			s.Resources.PIDs = 100
		}
		return nil
	}
	double := func(_ guru.Profile, s *driver.Spec) error {
		s.Resources.PIDs *= 2
		return nil
	}
	spec, err := guru.Docker{Hooks: []guru.Hook{bound, double}}.Implement(t.Context(), p)
	if err != nil || spec.Resources.PIDs != 200 {
		t.Errorf("Implement = %+v, %v", spec.Resources, err)
	}
	for name, tt := range map[string]struct {
		hook  guru.Hook
		class error
		text  string
	}{
		"refuses": {func(guru.Profile, *driver.Spec) error { return errors.New("account a1 is in arrears") }, dockerhv.ErrDenied, "account a1 is in arrears"},
		"refuses by class": {func(guru.Profile, *driver.Spec) error {
			return &dockerhv.FieldError{Field: "labels", Reason: "no tier"}
		}, dockerhv.ErrInvalid, "apply hook 0: labels: no tier"},
		"leaves what is invalid":    {func(_ guru.Profile, s *driver.Spec) error { s.WorkDir = "tmp"; return nil }, dockerhv.ErrInvalid, "after the hooks: workDir"},
		"leaves what is too large":  {func(_ guru.Profile, s *driver.Spec) error { s.Resources.CPUs = 99; return nil }, dockerhv.ErrInvalid, "after the hooks: resources.cpus"},
		"gives it another identity": {func(_ guru.Profile, s *driver.Spec) error { s.ID = "i2"; return nil }, dockerhv.ErrInvalid, "spec.id"},
	} {
		t.Run(name, func(t *testing.T) {
			spec, err := guru.Docker{Hooks: []guru.Hook{tt.hook}}.Implement(t.Context(), p)
			if !errors.Is(err, tt.class) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("Implement = %v, want %v with %q", err, tt.class, tt.text)
			}
			checkRefusal(t, p, spec, err)
		})
	}
	called := false
	p.ID = ""
	_, err = guru.Docker{Hooks: []guru.Hook{func(guru.Profile, *driver.Spec) error { called = true; return nil }}}.Implement(t.Context(), p)
	if err == nil || called {
		t.Errorf("a hook sees a profile that is refused: %v", err)
	}
}

// TestFieldErrors: the faults are found by their types, behind the joined error.
func TestFieldErrors(t *testing.T) {
	p := guru.Profile{ID: "i1", Image: image(), NICs: []guru.NIC{{Network: "n"}, {Network: "m", MAC: "x", RateMbps: 1}}}
	_, err := guru.Docker{}.Implement(t.Context(), p)
	var field *dockerhv.FieldError
	if !errors.As(err, &field) || field.Field != "profile.nics[1].mac" {
		t.Errorf("the field error is %v", field)
	}
	if !errors.Is(err, dockerhv.ErrInvalid) || !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("%v has not both classes", err)
	}
}

// 116: what a profile has to hide is in no error and no log, whatever is wrong with it.
func TestSecretsDontShow(t *testing.T) {
	const canary = "canary-1f03"
	var seen bytes.Buffer
	loggers := []*slog.Logger{slog.New(slog.NewTextHandler(&seen, nil)), slog.New(slog.NewJSONHandler(&seen, nil))}
	for _, p := range []guru.Profile{
		{UserData: canary, Password: canary + "\n", Details: guru.Details{"password": canary}},
		{UserDataBase64: canary + "!", Password: canary, Env: map[string]string{"A": canary + "\x00"}},
		{UserData: canary, Details: guru.Details{"extraconfig-1": canary + "\nenv.A=" + canary + "\nx=" + canary + "\nulimit.x=" + canary + "\npids=" + canary}},
		{UserData: canary, Volumes: []guru.Volume{{Type: guru.VolumeData, Name: "v", Target: "/var"}}},
		{UserData: canary, UserDataBase64: canary},
	} {
		spec, err := guru.Docker{}.Implement(t.Context(), p)
		p.Env, p.Details = nil, nil // they are not secrets, though somebody may make them so
		fmt.Fprintf(&seen, "%v %+v %#v %x %d\n%v\n%+v\n", p, p, p, p.Password, p.UserData, err, spec)
		for _, l := range loggers {
			l.Info("log", "profile", p, "password", p.Password, "error", err, "spec", spec)
		}
	}
	for _, text := range []string{canary, fmt.Sprintf("%x", canary)} {
		if at := strings.Index(seen.String(), text); at >= 0 {
			t.Errorf("it shows: ...%s", seen.String()[max(0, at-80):at+20])
		}
	}
}
