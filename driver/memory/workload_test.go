package memory_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/drivertest"
	"github.com/dockerhv/dockerhv/driver/memory"
)

// newHost is a host with the programs of a workload, and the workload.
func newHost(o memory.Options) (*memory.Host, drivertest.Workload) {
	programs := workloadPrograms()
	maps.Copy(programs, o.Programs)
	o.Programs = programs
	h := memory.New(o)
	image := h.Put("example.org/workload:1", memory.Image{})
	return h, drivertest.Workload{
		Image: image.ID,
		Serve: func(signal string, code int) []string { return []string{"serve", signal, strconv.Itoa(code)} },
		Exit: func(code int, after time.Duration) []string {
			return []string{"exit", strconv.Itoa(code), after.String()}
		},
		Stubborn: []string{"stubborn"},
		Missing:  []string{"no-such-program"},
		Count:    []string{"count"},
		Print: func(lines []driver.LogLine) []string {
			args := []string{"print"}
			for _, l := range lines {
				args = append(args, string(l.Stream)+":"+l.Text)
			}
			return args
		},
		Eat:      []string{"eat"},
		Spin:     []string{"spin"},
		Flood:    func(n int) []string { return []string{"flood", strconv.Itoa(n)} },
		Env:      func(name string) []string { return []string{"printenv", name} },
		WorkDir:  []string{"pwd"},
		User:     []string{"id"},
		Hostname: []string{"hostname"},
		Cat:      []string{"cat"},
		Hang:     []string{"hang"},
		Find:     func(mark string) []string { return []string{"find", mark} },
		Size:     []string{"size"},
		Read:     func(path string) []string { return []string{"cat", path} },
	}
}

// workloadPrograms are those that the memory driver does not have by itself.
func workloadPrograms() map[string]memory.Program {
	var marks sync.Map // of the processes that hang
	show := func(text func(p *memory.Process) string) memory.Program {
		return func(_ context.Context, p *memory.Process) int {
			fmt.Fprintln(p.Stdout, text(p))
			return 0
		}
	}
	return map[string]memory.Program{
		"stubborn": stubborn, "count": count, "print": printLines, "flood": flood, "size": size,
		"eat": func(ctx context.Context, p *memory.Process) int {
			p.Use(1, 1<<40)
			<-ctx.Done()
			return 0
		},
		"spin": func(ctx context.Context, p *memory.Process) int {
			p.Use(1, 1<<20)
			<-ctx.Done()
			return 0
		},
		"printenv": show(func(p *memory.Process) string { return p.Env[p.Args[1]] }),
		"pwd":      show(func(p *memory.Process) string { return p.WorkDir }),
		"id":       show(func(p *memory.Process) string { user, _, _ := strings.Cut(p.User, ":"); return user }),
		"hostname": show(func(p *memory.Process) string { return p.Hostname }),
		"hang": func(ctx context.Context, p *memory.Process) int {
			marks.Store(p.Hostname+p.Env["MARK"], true)
			defer marks.Delete(p.Hostname + p.Env["MARK"])
			<-ctx.Done()
			return 0
		},
		"find": func(_ context.Context, p *memory.Process) int {
			if _, ok := marks.Load(p.Hostname + p.Args[1]); ok {
				return 0
			}
			return 1
		},
	}
}

func stubborn(ctx context.Context, p *memory.Process) int {
	p.Handle("SIGTERM")
	fmt.Fprintln(p.Stdout, "ready")
	<-ctx.Done()
	return 0
}

func count(ctx context.Context, p *memory.Process) int {
	stop := p.Handle("SIGTERM")
	for n := 1; ; n++ {
		fmt.Fprintln(p.Stdout, n)
		select {
		case <-time.After(2 * time.Millisecond):
		case <-stop:
			return 0
		case <-ctx.Done():
			return 0
		}
	}
}

func printLines(_ context.Context, p *memory.Process) int {
	for _, arg := range p.Args[1:] {
		stream, text, _ := strings.Cut(arg, ":")
		to := p.Stdout
		if stream == string(driver.Stderr) {
			to = p.Stderr
		}
		fmt.Fprintln(to, text)
	}
	return 0
}

func flood(ctx context.Context, p *memory.Process) int {
	n, _ := strconv.Atoi(p.Args[1])
	block := bytes.Repeat([]byte("x"), 64<<10)
	for ; n > 0 && ctx.Err() == nil; n -= len(block) {
		if _, err := p.Stdout.Write(block[:min(n, len(block))]); err != nil {
			return 1
		}
	}
	return 0
}

func size(ctx context.Context, p *memory.Process) int {
	for now := p.Size; ; {
		fmt.Fprintf(p.Stdout, "%d %d\n", now.Rows, now.Columns)
		select {
		case now = <-p.Resize:
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return 0
		}
	}
}
