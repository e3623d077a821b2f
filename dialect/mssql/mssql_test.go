package mssql_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/mssql"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

var (
	big      = sqltype.Integer{Bits: 64}
	server22 = dialect.Capabilities{Product: "Microsoft SQL Server", Version: dialect.Version{16, 0, 0}, Sequences: true}
	server19 = dialect.Capabilities{Product: "Microsoft SQL Server", Version: dialect.Version{15, 0, 0}, Sequences: true}
)

func text(t *testing.T, s expr.Statement, c dialect.Capabilities) string {
	t.Helper()
	var k expr.Key
	s.AppendKey(&k)
	got, err := compile.Statement(s, &k, mssql.Dialect.Rules(c))
	if err != nil {
		return err.Error()
	}
	return got.SQL
}

func table(name string, items ...schema.TableItem) *schema.Table {
	return schema.MustTable(schema.NewMetaData(), name, items...)
}

func ddl(t *testing.T, e schema.Element) string {
	t.Helper()
	list, err := compile.Element(e, mssql.Dialect.Rules(server22))
	if err != nil {
		return err.Error()
	}
	return strings.Join(list, "\n")
}

func value(t sqltype.Type, n int64) expr.Expression { return expr.BindValue(t, sqltype.Int64Value(n)) }

func check(t *testing.T, what, got, want string) {
	t.Helper()
	if d := cmp.Diff(got, want); d != "" {
		t.Errorf("%s (-got +want):\n%s", what, d)
	}
}

// Rows that come back say which they are, also from a table with triggers and
// with explicit ids.
func TestInsertOfManyRows(t *testing.T) {
	plain := table("t", schema.NewColumn("id", big, schema.PrimaryKey()), schema.NewColumn("x", sqltype.String{Length: 5}))
	watched := table("w", schema.TableOption("mssql.triggers", "true"), schema.NewColumn("id", big, schema.PrimaryKey()), schema.NewColumn("x", big))
	merge := func(table *schema.Table, columns ...string) expr.Statement {
		s := &compile.MergeInsert{Into: table, Rows: 2, Returning: []expr.Expression{table.C("id")}}
		for _, name := range columns {
			s.Columns, s.Exprs = append(s.Columns, table.Column(name)), append(s.Exprs, nil)
		}
		return s
	}
	for _, tc := range []struct {
		name string
		s    expr.Statement
		want string
	}{
		{"generated", merge(plain, "x"), "MERGE INTO [t] USING (VALUES (@p1, 0), (@p2, 1)) AS r (c1, p) ON 1 = 0 WHEN NOT MATCHED THEN INSERT ([x]) VALUES (r.c1) OUTPUT inserted.[id], r.p;"},
		{"explicit", merge(plain, "id", "x"), "SET IDENTITY_INSERT [t] ON; MERGE INTO [t] USING (VALUES (@p1, @p2, 0), (@p3, @p4, 1)) AS r (c1, c2, p) ON 1 = 0" +
			" WHEN NOT MATCHED THEN INSERT ([id], [x]) VALUES (r.c1, r.c2) OUTPUT inserted.[id], r.p; SET IDENTITY_INSERT [t] OFF"},
		{"triggers", merge(watched, "x"), "SET NOCOUNT ON; DECLARE @returned TABLE (c1 BIGINT, c2 INTEGER); MERGE INTO [w] USING (VALUES (@p1, 0), (@p2, 1)) AS r (c1, p) ON 1 = 0" +
			" WHEN NOT MATCHED THEN INSERT ([x]) VALUES (r.c1) OUTPUT inserted.[id], r.p INTO @returned; SELECT c1, c2 FROM @returned"},
		{
			"one row with triggers", expr.NewInsert(watched).Values(expr.Assignment{Target: watched.C("x"), Value: value(big, 1)}).Returning(watched.C("id")),
			"SET NOCOUNT ON; DECLARE @returned TABLE (c1 BIGINT); INSERT INTO [w] ([x]) OUTPUT inserted.[id] INTO @returned VALUES (@p1); SELECT c1 FROM @returned",
		},
		{
			"all with triggers", expr.NewInsert(watched).Values(expr.Assignment{Target: watched.C("id"), Value: value(big, 1)}).Returning(watched.C("x")),
			"SET NOCOUNT ON; DECLARE @returned TABLE (c1 BIGINT); SET IDENTITY_INSERT [w] ON; INSERT INTO [w] ([id]) OUTPUT inserted.[x] INTO @returned VALUES (@p1);" +
				" SET IDENTITY_INSERT [w] OFF; SELECT c1 FROM @returned",
		},
		{"a row of defaults", expr.NewInsert(plain).Returning(plain.C("id")), "INSERT INTO [t] OUTPUT inserted.[id] DEFAULT VALUES"},
	} {
		check(t, tc.name, text(t, tc.s, server22), tc.want)
	}
	many := merge(plain, "x").(*compile.MergeInsert)
	many.Rows = 1001
	if got := text(t, many, server22); !strings.Contains(got, "1001 rows in one VALUES, which has 1000 at most") {
		t.Errorf("got %q", got)
	}
}

