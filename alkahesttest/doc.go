// Package alkahesttest is a kit for tests that use a database: databases that
// close themselves, sandboxes that leave no row behind, databases from
// templates, factories, fixtures, counts of statements, golden SQL and a clock.
//
// It knows the engine, sessions and the testing package. It links no database
// driver, so that a program which tests on one database does not carry the
// others: a test imports its glue as a program does. It must not know how
// servers are started; that is package servers below it.
package alkahesttest
