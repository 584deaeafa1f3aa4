package memory

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Programs are those that every host has:
//
//	serve [signal [code]]   prints "ready" and runs until the signal, by default SIGTERM
//	exit [code [duration]]  ends with a code, after a time
//	sleep duration          ends with code 0 after a time such as "1.5s"
//	echo word...            prints its words
//	cat [file]              prints a file or what it reads
//	true, false             end with code 0 and 1
func Programs() map[string]Program {
	return map[string]Program{
		"serve": serve, "exit": exit, "sleep": sleep, "echo": echo, "cat": cat,
		"true":  func(context.Context, *Process) int { return 0 },
		"false": func(context.Context, *Process) int { return 1 },
	}
}

// arg is an argument, or "".
func (p *Process) arg(n int) string {
	if n < len(p.Args) {
		return p.Args[n]
	}
	return ""
}

func serve(ctx context.Context, p *Process) int {
	code, _ := strconv.Atoi(p.arg(2))
	signals := p.Handle(cmp.Or(p.arg(1), "SIGTERM"))
	fmt.Fprintln(p.Stdout, "ready")
	select {
	case <-signals:
	case <-ctx.Done():
	}
	return code
}

func exit(ctx context.Context, p *Process) int {
	code, _ := strconv.Atoi(p.arg(1))
	wait(ctx, p.arg(2))
	return code
}

func sleep(ctx context.Context, p *Process) int {
	wait(ctx, p.arg(1))
	return 0
}

func wait(ctx context.Context, duration string) {
	d, _ := time.ParseDuration(duration)
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

func echo(_ context.Context, p *Process) int {
	fmt.Fprintln(p.Stdout, strings.Join(p.Args[1:], " "))
	return 0
}

func cat(_ context.Context, p *Process) int {
	if p.arg(1) == "" {
		_, err := io.Copy(p.Stdout, p.Stdin)
		return codeOf(err)
	}
	content, err := p.ReadFile(p.arg(1))
	if err == nil {
		_, err = p.Stdout.Write(content)
	}
	return codeOf(err)
}

func codeOf(err error) int {
	if err != nil {
		return 1
	}
	return 0
}
