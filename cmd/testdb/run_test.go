//go:build linux

package main

import (
	"bytes"
	"errors"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/alkahest-go/alkahest/internal/testdb"
)

// nobody is the number of an ordinary user that every system has.
const nobody = 65534

// program builds the command where every user may run it.
func program(t *testing.T) (dir, path string) {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "alkahest-testdb-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path = filepath.Join(dir, "testdb")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir, path
}

// environ hides the servers that other tests use, and has all that is
// temporary made in dir.
func environ(dir string) []string {
	env := []string{"TMPDIR=" + dir, "HOME=" + dir}
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "TESTDB_") && !strings.HasPrefix(e, "TMPDIR=") && !strings.HasPrefix(e, "HOME=") {
			env = append(env, e)
		}
	}
	return env
}

// A command gets servers of its own on loopback ports; its exit status is given
// back, and neither a server nor a file is left.
func TestRun(t *testing.T) {
	base, path := program(t)
	for name, user := range map[string]*syscall.Credential{"as who runs the test": nil, "as an ordinary user": {Uid: nobody, Gid: nobody}} {
		t.Run(name, func(t *testing.T) {
			if user != nil && os.Getuid() != 0 {
				t.Skip("only root can run it as another user")
			}
			dir, err := os.MkdirTemp(base, "tmp")
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(os.Chmod(base, 0o755), os.Chmod(dir, 0o777)); err != nil {
				t.Fatal(err)
			}
			c := exec.Command(path, "run", "-dir", filepath.Join(dir, "none"), "--", "sh", "-c",
				`echo "$TESTDB_PG15"; echo "$TESTDB_PGBOUNCER"; echo "$TESTDB_MARIADB"; echo "$TESTDB_PG18"; echo "$TESTDB_REQUIRE"; exit 7`)
			var out, log bytes.Buffer
			c.Dir, c.Env, c.Stdout, c.Stderr, c.SysProcAttr = dir, environ(dir), &out, &log, &syscall.SysProcAttr{Credential: user}
			err = c.Run()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 7 {
				if os.Getenv("CI") == "" && os.Getenv(testdb.EnvRequire) != "1" {
					t.Skipf("the servers are not installed: %v: %s", err, log.String())
				}
				t.Fatalf("got %v, want the status 7 of the command: %s", err, log.String())
			}
			wantGone(t, dir, strings.Split(out.String(), "\n"))
		})
	}
}

// wantGone looks at what the command printed: servers that are no more.
func wantGone(t *testing.T, dir string, lines []string) {
	t.Helper()
	if len(lines) != 6 || lines[4] != "1" {
		t.Fatalf("got the lines %q, want four URLs and that servers are required", lines)
	}
	for i, scheme := range []string{"postgresql", "postgresql", "mariadb", "postgresql"} {
		if i == 3 && lines[i] == "" { // the last is done without where it can't be had
			continue
		}
		u, err := url.Parse(lines[i])
		if err != nil || u.Scheme != scheme || u.Hostname() != "127.0.0.1" || u.Port() == "" {
			t.Errorf("server %d: got %q, %v, want a %s URL on a loopback port", i, lines[i], err, scheme)
			continue
		}
		if conn, err := net.Dial("tcp4", u.Host); err == nil {
			conn.Close()
			t.Errorf("server %d still listens", i)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "alkahest-testdb-*")); err != nil || len(left) > 0 {
		t.Errorf("got the files %q, %v, want none", left, err)
	}
}
