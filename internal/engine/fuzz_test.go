package engine

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"

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
		`{"SecurityOpt":["","=","label="],"Ulimits":[{"Name":"rtprio","Hard":1}],"DeviceRequests":[{"Driver":"cdi"}],"PidMode":"host"}`,
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
