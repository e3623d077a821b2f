package postgres

import "github.com/alkahest-go/alkahest/dialect"

// https://www.postgresql.org/docs/current/sql-createdatabase.html. Advisory locks are
// those of one database (https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS).
var databases = &dialect.Databases{
	Create: "CREATE DATABASE %s",
	Drop:   "DROP DATABASE IF EXISTS %s WITH (FORCE)",
	Copy:   "CREATE DATABASE %s TEMPLATE %s",
	List:   "SELECT datname FROM pg_database WHERE starts_with(datname, $1)",
	Hold:   "SELECT pg_try_advisory_lock(hashtextextended($1, 0))",
	Free:   "SELECT pg_advisory_unlock(hashtextextended($1, 0))",
}
