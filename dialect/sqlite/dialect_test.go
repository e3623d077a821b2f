package sqlite_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/sqlite"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

func TestProbeTellsMemoryFromFile(t *testing.T) {
	for name, tc := range map[string]struct {
		db                    database
		oneConnection, writer bool
	}{
		"memory": {memory(t), true, false},
		"file":   {file(t), false, true},
	} {
		c, err := sqlite.Dialect.Probe(ctx, tc.db)
		if err != nil {
			t.Fatal(err)
		}
		if c.OneConnection != tc.oneConnection || c.SingleWriter != tc.writer {
			t.Errorf("%s: got one connection %t and single writer %t", name, c.OneConnection, c.SingleWriter)
		}
		if !c.Version.AtLeast(3, 37) || c.Product != "SQLite" || c.Keys != dialect.KeysByRowID || c.NaN || c.NumericDigits != 15 {
			t.Errorf("%s: got %+v", name, c)
		}
	}
}

func TestBegin(t *testing.T) {
	for _, tc := range []struct {
		o    dialect.TxOptions
		want []string
	}{
		{dialect.TxOptions{}, []string{"BEGIN IMMEDIATE"}},
		{dialect.TxOptions{ReadOnly: true}, []string{"BEGIN"}},
		{dialect.TxOptions{Isolation: dialect.Serializable}, []string{"BEGIN IMMEDIATE"}},
		{dialect.TxOptions{Isolation: dialect.ReadCommitted}, nil},
		{dialect.TxOptions{Deferrable: true}, nil},
	} {
		got, err := sqlite.Dialect.Begin(dialect.Capabilities{}, tc.o)
		var unsupported *compile.UnsupportedError
		if tc.want == nil && !errors.As(err, &unsupported) {
			t.Errorf("%+v: got %v, want a refusal by name", tc.o, err)
		}
		if d := cmp.Diff(got, tc.want); d != "" {
			t.Errorf("%+v (-got +want):\n%s", tc.o, d)
		}
	}
}

func TestExisting(t *testing.T) {
	m := schema.NewMetaData()
	here := schema.MustTable(m, "Here", schema.NewColumn("id", bigint, schema.PrimaryKey()), schema.NewColumn("a", bigint, schema.Indexed()))
	schema.MustTable(m, "gone", schema.NewColumn("id", bigint, schema.PrimaryKey()), schema.NewColumn("a", bigint, schema.Indexed()))
	schema.MustTable(m, "seen", schema.NewColumn("id", bigint, schema.PrimaryKey()))
	other := schema.MustTable(m, "t", schema.InSchema("other"), schema.NewColumn("id", bigint, schema.PrimaryKey()), schema.NewColumn("a", bigint, schema.Indexed()))
	db := memory(t)
	db.run("ATTACH ':memory:' AS other", "CREATE VIEW seen AS SELECT 1 AS id")
	db.create(here, other)

	got, err := sqlite.Dialect.Existing(ctx, db, m)
	if err != nil {
		t.Fatal(err)
	}
	want := &dialect.Existing{
		Tables:    map[string]bool{"Here": true, "seen": true, "other.t": true},
		Indexes:   map[string]bool{"Here/Here_a_idx": true, "other.t/t_a_idx": true},
		Sequences: map[string]int64{}, Enums: map[string]bool{},
	}
	if d := cmp.Diff(got, want); d != "" {
		t.Errorf("(-got +want):\n%s", d)
	}

	table := sqlite.Dialect.SequenceTable(dialect.Capabilities{})
	db.run(table.Create)
	define(db, "ticket", 10, 5, 1, 1000, false, "")
	if got, err = sqlite.Dialect.Existing(ctx, db, m); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(got.Sequences, map[string]int64{"ticket": 5}); d != "" {
		t.Errorf("sequences (-got +want):\n%s", d)
	}
}

func TestExistingIgnoresCase(t *testing.T) {
	m := schema.NewMetaData()
	schema.MustTable(m, "USERS", schema.NewColumn("id", bigint, schema.PrimaryKey()))
	db := memory(t)
	db.run("CREATE TABLE users (id INTEGER)")
	got, err := sqlite.Dialect.Existing(ctx, db, m)
	if err != nil {
		t.Fatal(err)
	}
	if !got.Tables["USERS"] {
		t.Error("the table USERS is not found, though SQLite has it as users")
	}
}

