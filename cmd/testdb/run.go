//go:build linux

package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/internal/testdb/servers"
)

func cmdRun(args []string, log io.Writer) (status int, err error) {
	opt := servers.Options{Log: log, DieWithParent: true}
	fs := flag.NewFlagSet("testdb run", flag.ContinueOnError)
	fs.SetOutput(log)
	running := fs.String("dir", servers.DefaultDir(), "directory of up, whose servers are used if they run")
	serverFlags(fs, &opt)
	if err := fs.Parse(args); err != nil {
		return 2, err
	}
	if fs.NArg() == 0 {
		return 2, errors.New("testdb run: which command? Give it after --")
	}
	found := servers.Running(*running)
	opt.Getenv = func(k string) string { return cmp.Or(os.Getenv(k), found[k]) }
	// Before anything is made: a signal from here on cleans up.
	ctx, end := untilTold()
	defer end()
	if opt.Dir, err = servers.TempDir(); err != nil {
		return 1, err
	}
	defer func() {
		// The command's own servers too, where it was killed before it could end them.
		swept := servers.Sweep(context.Background(), opt.Dir)
		if derr := errors.Join(swept, servers.Down(context.Background(), opt.Dir)); derr != nil {
			status, err = max(status, 1), errors.Join(err, derr)
		}
	}()
	if err := servers.Sweep(ctx, opt.Dir); err != nil {
		return 1, err
	}
	result, err := servers.Up(ctx, opt)
	if err != nil {
		return 1, err
	}
	return execute(ctx, fs.Args(), runEnv(opt, result))
}

// errSignal is the cause of a context that a signal ended.
type errSignal struct{ sig syscall.Signal }

func (e errSignal) Error() string { return "testdb run: stopped by signal: " + e.sig.String() }

// untilTold returns a context that ends on a signal, or when whoever started this process is gone: `go run` dies of SIGTERM without
// handing it on.
func untilTold() (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	parent := os.Getppid()
	go func() {
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case s := <-signals:
				cancel(errSignal{s.(syscall.Signal)})
			case <-tick.C:
				if os.Getppid() != parent {
					cancel(errSignal{syscall.SIGTERM})
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	// The handler stays until the end, so that a second signal does not cut the clean-up short.
	return ctx, func() { cancel(nil) }
}

// runEnv is the command's environment. What -only left out is absent by choice.
func runEnv(opt servers.Options, r servers.Result) []string {
	for _, n := range servers.All {
		if len(opt.Only) > 0 && !slices.Contains(opt.Only, n) && r.URLs[n] == "" {
			r.Absent[n] = "left out by -only"
		}
	}
	return append(append(os.Environ(), testdb.EnvRequire+"=1"), r.Environ()...)
}

// execute runs the command in a process group of its own, so that all of it can be ended.
func execute(ctx context.Context, args, env []string) (int, error) {
	c := exec.Command(args[0], args[1:]...)
	c.Stdout, c.Stderr, c.Env = os.Stdout, os.Stderr, env
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	done, err := servers.StartAndReap(c)
	if err != nil {
		return 127, fmt.Errorf("testdb run: %w", err)
	}
	group := -c.Process.Pid
	select {
	case <-done:
	case <-ctx.Done():
		_ = syscall.Kill(group, syscall.SIGTERM) // no such group: it has just ended
		select {
		case <-done:
		case <-time.After(10 * time.Second):
		}
	}
	_ = syscall.Kill(group, syscall.SIGKILL) // what the command left behind
	<-done
	var told errSignal
	if errors.As(context.Cause(ctx), &told) {
		return 128 + int(told.sig), told
	}
	return exitStatus(c.ProcessState), nil
}

// exitStatus is the number by which a shell reports how a command ended.
func exitStatus(s *os.ProcessState) int {
	if ws, ok := s.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return s.ExitCode()
}
