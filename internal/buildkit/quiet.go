package buildkit

import (
	"context"
	"io"

	"github.com/moby/buildkit/util/bklog"
	"github.com/sirupsen/logrus"
)

// quiet keeps BuildKit's client from writing to the program's own error output what
// it finds worth a warning, such as that an engine has died: that is in the error.
func quiet(ctx context.Context) context.Context {
	silent := logrus.New()
	silent.SetOutput(io.Discard)
	return bklog.WithLogger(ctx, logrus.NewEntry(silent))
}
