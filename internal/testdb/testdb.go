// Package testdb gives tests the URLs of real database servers.
//
// It knows the environment variables that carry those URLs and what a test does when one is missing: it skips
// and says why, but it fails where servers are promised (CI, make test). Starting servers is the work of package servers and of the
// command in cmd/testdb. It knows nothing of the library and depends on the standard library only, so that any package's tests may
// use it.
package testdb

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// The environment variables that carry the servers' URLs.
const (
	EnvPG15      = "TESTDB_PG15"
	EnvPG18      = "TESTDB_PG18"
	EnvMariaDB   = "TESTDB_MARIADB"
	EnvPgBouncer = "TESTDB_PGBOUNCER"
	// EnvGalera carries no URL: a test has a cluster of its own, whose nodes it ends. Only its AbsentSuffix is set.
	EnvGalera = "TESTDB_GALERA"
	// EnvChromium carries the path of a Chromium, where it is not the one that the system has.
	EnvChromium = "TESTDB_CHROMIUM"
	// EnvRequire set to 1 makes a missing server fail a test, as CI does.
	EnvRequire = "TESTDB_REQUIRE"
	// AbsentSuffix ends the name of a variable that says why a server cannot be had on this machine. Its tests are skipped with that
	// reason, also where servers are required.
	AbsentSuffix = "_ABSENT"
)

// PG15 returns the URL of a PostgreSQL 15 server, as a superuser:
// postgresql://postgres@127.0.0.1:PORT/postgres?sslmode=disable.
// Every package shares it, so a test makes a schema or tables of its own names and drops them.
func PG15(tb testing.TB) string {
	tb.Helper()
	return url(tb, "PostgreSQL 15", EnvPG15)
}

// PG18 returns the URL of a PostgreSQL 18 server, in the form of PG15's.
func PG18(tb testing.TB) string {
	tb.Helper()
	return url(tb, "PostgreSQL 18", EnvPG18)
}

// MariaDB returns the URL of a MariaDB 10.11 server: mariadb://app:secret@127.0.0.1:PORT/test. The user may create databases and end
// other connections, but it is not exempt from read_only.
func MariaDB(tb testing.TB) string {
	tb.Helper()
	return url(tb, "MariaDB", EnvMariaDB)
}

// PgBouncer returns the URL of a PgBouncer in transaction mode; any database of the PostgreSQL 15 server can be named in its path.
func PgBouncer(tb testing.TB) string {
	tb.Helper()
	return url(tb, "PgBouncer", EnvPgBouncer)
}

// Chromium returns the path of the browser that tests of pages drive.
func Chromium(tb testing.TB) string {
	tb.Helper()
	program, problem, fatal := lookup(os.Getenv, "Chromium", EnvChromium)
	switch {
	case problem == "":
	case FindChromium() != "":
		program = FindChromium()
	case fatal:
		tb.Fatal(problem + "; distributions have it as the package chromium")
	default:
		tb.Skip(problem + "; distributions have it as the package chromium")
	}
	return program
}

// FindChromium returns the path of the Chromium that the system has, or nothing.
func FindChromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "/usr/bin/chromium"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// Missing ends a test that cannot start a server of its own because programs are not installed, of which why tells: it skips, but fails
// where servers are promised. env is the variable of the shared server of the same kind.
func Missing(tb testing.TB, product, env string, why error) {
	tb.Helper()
	_, problem, fatal := lookup(func(k string) string {
		if k == env { // a shared server is no replacement
			return ""
		}
		return os.Getenv(k)
	}, product, env)
	if fatal {
		tb.Fatalf("%s (%v)", problem, why)
	}
	tb.Skipf("%s (%v)", problem, why)
}

func url(tb testing.TB, product, env string) string {
	tb.Helper()
	u, problem, fatal := lookup(os.Getenv, product, env)
	switch {
	case problem == "":
	case fatal:
		tb.Fatal(problem)
	default:
		tb.Skip(problem)
	}
	return u
}

// lookup returns the URL, or why there is none and whether that is a failure.
func lookup(getenv func(string) string, product, env string) (u, problem string, fatal bool) {
	if u = getenv(env); u != "" {
		return u, "", false
	}
	if reason := getenv(env + AbsentSuffix); reason != "" {
		return "", fmt.Sprintf("no %s: %s", product, reason), false
	}
	problem = fmt.Sprintf("no %s: run `make servers` or set %s", product, env)
	return "", problem, getenv("CI") != "" || getenv(EnvRequire) == "1"
}
