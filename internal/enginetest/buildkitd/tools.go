//go:build tools

// Package tools names the program that this module is for.
package tools

import _ "github.com/moby/buildkit/cmd/buildkitd"
