// Package enginetest provides throwaway real engines, registries and images, for tests and for demos.
//
// # A private engine
//
// [Start] runs a dockerd in namespaces of its own (processes, network, mounts, hostname) below a shell that is
// their PID 1, with all of its state in one temporary directory. The kernel then does the clean-up: when that PID 1
// dies, every process below it dies, and with the last one go the mounts, the bridges and the firewall rules. Only
// control groups and files are left for [Engine.Close] to remove.
//
// PID 1 also dies with the program that called Start, however sudden its end. After a SIGKILL of that program there
// remain the engine's files and empty control groups, and instances that were paused: the next Start that is more than
// a minute later removes them. What a program inside the network started by itself runs on.
//
// The network of an engine has a loopback device and Docker's bridges and no way out: published ports, registries and
// servers on 127.0.0.1 are reached only from programs inside, so that nothing of the machine is disturbed and names
// resolve to nothing at once. Process numbers that an engine tells are those of its own namespace, not the machine's.
//
// # Tests
//
// A package whose tests want an engine says so in its TestMain and asks for the endpoint in each test:
//
//	func TestMain(m *testing.M) { enginetest.Main(m) }
//
//	func TestCreate(t *testing.T) {
//		enginetest.AssertUnchanged(t)
//		image, digest := enginetest.PushBusybox(t, enginetest.Registry(t), "app:1")
//		host, err := docker.Open(t.Context(), driver.Endpoint{URL: enginetest.Endpoint(t)}, docker.Options{})
//
// [Main] runs the tests inside the network of a private engine, so that `go test ./...` needs no set-up. It wants root
// and an installed dockerd; without them tests that ask for an engine are skipped, except where CI is set: there the
// package fails. DOCKERHV_TEST_DOCKERD names another dockerd than the installed one, to test another engine version.
package enginetest
