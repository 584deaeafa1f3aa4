package engine

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/client"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// 124: whatever a spec says, it is refused or told to the engine, and nothing of it
// passes the policy of nothing that reaches the host.
func FuzzSpec(f *testing.F) {
	for _, seed := range []string{
		`{"id":"i1","image":"sha256:0000000000000000000000000000000000000000000000000000000000000000"}`,
		`{"mounts":[{"type":"bind","source":"/etc","target":"/x","create":true,"relabel":"shared"},{"type":"image","subpath":"a"}]}`,
		`{"security":{"privileged":true,"seccomp":"{}","hostNamespaces":["pid","x"],"deviceRequests":[{"count":-1}]}}`,
		`{"io":{"devices":[{"device":"/dev/sda","readBytes":18446744073709551615}]},"resources":{"memory":-1,"swap":-2}}`,
		`{"health":{"startInterval":1},"ulimits":{"rtprio":{"hard":-1}},"ports":[{"port":1,"hostIP":"::1"}],"nics":[{"network":"container:x"}]}`,
	} {
		f.Add(seed)
	}
	host := able()
	host.APIVersion = minAPIVersion
	f.Fuzz(func(t *testing.T, text string) {
		var spec driver.Spec
		if json.Unmarshal([]byte(text), &spec) != nil {
			return
		}
		_ = errors.Join(driver.Validate(spec, host), Gate(spec, host))
		payload := hostConfig("me", spec, host)
		_ = containerConfig("me", spec)
		if err := permit(driver.Policy{}, "me", *payload, view{}); err == nil {
			assertConfined(t, payload)
		} else if !errors.Is(err, dockerhv.ErrDenied) {
			t.Errorf("%v is no refusal", err)
		}
	})
}

// 119, 124: the same of any payload.
func FuzzPermit(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"Binds":["/:/x","a","::"],"Mounts":[{"Type":"volume","VolumeOptions":{"DriverConfig":{"Options":{"o":"bind","device":"/"}}}}]}`,
		`{"SecurityOpt":["","=","label="],"Ulimits":[null,{"Name":"rtprio","Hard":1}],"DeviceRequests":[{"Driver":"cdi"}],"PidMode":"host"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var payload container.HostConfig
		if json.Unmarshal([]byte(text), &payload) != nil {
			return
		}
		if permit(driver.Policy{}, "me", payload, view{}) == nil {
			assertConfined(t, &payload)
		}
	})
}

// 124: an engine may answer anything.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{
		`{}`, `[{}]`, `[null]`, `{"Id":"x","State":{},"HostConfig":{},"Config":{}}`,
		`{"Volumes":[null,{"Name":"x","Labels":null,"CreatedAt":"x"}],"DriverStatus":[["a"]],"Runtimes":null,"Warnings":[""]}`,
		`{"Id":"x","Created":"x","State":{"Status":"x","StartedAt":"0001-01-01T00:00:00Z"},"HostConfig":{"StorageOpt":{"size":"x"},"MemorySwap":-1},
		"Config":{"Labels":{"io.github.dockerhv.spec-fields":"["}},"NetworkSettings":{"Ports":{"x/y":[{"HostPort":"x"}]},"Networks":{"a":null}}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		cli, err := client.NewClientWithOpts(client.WithHTTPClient(&http.Client{Transport: answers(answer)}))
		if err != nil {
			t.Fatal(err)
		}
		defer cli.Close()
		e := &Engine{cli: cli}
		_, _ = e.Inspect(t.Context(), "x")
		_, _, _, _ = e.Fields(t.Context(), "x")
		_, _, _ = e.Sharer(t.Context(), "x")
		_, _ = e.Networks(t.Context())
		_, _ = e.List(t.Context(), "me", driver.Filter{})
		_, _ = e.Volumes(t.Context(), "me", "")
		_, _ = e.Host(t.Context())
	})
}

// answers is an engine that answers everything with one text.
type answers string

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(string(a))),
	}, nil
}

// assertConfined looks for what no instance may have without a policy.
func assertConfined(t *testing.T, h *container.HostConfig) {
	t.Helper()
	if h.Privileged || len(h.CapAdd)+len(h.Binds)+len(h.VolumesFrom)+len(h.Devices)+len(h.DeviceCgroupRules)+len(h.DeviceRequests) > 0 {
		t.Errorf("%+v is allowed", h)
	}
	for _, mode := range []string{string(h.NetworkMode), string(h.PidMode), string(h.IpcMode), string(h.UTSMode), string(h.UsernsMode), string(h.CgroupnsMode)} {
		if mode == "host" || strings.HasPrefix(mode, "container:") {
			t.Errorf("the mode %s is allowed", mode)
		}
	}
	for _, m := range h.Mounts {
		if m.Type == mount.TypeBind || m.Type == mount.TypeNamedPipe {
			t.Errorf("%+v is allowed", m)
		}
	}
	for _, option := range h.SecurityOpt {
		if strings.Contains(option, "unconfined") || strings.Contains(option, "disable") {
			t.Errorf("the option %q is allowed", option)
		}
	}
}
