//go:build linux

// Command testdb starts the database servers that the tests run against.
//
//	testdb up [-dir DIR] [-env FILE] [-install] [-only LIST]   leaves them running, writes their URLs to FILE
//	testdb down [-dir DIR]                                     stops them, removes what up made
//	testdb run [-dir DIR] [-install] [-only LIST] -- COMMAND ...    runs COMMAND with servers of its own
//
// A server whose URL is in the environment (TESTDB_PG15, TESTDB_PG18, TESTDB_MARIADB, TESTDB_PGBOUNCER) is used as it is, and run also uses
// what up left running. The command knows package servers, and nothing of the library.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/alkahest-go/alkahest/internal/testdb/servers"
)

const usage = `usage: testdb up [-dir DIR] [-env FILE] [-install] [-only LIST]
       testdb down [-dir DIR]
       testdb run [-dir DIR] [-install] [-only LIST] -- COMMAND ...
`

func main() {
	os.Exit(dispatch(os.Args[1:], os.Stderr))
}

// dispatch returns the exit status: 2 for a wrong call, 1 for a failure, else 0 or that of the command which was run.
func dispatch(args []string, log io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(log, usage)
		return 2
	}
	commands := map[string]func([]string, io.Writer) (int, error){"up": cmdUp, "down": cmdDown, "run": cmdRun}
	command, ok := commands[args[0]]
	if !ok {
		fmt.Fprint(log, usage)
		return 2
	}
	status, err := command(args[1:], log)
	if errors.Is(err, flag.ErrHelp) {
		return 2
	}
	if err != nil {
		fmt.Fprintln(log, err)
		return max(status, 1)
	}
	return status
}

// serverFlags adds the flags that up and run share.
func serverFlags(fs *flag.FlagSet, opt *servers.Options) {
	fs.BoolVar(&opt.Install, "install", false, "install what is missing: by apt-get as root, by npm as any user")
	fs.Func("only", "start these servers, separated by commas (default all: pg15,pg18,mariadb,pgbouncer,galera,chromium; of the last two only the programs)", func(list string) error {
		for name := range strings.SplitSeq(list, ",") {
			if !slices.Contains(servers.All, servers.Name(name)) {
				return fmt.Errorf("no server is called %q", name)
			}
			opt.Only = append(opt.Only, servers.Name(name))
		}
		return nil
	})
}

func cmdUp(args []string, log io.Writer) (int, error) {
	opt := servers.Options{Log: log}
	fs := flag.NewFlagSet("testdb up", flag.ContinueOnError)
	fs.SetOutput(log)
	fs.StringVar(&opt.Dir, "dir", servers.DefaultDir(), "directory of data, logs and state")
	env := fs.String("env", "", "file that gets NAME=URL lines (default DIR/env)")
	serverFlags(fs, &opt)
	if err := fs.Parse(args); err != nil {
		return 2, err
	}
	if *env == "" {
		*env = filepath.Join(opt.Dir, "env")
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	result, err := servers.Up(ctx, opt)
	if err != nil {
		// A half-started set helps nobody; servers of an earlier call go too, and come back with the next one.
		return 1, errors.Join(err, servers.Down(context.Background(), opt.Dir))
	}
	if err := servers.WriteEnv(opt.Dir, *env, result); err != nil {
		return 1, err
	}
	fmt.Fprintf(log, "testdb: URLs are in %s: set -a; . %s; set +a\n", *env, *env)
	return 0, nil
}

func cmdDown(args []string, log io.Writer) (int, error) {
	fs := flag.NewFlagSet("testdb down", flag.ContinueOnError)
	fs.SetOutput(log)
	dir := fs.String("dir", servers.DefaultDir(), "directory that up was given")
	if err := fs.Parse(args); err != nil {
		return 2, err
	}
	return 0, servers.Down(context.Background(), *dir)
}
