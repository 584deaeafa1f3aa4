package engine

import (
	"context"
	"errors"

	"github.com/docker/docker/api/types/container"

	"github.com/dockerhv/dockerhv/driver"
)

// Wait returns how a container's command ended, at once if it has already.
func (e *Engine) Wait(ctx context.Context, hostID string) (driver.Exit, error) {
	// Registered before the state is looked at, so that an exit in between is not
	// missed. Cancelling it when the look was enough frees the connection.
	waitCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	exited, broken := e.cli.ContainerWait(waitCtx, hostID, container.WaitConditionNextExit)

	i, err := e.Inspect(ctx, hostID)
	if err != nil || (i.Exit != nil && i.State != driver.Created) {
		cancel()
		_, _ = await(exited, broken)
		return exitOf(i, 0), err
	}
	code, err := await(exited, broken)
	if err != nil {
		return driver.Exit{}, e.fail("wait for instance", hostID, err)
	}
	if i, err = e.Inspect(ctx, hostID); err != nil {
		return driver.Exit{}, err
	}
	return exitOf(i, code), nil
}

// await receives the one value that the client sends on either channel; leaving
// without it would leave a goroutine behind.
func await(exited <-chan container.WaitResponse, broken <-chan error) (code int, err error) {
	select {
	case response := <-exited:
		if response.Error != nil {
			return 0, errors.New(response.Error.Message)
		}
		return int(response.StatusCode), nil
	case err := <-broken:
		return 0, err
	}
}

// exitOf returns how the instance ended; one that was started again meanwhile
// tells only the code that the wait brought.
func exitOf(i driver.Instance, code int) driver.Exit {
	if i.Exit == nil {
		return driver.Exit{Code: code}
	}
	return *i.Exit
}
