package driver_test

import (
	"context"
	"errors"
	"testing"

	"github.com/dockerhv/dockerhv/driver"
)

// coreHost is a driver with the core's methods that tell.
type coreHost struct {
	driver.Driver
	host error
}

func (c coreHost) Host(context.Context) (driver.Host, error) { return driver.Host{ID: "h1"}, c.host }

func (c coreHost) List(context.Context, driver.Filter) ([]driver.Instance, error) {
	return []driver.Instance{{ID: "i1"}}, nil
}

// A dump of a driver that is no Dumper has what the core tells, and says what it does not.
func TestDumpOfTheCore(t *testing.T) {
	r := driver.Dump(t.Context(), coreHost{})
	if r.Schema != driver.ReportSchema || r.Time.IsZero() || r.Versions["go"] == "" || r.Versions["dockerhv"] == "" {
		t.Errorf("the report is %+v", r)
	}
	if r.Host == nil || r.Host.ID != "h1" || len(r.Instances) != 1 || len(r.Errors) != 0 {
		t.Errorf("the report is %+v", r)
	}
	r = driver.Dump(t.Context(), coreHost{host: errors.New("it is away")})
	if r.Host != nil || r.Errors["host"] != "it is away" || len(r.Instances) != 1 {
		t.Errorf("of a host that is away the report is %+v", r)
	}
}
