//go:build linux

package servers

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/alkahest-go/alkahest/internal/testdb"
)

// noEnv hides the servers that the other tests use.
func noEnv(string) string { return "" }

// ownDir returns options for servers in a directory of the test's own, which are stopped when it ends.
func ownDir(t *testing.T, only ...Name) Options {
	t.Helper()
	for _, p := range packagesOf {
		switch {
		case !slices.Contains(only, p.name) || p.present():
		case os.Getenv("CI") != "" || os.Getenv(testdb.EnvRequire) == "1":
			t.Fatalf("%s is not installed", p.name)
		default:
			t.Skipf("%s is not installed", p.name)
		}
	}
	parent, err := TempDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(parent) })
	// Longer than a Unix socket's path may be.
	opt := Options{Dir: filepath.Join(parent, strings.Repeat("d", 110)), Only: only, DieWithParent: true, Getenv: noEnv}
	t.Cleanup(func() {
		if err := Down(context.WithoutCancel(t.Context()), opt.Dir); err != nil {
			t.Error(err)
		}
	})
	return opt
}

// ownServers starts PostgreSQL 15 and PgBouncer.
func ownServers(t *testing.T) (Options, Result) {
	t.Helper()
	opt := ownDir(t, PG15, PgBouncer)
	r, err := Up(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	return opt, r
}

func answers(t *testing.T, raw string) bool {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	a := talk(port, startupMessage("postgres"))
	return len(a) > 0 && a[0] == 'R'
}

func TestUpKeepsWhatRunsAndDownLeavesNothing(t *testing.T) {
	opt, first := ownServers(t)
	env := filepath.Join(filepath.Dir(opt.Dir), "env")
	if err := WriteEnv(opt.Dir, env, first); err != nil {
		t.Fatal(err)
	}
	again, err := Up(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []Name{PG15, PgBouncer} {
		if !answers(t, first.URLs[n]) || again.URLs[n] != first.URLs[n] {
			t.Errorf("%s: got %q after %q, want the same server, answering", n, again.URLs[n], first.URLs[n])
		}
	}
	s, err := openState(opt.Dir)
	if err != nil {
		t.Fatal(err)
	}
	s.unlock()
	if err := Down(t.Context(), opt.Dir); err != nil {
		t.Fatal(err)
	}
	for _, v := range s.Servers {
		if v.Process.alive() || answers(t, v.URL) {
			t.Errorf("%s still runs after Down", v.Name)
		}
	}
	for _, path := range []string{opt.Dir, env} {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there after Down: %v", filepath.Base(path), err)
		}
	}
}

func TestUpReplacesAKilledServer(t *testing.T) {
	opt, first := ownServers(t)
	s, err := openState(opt.Dir)
	if err != nil {
		t.Fatal(err)
	}
	s.unlock()
	old, _ := s.server(PG15)
	if err := syscall.Kill(old.Process.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := old.Process.waitEnd(t.Context()); err != nil {
		t.Fatal(err)
	}
	second, err := Up(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	if second.URLs[PgBouncer] == first.URLs[PgBouncer] || !answers(t, second.URLs[PgBouncer]) {
		t.Errorf("got PgBouncer at %q again, want one in front of the new server", second.URLs[PgBouncer])
	}
	if second.URLs[PG15] == first.URLs[PG15] || !answers(t, second.URLs[PG15]) {
		t.Errorf("got %q after %q was killed, want another server that answers", second.URLs[PG15], first.URLs[PG15])
	}
}

// Between the choice of a port and the server's start, another program takes it.
func TestUpTriesAnotherPort(t *testing.T) {
	for _, n := range []Name{PG15, MariaDB} {
		t.Run(string(n), func(t *testing.T) {
			opt := ownDir(t, n)
			u, err := begin(opt)
			if err != nil {
				t.Fatal(err)
			}
			defer u.state.unlock()
			taken, err := net.Listen("tcp4", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer taken.Close()
			asked := 0
			u.port = func() (int, error) {
				if asked++; asked == 1 {
					return taken.Addr().(*net.TCPAddr).Port, nil
				}
				return freePort()
			}
			u.provide(t.Context(), n)
			if len(u.errs) > 0 || asked != 2 || u.result.URLs[n] == "" {
				t.Errorf("got URL %q and errors %v after %d ports, want a server at the second", u.result.URLs[n], u.errs, asked)
			}
		})
	}
}

func TestUpTakesURLsFromTheEnvironment(t *testing.T) {
	want := "postgresql://someone@db.example/x"
	dir, err := TempDir()
	if err != nil {
		t.Fatal(err)
	}
	opt := Options{Dir: dir, Only: []Name{PG15}, Getenv: func(k string) string {
		if k == testdb.EnvPG15 {
			return want
		}
		return ""
	}}
	r, err := Up(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	if err := Down(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if r.URLs[PG15] != want {
		t.Errorf("got %q, want %q", r.URLs[PG15], want)
	}
}

func TestDownIsNoErrorWhereNothingIs(t *testing.T) {
	dir := t.TempDir()
	if err := Down(t.Context(), dir); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Errorf("a directory that was not ours is gone: %v", err)
	}
}

func TestPgBouncerTarget(t *testing.T) {
	got, err := pgbouncerTarget("postgresql://o'hara:p%40ss@db.example:6000/app")
	if want := "host=db.example port=6000 user='o''hara' password='p@ss'"; got != want || err != nil {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}
