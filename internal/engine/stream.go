package engine

import (
	"encoding/json"
	"errors"
	"io"

	"github.com/docker/docker/pkg/jsonmessage"
)

// drain reads a stream of messages to its end, which is when the engine has done
// the work, and returns the error that came in it: the status of such an answer
// is 200 whatever happens.
func drain(stream io.Reader, handle func(jsonmessage.JSONMessage)) error {
	decoder := json.NewDecoder(stream)
	for {
		var message jsonmessage.JSONMessage
		switch err := decoder.Decode(&message); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case message.Error != nil:
			return message.Error
		case message.ErrorMessage != "": //nolint:staticcheck // older engines send only this
			return errors.New(message.ErrorMessage) //nolint:staticcheck // as above
		}
		handle(message)
	}
}
