package mysql_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"testing"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/mysql"
	"github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

var (
	ctx    = context.Background()
	bigint = sqltype.Integer{Bits: 64}
	own    = fmt.Sprintf("alkahest_mysql_%d", os.Getpid())

	maria  = dialect.Capabilities{Product: "MariaDB", Version: dialect.Version{10, 11, 0}, Sequences: true}
	oracle = dialect.Capabilities{Product: "MySQL", Version: dialect.Version{8, 4, 0}}
)

// database is a connection that a dialect may query.
type database struct {
	driver.Conn
	t testing.TB
}

// open gives the test a database of its own on MariaDB.
func open(t *testing.T) database {
	u, err := url.Parse(testdb.MariaDB(t))
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := gosqldriver.ParseConfig(u)
	if err != nil {
		t.Fatal(err)
	}
	k, err := gosqldriver.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	c, err := k.Connect(ctx, driver.ReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	db := database{c, t}
	t.Cleanup(func() {
		db.run("DROP DATABASE IF EXISTS `"+own+"`", "DROP DATABASE IF EXISTS `"+own+"_2`")
		c.Close(ctx)
	})
	db.run("CREATE DATABASE `"+own+"`", "CREATE DATABASE `"+own+"_2`", "USE `"+own+"`")
	return db
}

func (d database) execute(sql string, args ...sqltype.Value) (driver.Result, error) {
	var result driver.Result
	st, err := d.Prepare(ctx, sql, types(args))
	if err != nil {
		return result, err
	}
	defer st.Close(ctx)
	return st.Exec(ctx, args)
}

func types(args []sqltype.Value) []sqltype.Type {
	list := make([]sqltype.Type, len(args))
	for i, a := range args {
		list[i] = bigint
		if a.Kind() == sqltype.KindText {
			list[i] = sqltype.Text{}
		}
	}
	return list
}

func (d database) Query(ctx context.Context, sql string, args []sqltype.Value, each func(sqltype.Row) error) error {
	st, err := d.Prepare(ctx, sql, types(args))
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

func (d database) ddl(c dialect.Capabilities, elements ...schema.Element) {
	d.t.Helper()
	for _, e := range elements {
		list, err := compile.Element(e, mysql.Dialect.Rules(c))
		if err != nil {
			d.t.Fatal(err)
		}
		d.run(list...)
	}
}
