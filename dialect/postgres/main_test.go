package postgres_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	upstream "github.com/jackc/pgx/v5"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/postgres"
	"github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

var (
	ctx    = context.Background()
	bigint = sqltype.Integer{Bits: 64}
	own    = fmt.Sprintf("alkahest_postgres_%d", os.Getpid())
)

// database is a connection that a dialect may query.
type database struct {
	driver.Conn
	t testing.TB
}

// eachServer runs f in a schema of its own on each server.
func eachServer(t *testing.T, f func(t *testing.T, db database)) {
	for name, url := range map[string]func(testing.TB) string{"15": testdb.PG15, "18": testdb.PG18} {
		t.Run(name, func(t *testing.T) {
			cfg, err := pgx.ParseConfig(url(t), upstream.ParseConfigOptions{})
			if err != nil {
				t.Fatal(err)
			}
			c, err := pgx.New(cfg).Connect(ctx, driver.ReadWrite)
			if err != nil {
				t.Fatal(err)
			}
			db := database{c, t}
			t.Cleanup(func() {
				db.run(`DROP SCHEMA IF EXISTS "`+own+`" CASCADE`, `DROP SCHEMA IF EXISTS "`+own+`_2" CASCADE`)
				c.Close(ctx)
			})
			db.run(`CREATE SCHEMA "`+own+`"`, `CREATE SCHEMA "`+own+`_2"`, `SET search_path = "`+own+`"`)
			f(t, db)
		})
	}
}

func (d database) Query(ctx context.Context, sql string, args []sqltype.Value, each func(sqltype.Row) error) error {
	types := make([]sqltype.Type, len(args))
	for i, a := range args {
		types[i] = bigint
		if a.Kind() == sqltype.KindText {
			types[i] = sqltype.Text{}
		}
	}
	st, err := d.Prepare(ctx, sql, types)
	if err != nil {
		return err
	}
	defer st.Close(ctx)
	rows, err := st.Query(ctx, args)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			return err
		}
	}
	return rows.Close()
}

func (d database) run(statements ...string) {
	d.t.Helper()
	for _, sql := range statements {
		if _, err := d.Exec(ctx, sql); err != nil {
			d.t.Fatalf("%v\n%s", err, sql)
		}
	}
}

// numbers returns the first column of the rows.
func (d database) numbers(sql string, args ...sqltype.Value) []int64 {
	d.t.Helper()
	return d.columns(1, sql, args)
}

// pairs returns the two numbers of each row.
func (d database) pairs(sql string, args ...sqltype.Value) []int64 {
	d.t.Helper()
	return d.columns(2, sql, args)
}

func (d database) columns(n int, sql string, args []sqltype.Value) []int64 {
	d.t.Helper()
	var list []int64
	err := d.Query(ctx, sql, args, func(row sqltype.Row) error {
		for i := range n {
			list = append(list, row.Int64(i))
		}
		return row.Err()
	})
	if err != nil {
		d.t.Fatalf("%v\n%s", err, sql)
	}
	return list
}

func (d database) ddl(elements ...schema.Element) {
	d.t.Helper()
	for _, e := range elements {
		list, err := compile.Element(e, postgres.Dialect.Rules(dialect.Capabilities{}))
		if err != nil {
			d.t.Fatal(err)
		}
		d.run(list...)
	}
}
