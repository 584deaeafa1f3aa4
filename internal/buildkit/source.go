package buildkit

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// stepName is the name of a step: "[2/5] RUN make" or "[stage-1 2/5] RUN make".
var stepName = regexp.MustCompile(`^\[(?:(.*) )?\s*(\d+)/\d+\] `)

// stepLine returns the line of the instruction that BuildKit calls by a step's
// name, or 0. The number in the name counts those instructions of a stage that do
// something: FROM, RUN, COPY, ADD and WORKDIR.
func stepLine(dockerfile []byte, name string) int {
	match := stepName.FindStringSubmatch(name)
	if match == nil {
		return 0
	}
	want, _ := strconv.Atoi(match[2])
	parsed, err := parser.Parse(bytes.NewReader(dockerfile))
	if err != nil {
		return 0
	}
	stage, stageName, count := -1, "", 0
	for _, node := range parsed.AST.Children {
		switch strings.ToLower(node.Value) {
		case "from":
			stage, count = stage+1, 1
			stageName = nameOf(node, stage)
		case "run", "copy", "add", "workdir":
			count++
		default:
			continue
		}
		if count == want && inStage(match[1], stageName) {
			return node.StartLine
		}
	}
	return 0
}

// nameOf returns the name of a stage, as in "FROM image AS name".
func nameOf(from *parser.Node, stage int) string {
	if image := from.Next; image != nil && image.Next != nil && strings.EqualFold(image.Next.Value, "as") && image.Next.Next != nil {
		return image.Next.Next.Value
	}
	return fmt.Sprintf("stage-%d", stage)
}

// inStage tells whether what stands before a step's number names the stage. It
// may begin with a platform, and is empty where there is one stage.
func inStage(prefix, stage string) bool {
	return prefix == "" || strings.EqualFold(prefix, stage) || strings.HasSuffix(strings.ToLower(prefix), " "+strings.ToLower(stage))
}

// sourceLine returns a line of the text, counted from 1.
func sourceLine(text []byte, line int) string {
	lines := strings.Split(string(text), "\n")
	if line < 1 || line > len(lines) {
		return ""
	}
	return strings.TrimSpace(lines[line-1])
}
