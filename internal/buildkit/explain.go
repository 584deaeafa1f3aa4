package buildkit

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	gateway "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/util/grpcerrors"
	"google.golang.org/grpc/codes"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// Engine 20.10 has no typed errors; what it says must be read from its text.
var (
	lineText     = regexp.MustCompile(`(?:parse error (?:on )?line|Dockerfile:) ?(\d+)`)
	exitCodeText = regexp.MustCompile(`exit code: (\d+)`)
)

// explain makes the module's error of BuildKit's.
func (w *watch) explain(err error) error {
	if failed, ok := errors.AsType[*dockerhv.Error](err); ok {
		return failed // the host could not be reached
	}
	explained := &template.BuildError{File: w.build.Name, Reason: w.hide.Replace(reason(err)), ExitCode: exitCode(err)}
	explained.Line = w.line(err)
	explained.Source = sourceLine(w.text(err), explained.Line)
	if w.failed != nil {
		explained.Output = w.hidden(w.failed.lines())
	}
	if w.build.Git != (Git{}) && explained.ExitCode == 0 {
		explained.Reason = withGits(explained.Reason, explained.Output)
	}
	explained.Class = class(err, explained)
	return explained
}

// withGits adds why git failed, of which an older BuildKit's error has only that it did.
func withGits(reason string, output []string) string {
	for _, line := range slices.Backward(output) {
		if strings.HasPrefix(line, "fatal: ") && !strings.Contains(reason, line) {
			return reason + ": " + line
		}
	}
	return reason
}

// text is the Dockerfile's: what was sent, or else what BuildKit found in a repository
// and says with its error.
func (w *watch) text(err error) []byte {
	if w.build.Dockerfile != nil {
		return w.build.Dockerfile
	}
	for _, source := range errdefs.Sources(err) {
		if source.Info != nil {
			return source.Info.Data
		}
	}
	return nil
}

func (w *watch) hidden(lines []string) []string {
	for i, line := range lines {
		lines[i] = w.hide.Replace(line)
	}
	return lines
}

// class finds out whose fault it is.
func class(err error, explained *template.BuildError) error {
	text := strings.ToLower(explained.Reason)
	has := func(fragments ...string) bool {
		for _, fragment := range fragments {
			if strings.Contains(text, fragment) {
				return true
			}
		}
		return false
	}
	switch {
	case explained.ExitCode != 0:
		return dockerhv.ErrFailed
	case grpcerrors.Code(err) == codes.Unavailable:
		return dockerhv.ErrUnavailable
	case has("network bridge not found"):
		return errors.ErrUnsupported // an engine that has none
	case has("connection refused", "no such host", "i/o timeout", "server misbehaving",
		"connect to server", "could not resolve host", "unable to connect"):
		return dockerhv.ErrUnavailable
	case has("authorization failed", "unauthorized", "forbidden", "x509:", "is not allowed",
		"could not read username", "could not read password", "authentication failed"):
		return dockerhv.ErrDenied
	case has("not found", "no such file", "is not a tree", "unable to read tree", "not our ref"):
		return dockerhv.ErrNotFound
	case has("no space left on device"):
		return dockerhv.ErrFailed
	}
	return dockerhv.ErrInvalid
}

func exitCode(err error) int {
	if exit, ok := errors.AsType[*gateway.ExitError](err); ok {
		return int(exit.ExitCode)
	}
	return number(exitCodeText, err.Error())
}

// line finds the line of the instruction: in the typed error, in the text, or by
// the number of the step that failed.
func (w *watch) line(err error) int {
	for _, source := range errdefs.Sources(err) {
		if len(source.Ranges) > 0 {
			return int(source.Ranges[0].Start.Line)
		}
	}
	if line := number(lineText, err.Error()); line > 0 {
		return line
	}
	if w.failed != nil {
		return stepLine(w.build.Dockerfile, w.failed.name)
	}
	return 0
}

func number(pattern *regexp.Regexp, text string) int {
	match := pattern.FindStringSubmatch(text)
	if match == nil {
		return 0
	}
	n, _ := strconv.Atoi(match[1])
	return n
}

// reason is BuildKit's text without the layers of its wrapping.
func reason(err error) string {
	text := err.Error()
	for _, prefix := range []string{
		"failed to solve: ", "rpc error: code = Unknown desc = ", "failed to solve with frontend dockerfile.v0: ",
		"failed to create LLB definition: ", "failed to read dockerfile: ",
	} {
		text = strings.TrimPrefix(text, prefix)
	}
	return text
}
