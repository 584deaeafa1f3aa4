package preflight

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// A set-up mends what it can, keeps what else is set and a backup, and has nothing to do
// the second time.
func TestApply(t *testing.T) {
	e := start(t, enginetest.Options{})
	s := setUp(t, e)
	s.AddressPools = []driver.AddressPool{{Base: netip.MustParsePrefix("10.201.0.0/16"), Size: 24}}
	was := snapshot(t, e.ConfigFile())[e.ConfigFile()]
	for check, want := range map[string]Result{"live-restore": Warn, "logs": Warn} {
		if got := s.Checks.Check(t.Context(), s.Endpoint).Find(check); got.Result != want {
			t.Errorf("before: %+v", got)
		}
	}

	plan := planned(t, s)
	var shown bytes.Buffer
	if err := plan.Write(&shown); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Change " + e.ConfigFile(), `+  "live-restore": true`, `"max-size": "10m"`, "Have the engine read that: sh -c service docker stop; service docker start"} {
		if !strings.Contains(shown.String(), want) {
			t.Errorf("no %q in\n%s", want, &shown)
		}
	}
	same(t, "the file of before the plan was applied", was, snapshot(t, e.ConfigFile())[e.ConfigFile()])

	report, err := s.Apply(t.Context(), plan)
	if err != nil || report.Err() != nil {
		t.Fatalf("%v, %v\n%s", err, report.Err(), e.Log())
	}
	for _, check := range []string{"live-restore", "logs", "config", "engine"} {
		if got := report.Find(check); got.Result != Pass {
			t.Errorf("after: %+v", got)
		}
	}
	var before, after map[string]any
	if err := errors.Join(json.Unmarshal([]byte(was.Content), &before), json.Unmarshal(read(t, e.ConfigFile()), &after)); err != nil {
		t.Fatal(err)
	}
	for name, value := range before {
		same(t, name, value, after[name])
	}
	is := snapshot(t, e.ConfigFile())[e.ConfigFile()]
	same(t, "permissions", was.Mode, is.Mode)
	backups, err := filepath.Glob(e.ConfigFile() + ".dockerhv-*")
	if err != nil || len(backups) != 1 {
		t.Fatalf("the backups are %v, %v", backups, err)
	}
	same(t, "the backup", was, snapshot(t, backups[0])[backups[0]])

	s.run = func(context.Context, []string) error { return errors.New("nothing is to be run") }
	again := planned(t, s)
	if !again.Empty() {
		t.Errorf("the second plan is %+v", again)
	}
	if _, err := s.Apply(t.Context(), again); err != nil {
		t.Error(err)
	}
	same(t, "the file of the second time", is, snapshot(t, e.ConfigFile())[e.ConfigFile()])
}