func TestSchemasAreWrittenWhereSQLiteTakesThem(t *testing.T) {
	m := schema.NewMetaData()
	parent := schema.MustTable(m, "parent", schema.InSchema("other"), schema.NewColumn("id", bigint, schema.PrimaryKey(), schema.NewSequence("s", schema.Start(50))))
	child := schema.MustTable(m, "child", schema.InSchema("other"), schema.NewColumn("id", bigint, schema.PrimaryKey()),
		schema.NewColumn("p", bigint, schema.Indexed(), schema.ForeignKey("other.parent.id")))
	if err := m.Resolve(); err != nil {
		t.Fatal(err)
	}
	db := memory(t)
	db.run("ATTACH ':memory:' AS other")
	db.create(parent, child)
	if d := cmp.Diff(db.numbers("INSERT INTO other.parent DEFAULT VALUES RETURNING id"), []int64{50}); d != "" {
		t.Errorf("the start of a sequence in another schema (-got +want):\n%s", d)
	}
	db.run("INSERT INTO other.child (p) VALUES (50)")
	if _, err := db.Exec(ctx, "INSERT INTO other.child (p) VALUES (51)"); err == nil {
		t.Error("the foreign key within the other schema is not enforced")
	}
	drop, err := compile.Element(schema.DropIndex{Index: child.Indexes[0]}, sqlite.Dialect.Rules(dialect.Capabilities{}))
	if err != nil {
		t.Fatal(err)
	}
	db.run(drop...)
}

func TestForeignKeysBetweenSchemasAreRefused(t *testing.T) {
	m := schema.NewMetaData()
	schema.MustTable(m, "parent", schema.InSchema("other"), schema.NewColumn("id", bigint, schema.PrimaryKey()))
	child := schema.MustTable(m, "child", schema.NewColumn("id", bigint, schema.PrimaryKey()), schema.NewColumn("p", bigint, schema.ForeignKey("other.parent.id")))
	if err := m.Resolve(); err != nil {
		t.Fatal(err)
	}
	_, err := compile.Element(schema.CreateTable{Table: child}, sqlite.Dialect.Rules(dialect.Capabilities{}))
	const want = "compile: sqlite does not have foreign keys between schemas; keep both tables in one"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestAffinityLeavesStoredForms stores each kind of value in a column of its
// type and asks for the storage class.
func TestAffinityLeavesStoredForms(t *testing.T) {
	for _, strict := range []string{"false", "true"} {
		m := schema.NewMetaData()
		table := schema.MustTable(m, "t", schema.TableOption("sqlite.strict", strict),
			schema.NewColumn("day", sqltype.Date{}), schema.NewColumn("clock", sqltype.Time{Precision: 6}),
			schema.NewColumn("wall", sqltype.DateTime{Precision: 6}), schema.NewColumn("at", sqltype.DateTime{Precision: 6, Zone: true}),
			schema.NewColumn("id", sqltype.UUID{}), schema.NewColumn("doc", sqltype.JSON{}), schema.NewColumn("code", sqltype.String{Length: 5}),
			schema.NewColumn("price", sqltype.Numeric{Precision: 10, Scale: 2}), schema.NewColumn("f", sqltype.Float{Bits: 64}),
			schema.NewColumn("yes", sqltype.Boolean{}), schema.NewColumn("n", bigint), schema.NewColumn("raw", sqltype.LargeBinary{Length: 3}))
		db := memory(t)
		db.create(table)
		db.run(`INSERT INTO t VALUES ('2026-11-22', '08:00:00.000000', '2026-11-22 08:00:00.000000', '2026-11-22 08:00:00.000000Z',
  '00000000-0000-0000-0000-000000000001', '1.50', '007', 12.5, 1.0, 1, 7, X'3132')`)
		got := ""
		err := db.Query(ctx, `SELECT typeof(day), typeof(clock), typeof(wall), typeof(at), typeof(id), typeof(doc), doc, typeof(code), code,
  typeof(price), typeof(f), typeof(yes), typeof(n), typeof(raw) FROM t`, nil, func(row sqltype.Row) error {
			for i := range 14 {
				got += string(row.Text(i)) + " "
			}
			return row.Err()
		})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(got, "text text text text text text 1.50 text 007 real real integer integer blob "); d != "" {
			t.Errorf("strict %s (-got +want):\n%s", strict, d)
		}
	}
}
