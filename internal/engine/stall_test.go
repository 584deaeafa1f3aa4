package engine

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docker/docker/pkg/jsonmessage"

	"github.com/dockerhv/dockerhv/template"
)

// 59: a download is alive while bytes come, and not for messages; what is unpacked may take
// as long as it takes.
func TestStallHeedsWhatComes(t *testing.T) {
	loading := func(id string, current int64) jsonmessage.JSONMessage {
		return jsonmessage.JSONMessage{ID: id, Status: "Downloading", Progress: &jsonmessage.JSONProgress{Current: current, Total: 100}}
	}
	says := func(id, status string) jsonmessage.JSONMessage {
		return jsonmessage.JSONMessage{ID: id, Status: status}
	}
	const bound = time.Minute
	for name, tc := range map[string]struct {
		messages []jsonmessage.JSONMessage // one each half of the bound; the last again and again
		stalls   bool
	}{
		"nothing":                         {[]jsonmessage.JSONMessage{says("", "")}, true},
		"bytes, and then none":            {[]jsonmessage.JSONMessage{loading("a", 1), loading("a", 2), says("", "")}, true},
		"the same count":                  {[]jsonmessage.JSONMessage{loading("a", 1)}, true},
		"retries":                         {[]jsonmessage.JSONMessage{loading("a", 1), says("a", "Retrying in 5 seconds")}, true},
		"one unpacked, the other waits":   {[]jsonmessage.JSONMessage{loading("b", 1), says("a", "Download complete"), says("a", "Extracting")}, true},
		"all here, silence":               {[]jsonmessage.JSONMessage{loading("a", 1), says("a", "Download complete"), says("", "")}, false},
		"unpacking, silence":              {[]jsonmessage.JSONMessage{says("a", "Pulling fs layer"), says("a", "Extracting"), says("", "")}, false},
		"brought by another pull":         {[]jsonmessage.JSONMessage{says("a", "Pulling fs layer"), says("a", "Already exists"), says("", "")}, false},
		"the first unpacked, bytes again": {[]jsonmessage.JSONMessage{says("a", "Extracting"), says("b", "Pulling fs layer"), says("", "")}, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dog, ctx := newStall(t.Context(), bound)
				defer dog.end()
				progress := newPullProgress("x", nil)
				for n := range 20 {
					if progress.message(tc.messages[min(n, len(tc.messages)-1)]) {
						dog.heard(progress.busy())
					}
					time.Sleep(bound / 2)
				}
				synctest.Wait()
				why, stalled := errors.AsType[*template.PullError](context.Cause(ctx))
				if stalled != tc.stalls || stalled && why.Reason != template.PullStalled {
					t.Errorf("it came to %v; want a stall: %t", context.Cause(ctx), tc.stalls)
				}
			})
		})
	}
}
