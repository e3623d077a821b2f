package compile_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"testing"

	upstream "github.com/jackc/pgx/v5"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/mssql"
	"github.com/alkahest-go/alkahest/dialect/mysql"
	"github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	"github.com/alkahest-go/alkahest/dialect/oracle"
	"github.com/alkahest-go/alkahest/dialect/postgres"
	"github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	"github.com/alkahest-go/alkahest/dialect/sqlite"
	"github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// product is a dialect in one version, and how to reach databases that speak
// it; none for one that can't be had here.
type product struct {
	name      string
	dialect   dialect.Dialect
	caps      dialect.Capabilities
	databases []database
}

type database struct {
	name string
	open func(t testing.TB) driver.Conn
}

func (p product) rules() *compile.Rules { return p.dialect.Rules(p.caps) }

var products = []product{
	{
		name: "sqlite", dialect: sqlite.Dialect, caps: dialect.Capabilities{Product: "SQLite", Version: dialect.Version{3, 53, 3}},
		databases: []database{{"sqlite", openSQLite}},
	},
	{
		name: "postgresql", dialect: postgres.Dialect, caps: dialect.Capabilities{Product: "PostgreSQL", Version: dialect.Version{15}, Sequences: true},
		databases: []database{{"pg15", openPG15}, {"pg18", openPG18}},
	},
	{
		name: "mariadb", dialect: mysql.Dialect, caps: dialect.Capabilities{Product: "MariaDB", Version: dialect.Version{10, 11, 0}, Sequences: true},
		databases: []database{{"mariadb", openMariaDB}},
	},
	{name: "mysql", dialect: mysql.Dialect, caps: dialect.Capabilities{Product: "MySQL", Version: dialect.Version{8, 4, 0}}},
	{name: "mssql", dialect: mssql.Dialect, caps: dialect.Capabilities{Product: "Microsoft SQL Server", Version: dialect.Version{16, 0, 1000}, Sequences: true}},
	{name: "oracle", dialect: oracle.Dialect, caps: dialect.Capabilities{Product: "Oracle Database", Version: dialect.Version{19, 0, 0}, Sequences: true}},
}

// own is a name that no other test process uses on a shared server.
var own = fmt.Sprintf("alkahest_compile_%d", os.Getpid())

func openSQLite(t testing.TB) driver.Conn {
	return connect(t, modernc.New(modernc.Config{Path: modernc.Memory}))
}

func openPG15(t testing.TB) driver.Conn { return openPG(t, testdb.PG15(t)) }
func openPG18(t testing.TB) driver.Conn { return openPG(t, testdb.PG18(t)) }

// openPG gives the test a schema of its own.
func openPG(t testing.TB, u string) driver.Conn {
	cfg, err := pgx.ParseConfig(u, upstream.ParseConfigOptions{})
	if err != nil {
		t.Fatal(err)
	}
	c := connect(t, pgx.New(cfg))
	run(t, c, `CREATE SCHEMA "`+own+`"`)
	t.Cleanup(func() { run(t, c, `DROP SCHEMA "`+own+`" CASCADE`) })
	run(t, c, `SET search_path = "`+own+`"`)
	return c
}

// openMariaDB gives the test a database of its own.
func openMariaDB(t testing.TB) driver.Conn {
	u, err := url.Parse(testdb.MariaDB(t))
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := gosqldriver.ParseConfig(u)
	if err != nil {
		t.Fatal(err)
	}
	connector, err := gosqldriver.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	c := connect(t, connector)
	run(t, c, "CREATE DATABASE `"+own+"`")
	t.Cleanup(func() { run(t, c, "DROP DATABASE `"+own+"`") })
	run(t, c, "USE `"+own+"`")
	return c
}

func connect(t testing.TB, k driver.Connector) driver.Conn {
	c, err := k.Connect(context.Background(), driver.ReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.Background()) })
	return c
}

func run(t testing.TB, c driver.Conn, sql string) {
	t.Helper()
	if _, err := c.Exec(context.Background(), sql); err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
}

func ddl(t testing.TB, c driver.Conn, r *compile.Rules, elements ...schema.Element) {
	t.Helper()
	for _, e := range elements {
		for _, sql := range compiledDDL(t, e, r) {
			run(t, c, sql)
		}
	}
}

func compiledDDL(t testing.TB, e schema.Element, r *compile.Rules) []string {
	t.Helper()
	list, err := compile.Element(e, r)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// createAll lists what makes the tables and all that they need.
func createAll(p product, m *schema.MetaData) []schema.Element {
	var elements []schema.Element
	r := p.rules()
	tables, cyclic := m.SortedTables()
	if r.DDL.ForwardReferences {
		cyclic = nil
	}
	seen := map[string]bool{}
	add := func(s *schema.Sequence, col *schema.Column) {
		if s != nil && p.caps.Sequences && !seen[s.FullName()] {
			seen[s.FullName()] = true
			elements = append(elements, schema.CreateSequence{Sequence: s, Column: col})
		}
	}
	for _, t := range tables {
		for _, col := range t.Columns() {
			add(p.dialect.SequenceFor(p.caps, col), col)
			if _, ok := col.Type.(sqltype.Enum); ok && r.DDL.EnumTypes {
				elements = append(elements, schema.CreateEnum{Column: col})
			}
		}
	}
	for _, s := range m.Sequences() {
		if !s.Optional {
			add(s, nil)
		}
	}
	for _, t := range tables {
		elements = append(elements, schema.CreateTable{Table: t, Without: cyclic})
		for _, ix := range t.Indexes {
			elements = append(elements, schema.CreateIndex{Index: ix})
		}
	}
	for _, fk := range cyclic {
		elements = append(elements, schema.AddForeignKey{ForeignKey: fk})
	}
	return append(elements, comments(r, tables)...)
}

func comments(r *compile.Rules, tables []*schema.Table) (elements []schema.Element) {
	for _, t := range tables {
		if t.Comment != "" && r.DDL.CommentOn {
			elements = append(elements, schema.SetComment{Table: t})
		}
		for _, col := range t.Columns() {
			if col.Comment != "" && r.DDL.CommentOn {
				elements = append(elements, schema.SetComment{Table: t, Column: col})
			}
		}
	}
	return elements
}

func statement(s expr.Statement, r *compile.Rules) (*compile.Compiled, []sqltype.Value, error) {
	k := &expr.Key{}
	s.AppendKey(k)
	c, err := compile.Statement(s, k, r)
	if err != nil {
		return nil, nil, err
	}
	args := c.Args(nil, k.Binds(), nil)
	for i, conversion := range c.Conversions {
		if args[i], err = conversion.Send(args[i]); err != nil {
			return nil, nil, err
		}
	}
	return c, args, nil
}

// query runs a statement and returns its rows as text that tells NULL apart.
func query(c driver.Conn, sql string, params []sqltype.Type, args []sqltype.Value, read func(sqltype.Row) error) error {
	ctx := context.Background()
	st, err := c.Prepare(ctx, sql, params)
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
		if err := read(rows); err != nil {
			return err
		}
	}
	return rows.Close()
}

// eachDatabase runs f for every database there is, as a subtest.
func eachDatabase(t *testing.T, f func(t *testing.T, p product, c driver.Conn)) {
	for _, p := range products {
		for _, db := range p.databases {
			t.Run(db.name, func(t *testing.T) { f(t, p, db.open(t)) })
		}
	}
}
