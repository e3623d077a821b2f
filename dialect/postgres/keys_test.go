package postgres_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/postgres"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

func keyTable(t *testing.T, name string, opts ...schema.Option) *schema.Table {
	t.Helper()
	table, err := schema.NewTable(schema.NewMetaData(), name, schema.NewColumn(`the "id'`, bigint, append([]schema.Option{schema.PrimaryKey()}, opts...)...), schema.NewColumn("n", bigint))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestReservedKeysAreTheNextOnes(t *testing.T) {
	for name, tc := range map[string]struct {
		opts []schema.Option
		want []int64 // of each run the first value and how many there are
		step int64
		next int64
	}{
		"plain":    {nil, []int64{1, 3}, 1, 4},
		"identity": {[]schema.Option{schema.NewIdentity(schema.Start(10), schema.Increment(5))}, []int64{10, 1, 15, 1, 20, 1}, 1, 25},
		"sequence": {[]schema.Option{schema.NewSequence(`it's "s`, schema.Start(100), schema.Increment(-1), schema.Max(100))}, []int64{100, 3}, -1, 97},
		"widest": {
			[]schema.Option{schema.NewSequence("wide", schema.Min(math.MinInt64), schema.Start(math.MinInt64), schema.Increment(math.MaxInt64))},
			[]int64{math.MinInt64, 1, -1, 1, math.MaxInt64 - 1, 1},
			1, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachServer(t, func(t *testing.T, db database) {
				table := keyTable(t, `a'b "c`, tc.opts...)
				col := table.Columns()[0]
				if s := postgres.Dialect.SequenceFor(dialect.Capabilities{}, col); s != nil {
					db.ddl(schema.CreateSequence{Sequence: s, Column: col})
				}
				db.ddl(schema.CreateTable{Table: table})
				keys := postgres.Dialect.BulkKeys(dialect.Capabilities{}, table, col)
				if keys == nil {
					t.Fatal("no keys can be reserved")
				}
				if d := cmp.Diff(db.pairs(keys.Reserve, sqltype.Int64Value(3)), tc.want); d != "" || keys.Step != tc.step {
					t.Errorf("reserved by %d, want %d (-got +want):\n%s", keys.Step, tc.step, d)
				}
				if tc.next == 0 {
					return
				}
				got := db.numbers(`INSERT INTO "a'b ""c" (n) VALUES (1) RETURNING "the ""id'"`)
				if d := cmp.Diff(got, []int64{tc.next}); d != "" {
					t.Errorf("next (-got +want):\n%s", d)
				}
			})
		})
	}
}

func TestKeysThatCannotBeReserved(t *testing.T) {
	always := keyTable(t, "t", schema.AlwaysIdentity())
	if k := postgres.Dialect.BulkKeys(dialect.Capabilities{}, always, always.Columns()[0]); k != nil {
		t.Error("values are reserved for a column that takes none")
	}
	plain := keyTable(t, "t")
	if k := postgres.Dialect.BulkKeys(dialect.Capabilities{}, plain, plain.Column("n")); k != nil {
		t.Error("values are reserved for a column without generator")
	}
}

func TestTargetsThatMayChangeInserts(t *testing.T) {
	eachServer(t, func(t *testing.T, db database) {
		db.run("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
			"CREATE TABLE plain (id int)",
			"CREATE TABLE before_row (id int)", "CREATE TRIGGER x BEFORE INSERT ON before_row FOR EACH ROW EXECUTE FUNCTION f()",
			"CREATE TABLE before_update (id int)", "CREATE TRIGGER x BEFORE UPDATE ON before_update FOR EACH ROW EXECUTE FUNCTION f()",
			"CREATE TABLE after_row (id int)", "CREATE TRIGGER x AFTER INSERT ON after_row FOR EACH ROW EXECUTE FUNCTION f()",
			"CREATE TABLE before_statement (id int)", "CREATE TRIGGER x BEFORE INSERT ON before_statement FOR EACH STATEMENT EXECUTE FUNCTION f()",
			"CREATE TABLE ruled (id int)", "CREATE RULE r AS ON INSERT TO ruled DO ALSO NOTIFY x",
			"CREATE TABLE secured (id int)", "ALTER TABLE secured ENABLE ROW LEVEL SECURITY",
			"CREATE TABLE parts (id int) PARTITION BY RANGE (id)",
			"CREATE VIEW seen AS SELECT * FROM plain",
			`CREATE TABLE "Quo""ted" (id int)`,
			`CREATE TABLE "`+own+`_2".elsewhere (id int)`)
		c, err := postgres.Dialect.Probe(ctx, db)
		if err != nil {
			t.Fatal(err)
		}
		for _, tc := range []struct {
			schema, table string
			want          bool
		}{
			{"", "plain", false},
			{"", "before_row", true},
			{"", "before_update", false},
			{"", "after_row", false},
			{"", "before_statement", false},
			{"", "ruled", true},
			{"", "secured", true},
			{"", "parts", true},
			{"", "seen", true},
			{"", `Quo"ted`, false},
			{own, "plain", false},
			{own + "_2", "elsewhere", false},
			{"", "elsewhere", true},
			{"", "absent", true},
		} {
			var got []bool
			err := db.Query(ctx, c.InsertTriggers, []sqltype.Value{sqltype.TextValue(tc.schema), sqltype.TextValue(tc.table)}, func(row sqltype.Row) error {
				got = append(got, row.Bool(0))
				return row.Err()
			})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(got, []bool{tc.want}); d != "" {
				t.Errorf("%s.%s (-got +want):\n%s", tc.schema, tc.table, d)
			}
		}
	})
}

func TestAlwaysIdentityRefusesExplicitValues(t *testing.T) {
	eachServer(t, func(t *testing.T, db database) {
		db.ddl(schema.CreateTable{Table: keyTable(t, "t", schema.AlwaysIdentity(schema.Start(42), schema.Increment(3)))})
		if _, err := db.Exec(ctx, `INSERT INTO t VALUES (1, 1)`); err == nil {
			t.Error("an explicit value was taken")
		}
		got := db.numbers(`INSERT INTO t (n) VALUES (1), (2) RETURNING "the ""id'"`)
		if d := cmp.Diff(got, []int64{42, 45}); d != "" {
			t.Errorf("(-got +want):\n%s", d)
		}
	})
}
