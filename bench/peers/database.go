package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/alkahest-go/alkahest"
)

// The products, by the names that -db and the table have for them.
const (
	onSQLite     = "sqlite"
	onPostgreSQL = "postgresql"
	onMariaDB    = "mariadb"
)

// database is one that is measured, and the referee's own connection to it, which
// empties, fills and checks.
type database struct {
	product string
	version string
	url     string // as the library has it
	path    string // of a SQLite file
	driver  string // of database/sql
	dsn     string
	chunk   int // rows of a hand-written multi-row statement

	db   *sql.DB
	conn *sql.Conn
	// holds says what the tables were filled with, and have in them still.
	holds string
	dir   string
}

// environment are the variables that name servers, by product.
var environment = map[string]string{onPostgreSQL: "TESTDB_PG15", onMariaDB: "TESTDB_MARIADB"}

// openDatabase takes a product, whose server the environment names, or a URL,
// and makes the tables.
func openDatabase(ctx context.Context, name string) (_ *database, err error) {
	d := &database{url: name, chunk: 500}
	defer func() {
		if err != nil {
			d.close()
		}
	}()
	if env := environment[name]; env != "" {
		if d.url = os.Getenv(env); d.url == "" {
			return nil, fmt.Errorf("set %s, or give the URL of a server by -db", env)
		}
	}
	if name == onSQLite {
		if d.dir, err = os.MkdirTemp("", "alkahest-bench"); err != nil {
			return nil, err
		}
		d.url = "sqlite:///" + filepath.Join(d.dir, "bench.db")
	}
	if err := d.settings(); err != nil {
		return nil, err
	}
	if err := d.createTables(ctx); err != nil {
		return nil, err
	}
	if d.db, err = d.openSQL(d.driver, d.dsn); err != nil {
		return nil, err
	}
	if d.conn, err = d.db.Conn(ctx); err != nil {
		return nil, err
	}
	if d.product == onMariaDB {
		if _, err := d.conn.ExecContext(ctx, "SET foreign_key_checks = 0"); err != nil {
			return nil, err
		}
	}
	ask := "SELECT version()"
	if d.product == onSQLite {
		ask = "SELECT sqlite_version()"
	}
	return d, d.conn.QueryRowContext(ctx, ask).Scan(&d.version)
}

// settings are the driver's, which are alike for all contestants: what the
// library sets too.
func (d *database) settings() error {
	switch scheme, rest, _ := strings.Cut(d.url, "://"); scheme {
	case "sqlite":
		d.product, d.driver, d.path = onSQLite, "sqlite", strings.TrimPrefix(rest, "/")
		d.dsn = "file:" + d.path + "?_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_time_format=sqlite"
	case "mariadb":
		u, err := url.Parse(d.url)
		if err != nil {
			return err
		}
		password, _ := u.User.Password()
		d.product, d.driver = onMariaDB, "mysql"
		d.dsn = fmt.Sprintf("%s:%s@tcp(%s)%s?parseTime=true&clientFoundRows=true", u.User.Username(), password, u.Host, u.Path)
	case "postgresql", "postgres":
		d.product, d.driver, d.dsn = onPostgreSQL, "pgx", d.url
	default:
		return fmt.Errorf("-db: %q is no product and no URL of one", scheme)
	}
	return nil
}

// openSQL opens the pool of a contestant: a SQLite file has one writer, and a
// server a connection for each.
func (d *database) openSQL(driver, dsn string) (*sql.DB, error) {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(d.connections())
	db.SetMaxIdleConns(d.connections())
	return db, nil
}

func (d *database) connections() int {
	if d.product == onSQLite {
		return 1
	}
	return writersCount
}

func (d *database) createTables(ctx context.Context) error {
	e, err := alkahest.Open(ctx, d.url)
	if err != nil {
		return err
	}
	return firstError(e.DropAll(ctx, base.MetaData), e.CreateAll(ctx, base.MetaData), e.Close(ctx))
}

func (d *database) close() error {
	var errs []error
	if d.conn != nil {
		for _, t := range []string{"bench_children", "bench_parents", "bench_rows"} {
			_, err := d.conn.ExecContext(context.Background(), "DROP TABLE IF EXISTS "+t)
			errs = append(errs, err)
		}
		errs = append(errs, d.conn.Close())
	}
	if d.db != nil {
		errs = append(errs, d.db.Close())
	}
	if d.dir != "" {
		errs = append(errs, os.RemoveAll(d.dir))
	}
	return errors.Join(errs...)
}

