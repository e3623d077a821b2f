package testdb

import "testing"

func TestLookup(t *testing.T) {
	const hint = "no PostgreSQL 15: run `make servers` or set TESTDB_PG15"
	cases := []struct {
		name        string
		env         map[string]string
		url, reason string
		fatal       bool
	}{
		{name: "given", env: map[string]string{EnvPG15: "postgresql://h/db", "CI": "1"}, url: "postgresql://h/db"},
		{name: "missing by hand", reason: hint},
		{name: "missing in CI", env: map[string]string{"CI": "true"}, reason: hint, fatal: true},
		{name: "missing where required", env: map[string]string{EnvRequire: "1"}, reason: hint, fatal: true},
		{
			name: "cannot be had", env: map[string]string{EnvRequire: "1", EnvPG15 + AbsentSuffix: "npm is not installed"},
			reason: "no PostgreSQL 15: npm is not installed",
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			u, reason, fatal := lookup(func(k string) string { return c.env[k] }, "PostgreSQL 15", EnvPG15)
			if u != c.url || reason != c.reason || fatal != c.fatal {
				t.Errorf("got (%q, %q, %v), want (%q, %q, %v)", u, reason, fatal, c.url, c.reason, c.fatal)
			}
		})
	}
}
