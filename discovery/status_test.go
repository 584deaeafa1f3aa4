package discovery_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery"
)

// statuses is the state machine of com.cloud.host.Status, as a table: from the status of
// a line, by the event of a column. "-" means that there is no way; "none" is a host of
// which nothing is known.
const statuses = `
             AgentConnected Ready Ping       PingTimeout AgentDisconnected ShutdownRequested HostDown ManagementServerDown WaitedTooLong Remove  StartAgentRebalance RebalanceCompleted RebalanceFailed Error
none         Connecting     -     -          -           -                 -                 -        -                    -             -       -                   -                  -               -
Creating     Connecting     -     -          -           -                 -                 -        -                    -             -       -                   -                  -               Error
Connecting   Connecting     Up    Connecting Alert       Alert             Disconnected      Down     Disconnected         -             -       -                   -                  -               -
Up           Connecting     -     Up         Alert       Alert             Disconnected      Down     Disconnected         -             Removed Rebalancing         -                  -               -
Disconnected Connecting     -     Up         Alert       Disconnected      Disconnected      Down     Disconnected         Alert         Removed -                   -                  -               -
Alert        Connecting     -     Up         -           Alert             Disconnected      Down     Alert                -             Removed -                   -                  -               -
Down         Connecting     -     -          Down        Down              -                 Down     Down                 -             Removed -                   -                  -               -
Rebalancing  Connecting     -     -          -           Rebalancing       -                 -        Disconnected         -             -       -                   Connecting         Disconnected    -
Error        Connecting     -     -          -           -                 -                 -        -                    -             -       -                   -                  -               -
Removed      -              -     -          -           -                 -                 -        -                    -             -       -                   -                  -               -
`

// resources is the state machine of com.cloud.resource.ResourceState, in the same form.
const resources = `
                             InternalCreated              Enable  Disable  AdminAskMaintenance   AdminCancelMaintenance InternalEnterMaintenance UnableToMigrate              UnableToMaintain   ErrorsCorrected       DeclareHostDegraded EnableDegradedHost DeleteHost Error
none                         Enabled                      -       -        -                     -                      -                        -                            -                  -                     -                   -                  -          -
Creating                     Enabled                      -       -        -                     -                      -                        -                            -                  -                     -                   -                  -          Error
Enabled                      Enabled                      Enabled Disabled PrepareForMaintenance -                      Maintenance              -                            -                  -                     Degraded            -                  -          -
Disabled                     Disabled                     Enabled Disabled -                     -                      -                        -                            -                  -                     Degraded            -                  Disabled   -
PrepareForMaintenance        PrepareForMaintenance        -       -        -                     Enabled                Maintenance              ErrorInPrepareForMaintenance ErrorInMaintenance -                     -                   -                  -          -
ErrorInPrepareForMaintenance ErrorInPrepareForMaintenance -       Disabled -                     Enabled                Maintenance              ErrorInPrepareForMaintenance ErrorInMaintenance PrepareForMaintenance -                   -                  Disabled   -
Maintenance                  Maintenance                  -       -        -                     Enabled                -                        -                            -                  -                     Degraded            -                  Disabled   -
ErrorInMaintenance           ErrorInMaintenance           -       Disabled PrepareForMaintenance Enabled                -                        -                            -                  -                     -                   -                  Disabled   -
Error                        Error                        -       -        -                     -                      -                        -                            -                  -                     -                   -                  -          -
Degraded                     Degraded                     -       -        Maintenance           -                      -                        -                            -                  -                     -                   Enabled            Disabled   -
`

func TestStatusNext(t *testing.T) {
	testMachine(t, statuses, func(from, event string) (string, error) {
		next, err := discovery.Status(from).Next(discovery.StatusEvent(event))
		return string(next), err
	})
}

func TestResourceStateNext(t *testing.T) {
	testMachine(t, resources, func(from, event string) (string, error) {
		next, err := discovery.ResourceState(from).Next(discovery.ResourceEvent(event))
		return string(next), err
	})
}

// testMachine compares a state machine with its table, each state by each event.
func testMachine(t *testing.T, table string, next func(from, event string) (string, error)) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(table), "\n")
	events := strings.Fields(lines[0])
	for _, line := range lines[1:] {
		cells := strings.Fields(line)
		if len(cells) != len(events)+1 {
			t.Fatalf("%q has %d cells, want %d", line, len(cells), len(events)+1)
		}
		from := strings.TrimPrefix(cells[0], "none")
		for i, event := range events {
			want := cells[i+1]
			got, err := next(from, event)
			switch {
			case want != "-" && (err != nil || got != want):
				t.Errorf("%s by %s = %q, %v, want %s", cells[0], event, got, err, want)
			case want == "-" && (got != from || !errors.Is(err, dockerhv.ErrConflict)):
				t.Errorf("%s by %s = %q, %v, want no way", cells[0], event, got, err)
			}
		}
		if got, err := next(from, "Nonsense"); got != from || !errors.Is(err, dockerhv.ErrConflict) {
			t.Errorf("%s by nonsense = %q, %v", cells[0], got, err)
		}
	}
}

// TestHeard: what a host said of its instances counts while it is Connecting or Up.
func TestHeard(t *testing.T) {
	for _, line := range strings.Split(strings.TrimSpace(statuses), "\n")[1:] {
		s := discovery.Status(strings.Fields(line)[0])
		if got, want := s.Heard(), s == "Connecting" || s == "Up"; got != want {
			t.Errorf("%s.Heard() = %t", s, got)
		}
	}
}
