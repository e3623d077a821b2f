// Package faulttest holds the tests that break connections at each request of
// each kind of work, and look what the databases then hold: nothing is done
// twice, nothing is reported as done that is not, and every failure says
// whether it is lost or unknown.
//
// It has tests only. It knows the engine, the ORM and package proxy.
package faulttest
