//go:build !linux

// Command testdb starts the database servers that the tests run against. It does so on Linux; elsewhere the servers' URLs are given in the
// environment.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "testdb: servers are started on Linux only: set TESTDB_PG15, TESTDB_PG18, TESTDB_MARIADB and TESTDB_PGBOUNCER, and run `make check`")
	os.Exit(1)
}
