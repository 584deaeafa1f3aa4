package driver

import (
	"context"
	"time"
)

// Dumper is a driver that can say more of itself than its methods tell.
type Dumper interface {
	// Dump describes the driver and its host, as far as they can be described now.
	Dump(ctx context.Context) Report
}

// ReportSchema is the version of a Report's form in JSON. It grows when a field
// changes its meaning or goes, not when one is added.
const ReportSchema = 1

// Report is what there is to say of a driver, for those who help when something is
// wrong. It holds no secret: what it says of instances is what List says.
type Report struct {
	// Schema is ReportSchema; Time is when it was made, by our clock.
	Schema int       `json:"schema"`
	Time   time.Time `json:"time"`
	// Versions are those of this module, by the name "dockerhv", and of Go, by "go".
	Versions map[string]string `json:"versions,omitempty"`
	// Owner is the driver's, if it has one.
	Owner string `json:"owner,omitempty"`
	// Host is how the host is, or was when it was last asked; nil if nobody knows.
	Host *Host `json:"host"`
	// Instances are the owner's.
	Instances []Instance `json:"instances"`
	// Errors tell what could not be asked, by what was: "host" or "instances".
	Errors map[string]string `json:"errors,omitempty"`
	// Failures are the last calls that failed, oldest first.
	Failures []Failure `json:"failures,omitempty"`
	// Sizes are how much of what the driver holds at the moment, such as "calls" that
	// are under way. Their names are the driver's own.
	Sizes map[string]int `json:"sizes,omitempty"`
}

// Failure is a call that failed.
type Failure struct {
	// Time is when the call began, by our clock.
	Time time.Time `json:"time"`
	// Operation, ID and Attempt are as an AuditRecord has them.
	Operation string `json:"operation"`
	ID        string `json:"id,omitempty"`
	Attempt   int    `json:"attempt"`
	// Outcome is the error's class, as dockerhv.Outcome names it; Error is its text.
	Outcome string `json:"outcome"`
	Error   string `json:"error"`
}

// Dump describes a driver and its host for support, as [Dumper] says. Of a driver that
// is no Dumper it tells what the core tells.
func Dump(ctx context.Context, d Driver) Report {
	if dumper, ok := As[Dumper](d); ok {
		return dumper.Dump(ctx)
	}
	return CoreReport(ctx, d)
}

// CoreReport is the part of a report that any driver's core tells, for a Dumper to
// complete.
func CoreReport(ctx context.Context, d Driver) Report {
	r := Report{Schema: ReportSchema, Time: time.Now().UTC(), Versions: versions(), Instances: []Instance{}}
	if host, err := d.Host(ctx); err != nil {
		r.failed("host", err)
	} else {
		r.Host = &host
	}
	if instances, err := d.List(ctx, Filter{}); err != nil {
		r.failed("instances", err)
	} else {
		r.Instances = append(r.Instances, instances...)
	}
	return r
}

func (r *Report) failed(what string, err error) {
	if r.Errors == nil {
		r.Errors = make(map[string]string)
	}
	r.Errors[what] = err.Error()
}