func planned(t *testing.T, s Setup) Plan {
	t.Helper()
	p, err := s.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Whatever goes wrong on the way, all files are as before, and the engine runs with them.
func TestApplyRollsBack(t *testing.T) {
	e := start(t, enginetest.Options{})
	for name, tc := range map[string]struct {
		spoil func(context.CancelFunc, *Setup, *Plan)
		want  string
		class error
	}{
		// Its listeners are on its command line, too, so that the engine does not start.
		"engine does not start": {
			spoil: func(context.CancelFunc, *Setup, *Plan) {}, want: "hosts", class: dockerhv.ErrFailed,
		},
		"a file can't be written": {
			spoil: func(_ context.CancelFunc, _ *Setup, p *Plan) {
				p.Changes = append(p.Changes, Change{Path: "/proc/nobody/can/write", After: []byte("x")})
			},
			want: "/proc/nobody", class: dockerhv.ErrFailed,
		},
		"the command fails": {
			spoil: func(_ context.CancelFunc, s *Setup, _ *Plan) {
				restart, failed := s.run, false
				s.run = func(ctx context.Context, argv []string) error {
					if failed {
						return restart(ctx, argv)
					}
					failed = true
					return errors.New("no such service")
				}
			},
			want: "no such service", class: dockerhv.ErrFailed,
		},
		"the caller gives up": {
			spoil: func(cancel context.CancelFunc, s *Setup, _ *Plan) {
				s.Told = func(step string) {
					if strings.HasPrefix(step, "run ") {
						cancel()
					}
				}
			},
			want: "canceled", class: context.Canceled,
		},
		"a check fails that did not before": {
			spoil: func(_ context.CancelFunc, s *Setup, p *Plan) {
				p.Changes = slices.DeleteFunc(p.Changes, func(c Change) bool { return c.Restarts })
				lookup, looked := s.Checks.Lookup, 0
				s.Checks.Lookup = func(ctx context.Context, name string) ([]string, error) {
					if looked++; looked > 1 {
						return nil, errors.New("no such host")
					}
					return lookup(ctx, name)
				}
			},
			want: "now it fails name", class: dockerhv.ErrFailed,
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			s := setUp(t, e)
			s.Listen = netip.MustParseAddrPort("127.0.0.1:2376")
			folder := filepath.Dir(filepath.Dir(s.TLSDir))
			was := snapshot(t, e.ConfigFile(), folder, s.root)
			backups := glob(t, e.ConfigFile()+"*")
			plan := planned(t, s)
			tc.spoil(cancel, &s, &plan)

			_, err := s.Apply(ctx, plan)
			if !errors.Is(err, tc.class) || !strings.Contains(err.Error(), tc.want) || !errors.Is(err, dockerhv.ErrFailed) {
				t.Errorf("the error is %v", err)
			}
			same(t, "files", was, snapshot(t, e.ConfigFile(), folder, s.root))
			same(t, "backups", backups, glob(t, e.ConfigFile()+"*"))
			if got := s.Checks.Check(t.Context(), s.Endpoint).Find("engine"); got.Result != Pass {
				t.Errorf("after: %+v", got)
			}
		})
	}
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// What the plan did not say is not done.
func TestApplyWantsConsent(t *testing.T) {
	e := start(t, enginetest.Options{})
	s := setUp(t, e)
	s.run = func(context.Context, []string) error { return errors.New("it must not be restarted") }
	plan := planned(t, s)

	busy := s
	busy.Checks.Open = func(ctx context.Context, at driver.Endpoint) (driver.Driver, error) {
		d, err := s.Checks.Open(ctx, at)
		return busyDriver{d}, err
	}
	was := snapshot(t, e.ConfigFile())
	if _, err := busy.Apply(t.Context(), plan); !errors.Is(err, dockerhv.ErrConflict) || !strings.Contains(err.Error(), "2 instances would stop") {
		t.Errorf("the error is %v", err)
	}
	if notes := planned(t, busy).Notes; !slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, "stops 2 instances") }) {
		t.Errorf("the notes are %v", notes)
	}
	same(t, "files", was, snapshot(t, e.ConfigFile()))

	if err := os.WriteFile(e.ConfigFile(), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Apply(t.Context(), plan); !errors.Is(err, dockerhv.ErrConflict) || !strings.Contains(err.Error(), "has changed") {
		t.Errorf("the error is %v", err)
	}
	if got := string(read(t, e.ConfigFile())); got != "{}" {
		t.Errorf("the file is %s", got)
	}
}

// busyDriver is of a host on which somebody's instances run.
type busyDriver struct{ driver.Driver }

func (d busyDriver) Close() error { return closeDriver(d.Driver) }

func (d busyDriver) Host(ctx context.Context) (driver.Host, error) {
	h, err := d.Driver.Host(ctx)
	h.Running, h.Paused = 1, 1
	return h, err
}

// An engine that does not run is started, and what is wrong with the rest is no reason to
// put anything back.
func TestApplyStartsTheEngine(t *testing.T) {
	e := start(t, enginetest.Options{})
	s := setUp(t, e)
	e.Kill()
	plan := planned(t, s)
	if len(plan.Restart) == 0 {
		t.Errorf("the plan is %+v", plan)
	}
	s.Checks.MinMemory = 1 << 60
	report, err := s.Apply(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	if engine, memory := report.Find("engine"), report.Find("memory"); engine.Result != Pass || memory.Result != Fail {
		t.Errorf("after: %+v, %+v", engine, memory)
	}
}