func TestExplicitIDs(t *testing.T) {
	insert := func(options ...schema.Option) string {
		table := table("t", schema.NewColumn("id", big, append(options, schema.PrimaryKey())...))
		return text(t, expr.NewInsert(table).Values(expr.Assignment{Target: table.C("id"), Value: value(big, 7)}), server22)
	}
	const plain = "INSERT INTO [t] ([id]) VALUES (@p1)"
	check(t, "identity", insert(), "SET IDENTITY_INSERT [t] ON; "+plain+"; SET IDENTITY_INSERT [t] OFF")
	check(t, "sequence", insert(schema.NewSequence("s")), plain)
	check(t, "always", insert(schema.AlwaysIdentity()), plain) // which the server refuses
	check(t, "not generated", insert(schema.Autoincrements(schema.AutoincrementNo)), plain)
	check(t, "carried by a sequence", insert(schema.NewIdentity(schema.Max(100))), plain)
}

func TestIdentities(t *testing.T) {
	column := func(typ sqltype.Type, options ...schema.Option) string {
		got := ddl(t, schema.CreateTable{Table: table("t", schema.NewColumn("id", typ, append(options, schema.PrimaryKey())...))})
		_, got, _ = strings.Cut(got, "[id] ")
		got, _, _ = strings.Cut(got, ",\n")
		return got
	}
	ours := func(options ...schema.IdentityOption) schema.Option { return schema.NewIdentity(options...) }
	check(t, "descending", column(big, ours(schema.Start(-1), schema.Increment(-1))), "BIGINT IDENTITY(-1,-1) NOT NULL")
	check(t, "to the end of its type", column(sqltype.Integer{Bits: 32}, ours(schema.Max(1<<31-1))), "INTEGER IDENTITY(1,1) NOT NULL")
	for name, option := range map[string]schema.Option{"limit": ours(schema.Max(100)), "cycle": ours(schema.Cycle(true)), "cache": ours(schema.Cache(5))} {
		check(t, name, column(big, option), "BIGINT DEFAULT (NEXT VALUE FOR [t_id_seq]) NOT NULL")
	}
	always := table("t", schema.NewColumn("id", big, schema.PrimaryKey(), schema.AlwaysIdentity(schema.Max(100))))
	check(t, "always with a limit", ddl(t, schema.CreateTable{Table: always}),
		"column t.id: compile: mssql does not have an identity with limits, a cycle or a cache that refuses explicit values; leave these options or Always out")
	two := table("t", schema.NewColumn("id", big, schema.PrimaryKey()), schema.NewColumn("n", big, schema.NewIdentity()))
	check(t, "two", ddl(t, schema.CreateTable{Table: two}), "column t.n: compile: mssql does not have a second identity in a table; give it a schema.NewSequence")
}

func TestSequences(t *testing.T) {
	for _, tc := range []struct {
		options []schema.SequenceOption
		want    string
	}{
		{nil, "START WITH 1"},
		{[]schema.SequenceOption{schema.Increment(-1)}, "INCREMENT BY -1 START WITH -1"},
		{[]schema.SequenceOption{schema.Cycle(true)}, "START WITH 1 MINVALUE 1 MAXVALUE 9223372036854775807 CYCLE"},
		{[]schema.SequenceOption{schema.Cache(1)}, "START WITH 1 NO CACHE"},
	} {
		check(t, "options", ddl(t, schema.CreateSequence{Sequence: schema.NewSequence("s", tc.options...)}), "CREATE SEQUENCE [s] "+tc.want)
	}
}

func TestLiterals(t *testing.T) {
	at := time.Date(2026, 11, 22, 8, 0, 0, 123456000, time.UTC)
	for _, tc := range []struct {
		v    sqltype.Value
		want string
	}{
		{sqltype.TextValue("it's é"), "N'it''s é'"},
		{sqltype.TextValue("a\\\nb\\\rc\\"), "(N'a\\' + N'\nb\\' + N'\rc\\')"},
		{sqltype.TextValue("\\'\n"), "N'\\''\n'"},
		{sqltype.BoolValue(true), "1"},
		{sqltype.BytesValue(nil), "0x"},
		{sqltype.BytesValue([]byte{0, 255}), "0x00ff"},
		{sqltype.DateTimeValue(at), "'2026-11-22T08:00:00.123456'"},
		{sqltype.InstantValue(at), "'2026-11-22T08:00:00.123456+00:00'"},
	} {
		got, err := mssql.Dialect.Rules(server22).Literal(tc.v, sqltype.Text{})
		if err != nil {
			t.Error(err)
		}
		check(t, "literal", got, tc.want)
	}
}

