// Package servers gives tests the URL of a real database server: the one that
// the environment names, one that the command cmd/testdb has left running, or one that it starts
// for this test program.
//
// It knows environment variables and processes. It must not know the library
// above them: its URLs go to alkahesttest.Open, NewTemplate, or anything else.
//
// A server is named by TESTDB_PG15, TESTDB_PG18, TESTDB_MARIADB or TESTDB_PGBOUNCER. Where
// it can't be had, the test is skipped with the reason; where CI is set, or
// TESTDB_REQUIRE is 1, it fails. To install what is missing, and to start each server once
// for the tests of many packages:
//
//	go run github.com/alkahest-go/alkahest/cmd/testdb run -install -- go test ./...
package servers

import (
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/alkahest-go/alkahest/internal/testdb"
)

// product is a server that can be asked for.
type product struct{ title, env string }

var (
	postgres15 = product{"PostgreSQL 15", testdb.EnvPG15}
	postgres18 = product{"PostgreSQL 18", testdb.EnvPG18}
	mariaDB    = product{"MariaDB", testdb.EnvMariaDB}
	pgBouncer  = product{"PgBouncer", testdb.EnvPgBouncer}
)

// PostgreSQL15 returns the URL of a PostgreSQL 15, as a superuser. All tests
// share the server, so each makes a database or schema of its own.
func PostgreSQL15(t testing.TB) string {
	t.Helper()
	return url(t, postgres15)
}

// PostgreSQL18 returns the URL of a PostgreSQL 18, like PostgreSQL15.
func PostgreSQL18(t testing.TB) string {
	t.Helper()
	return url(t, postgres18)
}

// MariaDB returns the URL of a MariaDB, as a user who may create databases.
func MariaDB(t testing.TB) string {
	t.Helper()
	return url(t, mariaDB)
}

// PgBouncer returns the URL of a PgBouncer in transaction mode, in front of a
// PostgreSQL 15.
func PgBouncer(t testing.TB) string {
	t.Helper()
	return url(t, pgBouncer)
}

// started are the servers of this program.
var started struct {
	sync.Mutex
	dir   string
	found map[product]outcome
}

// outcome is what came of looking for a server.
type outcome struct {
	url string
	err error
}

func url(t testing.TB, p product) string {
	t.Helper()
	if u := os.Getenv(p.env); u != "" {
		return u
	}
	if why := os.Getenv(p.env + testdb.AbsentSuffix); why != "" {
		t.Skipf("no %s: %s", p.title, why)
	}
	started.Lock()
	defer started.Unlock()
	o, known := started.found[p]
	if !known {
		o.url, o.err = start(p)
		if started.found == nil {
			started.found = map[product]outcome{}
		}
		started.found[p] = o
	}
	if o.err == nil {
		return o.url
	}
	problem := fmt.Sprintf("no %s: %v; set %s, or run the tests by the command cmd/testdb with -install", p.title, o.err, p.env)
	if os.Getenv("CI") != "" || os.Getenv(testdb.EnvRequire) == "1" {
		t.Fatal(problem)
	}
	t.Skip(problem)
	return ""
}

// Stop ends the servers that were started for this program and removes their
// files. TestMain calls it behind m.Run; without, they end with the program, and the next
// one removes the files.
func Stop() error {
	started.Lock()
	defer started.Unlock()
	if started.dir == "" {
		return nil
	}
	err := stop(started.dir)
	started.dir, started.found = "", nil
	return err
}
