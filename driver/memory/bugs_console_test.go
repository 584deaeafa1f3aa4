package memory_test

import (
	"context"
	"io"

	"github.com/dockerhv/dockerhv/driver"
)

// connects is a bug in Console.
func connects(breaks string, console func(m *mutant, ctx context.Context, id string, o driver.ConsoleOptions) error) bug {
	return planted(breaks, func(m *mutant) {
		m.console = func(ctx context.Context, id string, o driver.ConsoleOptions) error { return console(m, ctx, id, o) }
	})
}

func consoleBugs() map[string]bug {
	return map[string]bug{
		"a console that is left ends the instance": connects("Console/leaves the command running when its input ends", func(m *mutant, ctx context.Context, id string, o driver.ConsoleOptions) error {
			err := m.Driver.Console(ctx, id, o)
			if err == nil && o.Stdin != nil {
				return m.Driver.Stop(ctx, id, driver.StopOptions{Grace: -1})
			}
			return err
		}),
		"a console that is given up is success": connects("Console/leaves the command running when it is given up", func(m *mutant, ctx context.Context, id string, o driver.ConsoleOptions) error {
			if err := m.Driver.Console(ctx, id, o); ctx.Err() == nil {
				return err
			}
			return nil
		}),
		"a console stays open": connects("Console/ends with the command", func(m *mutant, ctx context.Context, id string, o driver.ConsoleOptions) error {
			err := m.Driver.Console(ctx, id, o)
			if i, _ := m.Driver.Inspect(ctx, id); err == nil && !i.State.Active() {
				<-ctx.Done()
			}
			return err
		}),
		"a console has no size": connects("Console/of a terminal has the sizes that it is told", func(m *mutant, ctx context.Context, id string, o driver.ConsoleOptions) error {
			o.Size = driver.WindowSize{}
			return m.Driver.Console(ctx, id, o)
		}),
		"a console shows what was typed into it alone": connects("Console/of many at once shows all the same", func(m *mutant, ctx context.Context, id string, o driver.ConsoleOptions) error {
			o.Stdin, o.Stdout = io.TeeReader(o.Stdin, o.Stdout), nil
			return m.Driver.Console(ctx, id, o)
		}),
		"an input that nobody reads is taken": connects("Console/of what does not run, or reads no input, is ErrConflict", func(m *mutant, ctx context.Context, id string, o driver.ConsoleOptions) error {
			if _, ok := o.Stdin.(io.WriterTo); ok {
				o.Stdin = nil
			}
			return m.Driver.Console(ctx, id, o)
		}),
	}
}
