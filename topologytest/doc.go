// Package topologytest holds the tests of ids on topologies that change while rows are written: a Galera cluster whose nodes leave and join, a PostgreSQL
// standby that is promoted, a step of ids that moves, lock modes with neighbours.
//
// It has tests only. It knows the ORM, the engine, the glue of pgx and go-sql-driver, and package servers, whose servers it ends and
// configures as it needs. It must not touch the servers that all tests share. It is a module of its own, so that these tests run after
// the others and alone.
package topologytest
