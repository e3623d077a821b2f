package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/sqlite"
	"github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

var (
	ctx    = context.Background()
	bigint = sqltype.Integer{Bits: 64}
)

// database is a connection that a dialect may query.
type database struct {
	driver.Conn
	t testing.TB
}

func open(t testing.TB, path string) database {
	c, err := modernc.New(modernc.Config{Path: path}).Connect(ctx, driver.ReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(ctx) })
	return database{c, t}
}

func memory(t testing.TB) database { return open(t, modernc.Memory) }

func file(t testing.TB) database { return open(t, filepath.Join(t.TempDir(), "test.db")) }

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
	var list []int64
	err := d.Query(ctx, sql, args, func(row sqltype.Row) error {
		list = append(list, row.Int64(0))
		return row.Err()
	})
	if err != nil {
		d.t.Fatalf("%v\n%s", err, sql)
	}
	return list
}

func (d database) create(tables ...*schema.Table) {
	d.t.Helper()
	for _, t := range tables {
		list, err := compile.Element(schema.CreateTable{Table: t}, sqlite.Dialect.Rules(dialect.Capabilities{}))
		if err != nil {
			d.t.Fatal(err)
		}
		d.run(list...)
		for _, ix := range t.Indexes {
			list, err := compile.Element(schema.CreateIndex{Index: ix}, sqlite.Dialect.Rules(dialect.Capabilities{}))
			if err != nil {
				d.t.Fatal(err)
			}
			d.run(list...)
		}
	}
}
