//go:build linux

package servers

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// pgbouncer is PgBouncer in transaction mode.
type pgbouncer struct {
	up      *up
	program string
	target  string // the connection string of the PostgreSQL server behind it
}

func (b *pgbouncer) url(port int) string {
	return fmt.Sprintf("postgresql://postgres@127.0.0.1:%d/postgres?sslmode=disable", port)
}

const pgbouncerConf = `[databases]
* = %s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 10
max_client_conn = 500
admin_users = postgres
ignore_startup_parameters = extra_float_digits
`

func (b *pgbouncer) stopSignal() syscall.Signal { return syscall.SIGTERM }

func (b *pgbouncer) prepare(context.Context, string) error { return nil }

func (b *pgbouncer) serve(ctx context.Context, dir string, port int) (*process, error) {
	ini := filepath.Join(dir, "pgbouncer.ini")
	if err := os.WriteFile(ini, fmt.Appendf(nil, pgbouncerConf, b.target, port), 0o600); err != nil {
		return nil, err
	}
	if err := b.up.account.own(ini); err != nil {
		return nil, err
	}
	ready := func(process) (bool, error) {
		answer := talk(port, startupMessage("postgres"))
		return len(answer) > 0 && answer[0] == 'R', nil
	}
	return b.up.daemon(ctx, dir, syscall.SIGQUIT, ready, b.program, "-q", ini)
}

func (u *up) pgbouncer(pg15 string) (product, error) {
	program := findProgram("pgbouncer")
	if program == "" {
		return nil, u.missing("pgbouncer", "pgbouncer")
	}
	target, err := pgbouncerTarget(pg15)
	if err != nil {
		return nil, err
	}
	return &pgbouncer{up: u, program: program, target: target}, nil
}

// pgbouncerTarget turns a URL into PgBouncer's "key=value" form.
func pgbouncerTarget(raw string) (string, error) {
	v, err := url.Parse(raw)
	if err != nil {
		return "", fmt.Errorf("PgBouncer cannot stand before %s: it is not a URL", PG15.Env())
	}
	port := v.Port()
	if port == "" {
		port = "5432"
	}
	target := "host=" + v.Hostname() + " port=" + port
	if name := v.User.Username(); name != "" {
		target += " user=" + quotePgBouncer(name)
	}
	if pw, ok := v.User.Password(); ok {
		target += " password=" + quotePgBouncer(pw)
	}
	return target, nil
}

// quotePgBouncer writes a value of a connection string; a quote inside is doubled.
func quotePgBouncer(v string) string { return "'" + strings.ReplaceAll(v, "'", "''") + "'" }
