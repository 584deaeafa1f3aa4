//go:build unix

package filestore

import "os"

// OpenStepping opens a folder, and tells of each step before it is taken.
func OpenStepping(dir string, step func(step string, f *os.File, data []byte)) (*Store, error) {
	return open(dir, step)
}

// Slack is how many lines may be outdated.
const Slack = slack
