package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// The outcomes.
const (
	passed = "passed"
	failed = "FAILED"
	notRun = "NOT RUN"
)

// A result is what came out of an engine's tests.
type result struct {
	engine  engine
	is      enginetest.Description // as the engine itself says; zero if it could not be asked
	took    time.Duration
	outcome string
	why     error
}

func (r result) passed() result { r.outcome = passed; return r }

func (r result) failed(why error) result { r.outcome, r.why = failed, why; return r }

func (r result) notRun(why error) result { r.outcome, r.why = notRun, why; return r }

// printTable prints the results and returns whether none failed.
func printTable(out io.Writer, results []result) bool {
	count := make(map[string]int)
	heading(out, "Engine tests")
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "ENGINE\tVERSION\tIMAGES IN\tTESTS")
	for _, r := range results {
		count[r.outcome]++
		version, images := "?", "?"
		if r.is.Version != "" {
			version, images = r.is.Version, store(r.is)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", r.engine.name, version, images, r.text())
	}
	table.Flush()
	fmt.Fprintf(out, "\n%d engines: %d %s, %d %s, %d %s\n",
		len(results), count[passed], passed, count[failed], failed, count[notRun], notRun)
	return count[failed] == 0
}

func (r result) text() string {
	text := r.outcome
	if r.took != 0 {
		text += " in " + r.took.Round(time.Second).String()
	}
	if r.why != nil {
		text += ": " + strings.ReplaceAll(r.why.Error(), "\n", " | ")
	}
	return text
}

// store says where an engine's images are.
func store(is enginetest.Description) string {
	if is.ContainerdStore {
		return "containerd (" + is.StorageDriver + ")"
	}
	return is.StorageDriver
}
