package preflight

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/dockerhv/dockerhv"
)

// ReportSchema is the version of a Report's form in JSON. It grows when a key changes its
// meaning or goes, not when one is added.
const ReportSchema = 1

// Result is what came of a check.
type Result string

// The results, from the best to the worst.
const (
	Skip Result = "skip" // it could not be checked, or was not asked for
	Pass Result = "pass" // all is well
	Warn Result = "warn" // instances run, and something of theirs is not as it should be
	Fail Result = "fail" // the host must not be taken
)

// worse tells whether a result is worse than another.
func (r Result) worse(than Result) bool { return r.rank() > than.rank() }

func (r Result) rank() int {
	return strings.Index("skip pass warn fail", string(r))
}

// Finding is what came of one check.
type Finding struct {
	// Check is its name, a stable word such as "cgroup".
	Check string `json:"check"`
	// Result is what came of it.
	Result Result `json:"result"`
	// Detail says what was found, for people.
	Detail string `json:"detail"`
	// Remedy says what to do about it; empty where nothing is to do.
	Remedy string `json:"remedy,omitempty"`
}

// Report is what came of all checks of a host, in their order.
type Report struct {
	// Schema is ReportSchema.
	Schema int `json:"schema"`
	// Endpoint is how the host was reached, ID its engine's and Name its own name; empty
	// for one that did not answer.
	Endpoint string `json:"endpoint"`
	ID       string `json:"id"`
	Name     string `json:"name"`
	// Result is the worst of the findings'.
	Result Result `json:"result"`
	// Findings has one of each check.
	Findings []Finding `json:"findings"`
}

// Find returns what came of a check; the zero Finding if there is none of that name.
func (r Report) Find(check string) Finding {
	for _, f := range r.Findings {
		if f.Check == check {
			return f
		}
	}
	return Finding{}
}

// Err is nil unless a check failed. It is a *dockerhv.Error of the class
// dockerhv.ErrConflict that tells of each that did, and its next step is the first's.
func (r Report) Err() error {
	var failed []string
	next := ""
	for _, f := range r.Findings {
		if f.Result == Fail {
			failed = append(failed, f.Check+": "+f.Detail)
			next = cmp.Or(next, f.Remedy)
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return &dockerhv.Error{
		Op: "check host", Host: r.Endpoint, Class: dockerhv.ErrConflict,
		Err: fmt.Errorf("it fails %s", strings.Join(failed, "; ")), Next: next,
	}
}

// WriteTable writes the findings for people, one a line, with each remedy below.
func (r Report) WriteTable(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "CHECK\tRESULT\tDETAIL")
	for _, f := range r.Findings {
		fmt.Fprintf(table, "%s\t%s\t%s\n", f.Check, f.Result, f.Detail)
		if f.Remedy != "" {
			fmt.Fprintf(table, "\t\t  do: %s\n", f.Remedy)
		}
	}
	return table.Flush()
}
