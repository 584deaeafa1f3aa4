package enginetest

// Options says how a private engine differs from the installed one with its defaults. The zero value is that one.
type Options struct {
	// Program is the dockerd to run. Empty means the one that DOCKERHV_TEST_DOCKERD names, else the installed one.
	Program string

	// Args are added to dockerd's arguments, for example a second listener: "-H", "tcp://127.0.0.1:2376".
	Args []string

	// Config holds entries of daemon.json, for example the TLS files of that listener. An entry that is also an
	// argument makes dockerd refuse to start; its own sockets, directories and control groups are arguments.
	Config map[string]any
}