func TestOlderServersCompareNullsByIntersect(t *testing.T) {
	people := table("p", schema.NewColumn("id", big, schema.PrimaryKey()), schema.NewColumn("n", big))
	x := func(op expr.Op) expr.Statement {
		return expr.NewSelect(people.C("id")).Where(expr.NewPred(&expr.Binary{Op: op, L: people.C("n"), R: value(big, 1)}))
	}
	check(t, "distinct", text(t, x(expr.OpIsDistinct), server19), "SELECT [p].[id] FROM [p] WHERE NOT EXISTS (SELECT [p].[n] INTERSECT SELECT @p1)")
	check(t, "not distinct", text(t, x(expr.OpIsNotDistinct), server19), "SELECT [p].[id] FROM [p] WHERE EXISTS (SELECT [p].[n] INTERSECT SELECT @p1)")
	check(t, "new", text(t, x(expr.OpIsDistinct), server22), "SELECT [p].[id] FROM [p] WHERE [p].[n] IS DISTINCT FROM @p1")
}

func TestTransactions(t *testing.T) {
	for _, tc := range []struct {
		o    dialect.TxOptions
		want string
	}{
		{dialect.TxOptions{}, "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; BEGIN TRANSACTION"},
		{dialect.TxOptions{Isolation: dialect.Snapshot}, "SET TRANSACTION ISOLATION LEVEL SNAPSHOT; BEGIN TRANSACTION"},
		{dialect.TxOptions{ReadOnly: true}, ""},
		{dialect.TxOptions{Deferrable: true}, ""},
	} {
		got, err := mssql.Dialect.Begin(server22, tc.o)
		var unsupported *compile.UnsupportedError
		if tc.want == "" {
			if !errors.As(err, &unsupported) {
				t.Errorf("%+v: got %v, %v", tc.o, got, err)
			}
			continue
		}
		check(t, "begin", strings.Join(got, "\n"), tc.want)
	}
}

// answers is a server that has been asked before: each query has its rows.
type answers map[string][][]string

type row struct {
	sqltype.Row
	cells []string
}

func (r row) Text(i int) []byte { return []byte(r.cells[i]) }
func (r row) Err() error        { return nil }

func (r row) Int64(i int) int64 {
	n := int64(0)
	for _, d := range r.cells[i] {
		n = n*10 + int64(d-'0')
	}
	return n
}

// Query answers the query that begins as one of the keys.
func (a answers) Query(_ context.Context, sql string, _ []sqltype.Value, each func(sqltype.Row) error) error {
	for begin, rows := range a {
		if strings.HasPrefix(sql, begin) {
			for _, cells := range rows {
				if err := each(row{cells: cells}); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return errors.New("not asked before: " + sql)
}

func TestProbe(t *testing.T) {
	for _, tc := range []struct {
		cells     []string
		product   string
		snapshots bool
		err       string
	}{
		{[]string{"16.0.1000.6", "3", "1"}, "Microsoft SQL Server", true, ""},
		{[]string{"12.0.2000.8", "5", "0"}, "Azure SQL Database", false, ""},
		{[]string{"10.50.6000.34", "3", "0"}, "", false, "mssql: version 10.50.6000 is older than 11.0.0, which the library needs"},
	} {
		c, err := mssql.Dialect.Probe(t.Context(), answers{"SELECT CAST(SERVERPROPERTY": {tc.cells}})
		if tc.err != "" {
			if err == nil || err.Error() != tc.err {
				t.Errorf("got %v, want %s", err, tc.err)
			}
			continue
		}
		if err != nil || c.Product != tc.product || (len(c.Isolation) == 5) != tc.snapshots || c.Keys != dialect.KeysByMerge {
			t.Errorf("%v: got %+v, %v", tc.cells, c, err)
		}
		words := c.Savepoints.Words()
		if words.Set != "SAVE TRANSACTION" || words.RollbackTo != "ROLLBACK TRANSACTION" || words.Release != "" {
			t.Errorf("got %+v", words)
		}
	}
}

func TestExisting(t *testing.T) {
	m := schema.NewMetaData()
	schema.MustTable(m, "Here", schema.NewColumn("id", big, schema.PrimaryKey(), schema.NewSequence("S")), schema.NewColumn("n", big, schema.Indexed()))
	schema.MustTable(m, "gone", schema.NewColumn("id", big, schema.PrimaryKey(), schema.NewIdentity(schema.Max(9))))
	e, err := mssql.Dialect.Existing(t.Context(), answers{
		"SELECT SCHEMA_NAME()": {{"dbo", "1"}},
		"SELECT N'table'": {
			{"table", "dbo", "here", "", "0"},
			{"table", "other", "gone", "", "0"},
			{"index", "dbo", "here_n_idx", "HERE", "0"},
			{"sequence", "dbo", "s", "", "5"},
			{"sequence", "dbo", "gone_id_seq", "", "1"},
		},
	}, m)
	if err != nil {
		t.Fatal(err)
	}
	want := &dialect.Existing{
		Tables: map[string]bool{"Here": true}, Indexes: map[string]bool{"Here/Here_n_idx": true},
		Sequences: map[string]int64{"S": 5, "gone_id_seq": 1}, Enums: map[string]bool{},
	}
	if d := cmp.Diff(e, want); d != "" {
		t.Errorf("(-got +want):\n%s", d)
	}
}
