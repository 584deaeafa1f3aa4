// Command withengine runs a command with a Docker Engine to talk to: the one that can be reached already, else a
// private one that ends with the command.
//
//	withengine [-private] [--] command [argument...]
//
// With a private engine the command runs inside its network, with DOCKER_HOST set, and can reach nothing else. The exit
// code is the command's.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"github.com/dockerhv/dockerhv/internal/enginetest"
)

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		say(err)
	}
	os.Exit(code)
}

// run returns the exit code and what is to be said about it.
func run(args []string) (int, error) {
	flags := flag.NewFlagSet("withengine", flag.ExitOnError)
	private := flags.Bool("private", false, "use a private engine, even if another can be reached")
	_ = flags.Parse(args) // exits by itself
	command := flags.Args()
	if len(command) == 0 {
		return 2, errors.New("no command; use: withengine [-private] [--] command [argument...]")
	}
	ctx := context.Background()
	if endpoint, ok := enginetest.Reachable(ctx); ok && !*private {
		return 1, become(command, endpoint)
	}
	return enginetest.Run(ctx, enginetest.Options{}, func(ctx context.Context, engine *enginetest.Engine) *exec.Cmd {
		say("using a private engine at", engine.Endpoint())
		return engine.Command(ctx, command[0], command[1:]...)
	})
}

// become replaces this program by the command, with an engine that is there already. It returns only if that fails.
func become(command []string, endpoint string) error {
	program, err := exec.LookPath(command[0])
	if err != nil {
		return err
	}
	environment := os.Environ()
	if endpoint == "" {
		say("using the chosen docker context")
	} else {
		say("using the engine at", endpoint)
		environment = append(environment, "DOCKER_HOST="+endpoint)
	}
	return fmt.Errorf("start %s: %w", program, syscall.Exec(program, command, environment))
}

func say(words ...any) {
	fmt.Fprintln(os.Stderr, append([]any{"withengine:"}, words...)...)
}
