// Package pgx is the glue between PostgreSQL and the driver
// github.com/jackc/pgx/v5, used natively: the binary protocol by OID, named
// prepared statements and pipelined batches, without database/sql.
//
// It knows the wire forms of PostgreSQL's types, the meaning of its SQLSTATEs
// and what a session needs. It must not know SQL beyond the few commands that
// set a session up, nor the ORM.
package pgx

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	upstream "github.com/jackc/pgx/v5"
)

// Config says which database to connect to, and how. Make it with ParseConfig,
// and change it before it is given to New. It prints without its password.
type Config struct {
	// ConnConfig is the driver's own configuration. Its TimeZone, DateStyle,
	// client_encoding and standard_conforming_strings are set by Connect, as
	// is what it does when a context ends. What its BuildFrontend makes reads
	// what the glue leaves of the network: most rows do not pass through it.
	ConnConfig *upstream.ConnConfig
	// PgBouncer says that a pooler hands each transaction to another session,
	// as PgBouncer does in transaction mode. Nothing is then kept in the
	// session: no named statements and no settings that the pooler does not
	// carry along.
	PgBouncer bool
	// BeforeConnect may change a copy of ConnConfig before each connection is
	// made, such as a password that is valid for some minutes.
	BeforeConnect func(ctx context.Context, config *upstream.ConnConfig) error
	// CancelTimeout is how long the server may take to confirm that it stopped
	// a statement whose context ended. After that the connection is dropped.
	// 0 is 5 seconds.
	CancelTimeout time.Duration
}

// ParseConfig reads a connection string in one of libpq's two forms, URL or
// keywords, and libpq's environment variables. Beside libpq's options
// (several hosts, sslmode, connect_timeout, application_name, search_path,
// options and others) it takes pgbouncer=true, which sets Config.PgBouncer.
//
// Where the string comes from outside, opts.ConnStringAllowedKeys limits what
// it may say. Errors leave the string out, as it may hold a password.
func ParseConfig(connString string, opts upstream.ParseConfigOptions) (Config, error) {
	config, err := upstream.ParseConfigWithOptions(connString, opts)
	if err != nil {
		return Config{}, errors.New("pgx: the connection string was not understood; " +
			"check its scheme, host, port, options and files, and that special characters of the password are escaped")
	}
	out := Config{ConnConfig: config}
	if s, ok := config.RuntimeParams["pgbouncer"]; ok {
		delete(config.RuntimeParams, "pgbouncer")
		if out.PgBouncer, err = strconv.ParseBool(s); err != nil {
			return Config{}, errors.New("pgx: the option pgbouncer takes true or false")
		}
	}
	return out, nil
}

// String names the user, the hosts and the database.
func (c Config) String() string {
	if c.ConnConfig == nil {
		return "postgres:"
	}
	hosts := []string{address(c.ConnConfig.Host, c.ConnConfig.Port)}
	for _, f := range c.ConnConfig.Fallbacks {
		if h := address(f.Host, f.Port); h != hosts[len(hosts)-1] { // TLS and plain are two attempts
			hosts = append(hosts, h)
		}
	}
	return fmt.Sprintf("postgres://%s@%s/%s", url.PathEscape(c.ConnConfig.User),
		strings.Join(hosts, ","), url.PathEscape(c.ConnConfig.Database))
}

// GoString keeps the password out of %#v.
func (c Config) GoString() string { return "pgx.Config(" + c.String() + ")" }

func address(host string, port uint16) string {
	if strings.Contains(host, ":") { // IPv6
		host = "[" + host + "]"
	}
	return fmt.Sprintf("%s:%d", strings.ReplaceAll(host, "/", "%2F"), port)
}