var emptyTexts = map[string][]string{
	onSQLite:     {"DELETE FROM bench_children", "DELETE FROM bench_parents", "DELETE FROM bench_rows", "PRAGMA wal_checkpoint(TRUNCATE)"},
	onPostgreSQL: {"TRUNCATE TABLE bench_rows, bench_children, bench_parents"},
	onMariaDB:    {"TRUNCATE TABLE bench_children", "TRUNCATE TABLE bench_parents", "TRUNCATE TABLE bench_rows"},
}

// need makes the tables hold what a workload needs: nothing, rows or parents, of
// which the first has the id 1. It does nothing where they hold it already.
func (d *database) need(ctx context.Context, w workload, z size, layout string) error {
	holds := fmt.Sprintf("%d rows as %s, %d parents", z.rows, layout, z.parents)
	if z.rows+z.parents > 0 && !w.writes && d.holds == holds {
		return nil
	}
	d.holds = ""
	for _, text := range emptyTexts[d.product] {
		if _, err := d.conn.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	if err := d.fillRows(ctx, z.rows, layout); err != nil {
		return err
	}
	if err := d.fillParents(ctx, z.parents); err != nil {
		return err
	}
	after := map[string]string{onSQLite: "PRAGMA wal_checkpoint(TRUNCATE)", onPostgreSQL: "ANALYZE bench_rows, bench_parents, bench_children"}[d.product]
	if after != "" && z.rows+z.parents > 0 {
		if _, err := d.conn.ExecContext(ctx, after); err != nil {
			return err
		}
	}
	if !w.writes {
		d.holds = holds
	}
	return nil
}

func (d *database) fillRows(ctx context.Context, n int, layout string) error {
	return d.fill(ctx, "bench_rows", allColumns, n, func(i int, args []any) []any {
		r := newRow(i)
		args = append(append(args, int64(i)+1), rowArgs(nil, r)...)
		if layout != "" && d.product == onSQLite {
			args[len(args)-3] = r.Created.Format(layout)
		}
		return args
	})
}

func (d *database) fillParents(ctx context.Context, n int) error {
	err := d.fill(ctx, "bench_parents", "id, name", n, func(i int, args []any) []any {
		return append(args, int64(i)+1, fmt.Sprintf("parent %d", i))
	})
	if err != nil {
		return err
	}
	return d.fill(ctx, "bench_children", "id, parent_id, name, number", n*childrenEach, func(i int, args []any) []any {
		parent := i / childrenEach
		return append(args, int64(i)+1, int64(parent)+1, fmt.Sprintf("child %d of %d", i%childrenEach, parent), int64(i))
	})
}

func (d *database) fill(ctx context.Context, table, columns string, n int, row func(i int, args []any) []any) error {
	tx, err := d.conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	width := strings.Count(columns, ",") + 1
	for from := 0; from < n; from += d.chunk {
		to := min(from+d.chunk, n)
		args := make([]any, 0, (to-from)*width)
		for i := from; i < to; i++ {
			args = row(i, args)
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO "+table+" ("+columns+") VALUES "+d.places(to-from, width), args...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// places are the parameters of n rows: (?, ?), (?, ?).
func (d *database) places(n, width int) string {
	var b strings.Builder
	for i := range n * width {
		switch {
		case i == 0:
			b.WriteString("(")
		case i%width == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		b.WriteString(d.place(i + 1))
	}
	return b.String() + ")"
}

// place is parameter i, which counts from 1.
func (d *database) place(i int) string {
	if d.product == onPostgreSQL {
		return fmt.Sprintf("$%d", i)
	}
	return "?"
}

// bind writes a text that has ? for each parameter as the database has it.
func (d *database) bind(text string) string {
	parts := strings.Split(text, "?")
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteString(d.place(i))
		}
		b.WriteString(p)
	}
	return b.String()
}

const (
	insertColumns = "name, email, note, score, weight, active, created, payload, count"
	insertWidth   = 9
	allColumns    = "id, " + insertColumns
)

func rowArgs(args []any, r *Row) []any {
	return append(args, r.Name, r.Email, r.Note, r.Score, r.Weight, r.Active, r.Created, r.Payload, r.Count)
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// forget removes what a task wrote to warm up.
func (t *trial) forget(ctx context.Context) error {
	_, err := t.d.conn.ExecContext(ctx, "DELETE FROM bench_rows")
	return err
}
