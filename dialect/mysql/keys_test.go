package mysql_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/mysql"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

func define(db database, name string, start, increment, low, high, cycle int64, carrier string) {
	db.t.Helper()
	_, err := db.execute(mysql.Dialect.SequenceTable(oracle).Define, sqltype.TextValue(name), sqltype.Int64Value(start),
		sqltype.Int64Value(increment), sqltype.Int64Value(low), sqltype.Int64Value(high), sqltype.Int64Value(cycle), sqltype.TextValue(carrier))
	if err != nil {
		db.t.Fatal(err)
	}
}

// take returns the first value, or nil where the sequence has fewer left.
func take(db database, n int64, name string) any {
	db.t.Helper()
	step := int64(1)
	for _, step = range db.numbers("SELECT increment FROM alkahest_sequence WHERE name = ?", sqltype.TextValue(name)) {
	}
	result, err := db.execute(mysql.Dialect.SequenceTable(oracle).Take, sqltype.Int64Value(n), sqltype.TextValue(name), sqltype.Int64Value(step))
	if err != nil {
		db.t.Fatal(err)
	}
	if result.RowsAffected != 1 {
		return nil
	}
	return int64(result.LastInsertID)
}

func TestSequenceTable(t *testing.T) {
	table := mysql.Dialect.SequenceTable(oracle)
	db := open(t)
	db.run(table.Create, table.Create)
	for _, tc := range []struct {
		name                        string
		start, increment, low, high int64
		cycle                       int64
		takes                       []int64 // how many at a time
		want                        []any
	}{
		{"up", 100, 10, 1, math.MaxInt64, 0, []int64{1, 3, 1}, []any{int64(100), int64(110), int64(140)}},
		{"down", -1, -2, math.MinInt64, -1, 0, []int64{2, 1}, []any{int64(-1), int64(-5)}},
		{"from zero", 0, 1, 0, 10, 0, []int64{1, 1}, []any{int64(0), int64(1)}},
		{"ends", 8, 1, 1, 10, 0, []int64{2, 2, 1, 1}, []any{int64(8), nil, int64(10), nil}},
		{"cycles", 9, 1, 5, 10, 1, []int64{2, 2, 1, 1, 3}, []any{int64(9), nil, int64(5), int64(6), int64(7)}},
		{"cycles down", 2, -1, 1, 3, 1, []int64{2, 1, 1}, []any{int64(2), int64(3), int64(2)}},
		{"last of all", math.MaxInt64 - 1, 1, 1, math.MaxInt64, 0, []int64{1, 1, 1}, []any{int64(math.MaxInt64 - 1), int64(math.MaxInt64), nil}},
		{"whole range", math.MinInt64, 1, math.MinInt64, math.MaxInt64, 0, []int64{3, 1}, []any{int64(math.MinInt64), int64(math.MinInt64 + 3)}},
		{"giant step", 1, math.MaxInt64 / 2, 1, math.MaxInt64, 0, []int64{2, 1, 1}, []any{int64(1), int64(math.MaxInt64), nil}},
	} {
		define(db, tc.name, tc.start, tc.increment, tc.low, tc.high, tc.cycle, "")
		var got []any
		for _, n := range tc.takes {
			got = append(got, take(db, n, tc.name))
		}
		if d := cmp.Diff(got, tc.want); d != "" {
			t.Errorf("%s (-got +want):\n%s", tc.name, d)
		}
	}
	define(db, "up", 1, 1, 1, 5, 0, "") // it is there, and stays
	if d := cmp.Diff(take(db, 1, "up"), any(int64(150))); d != "" {
		t.Errorf("defined again (-got +want):\n%s", d)
	}
	if d := cmp.Diff(db.numbers(table.Increment, sqltype.TextValue("up")), []int64{10}); d != "" {
		t.Errorf("increment (-got +want):\n%s", d)
	}
	if _, err := db.execute(table.Drop, sqltype.TextValue("up")); err != nil {
		t.Fatal(err)
	}
	if got := take(db, 1, "up"); got != nil {
		t.Errorf("a dropped sequence gave %v", got)
	}
	define(db, "carried", 1, 1, 1, 5, 0, "t.id")
	if got := take(db, 1, "carried"); got != nil {
		t.Errorf("a sequence that a column carries itself gave %v", got)
	}
}

func keyTable(t *testing.T, opts ...schema.Option) *schema.Table {
	t.Helper()
	table, err := schema.NewTable(schema.NewMetaData(), "t", schema.NewColumn("id", bigint, append([]schema.Option{schema.PrimaryKey()}, opts...)...), schema.NewColumn("n", bigint))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestGeneratorsStartWhereTold(t *testing.T) {
	for name, tc := range map[string]struct {
		opts []schema.Option
		want []int64
	}{
		"plain":              {nil, []int64{1, 2}},
		"identity":           {[]schema.Option{schema.NewIdentity(schema.Start(42))}, []int64{42, 43}},
		"identity with step": {[]schema.Option{schema.NewIdentity(schema.Start(42), schema.Increment(-3), schema.Max(42))}, []int64{42, 39}},
		"sequence":           {[]schema.Option{schema.NewSequence("s", schema.Start(100), schema.Increment(10))}, []int64{100, 110}},
		"descending":         {[]schema.Option{schema.NewSequence("s", schema.Increment(-1), schema.NoMin(), schema.NoMax())}, []int64{-1, -2}},
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t)
			table := keyTable(t, tc.opts...)
			insert := "INSERT INTO t (n) VALUES (1), (2) RETURNING id"
			if s := mysql.Dialect.SequenceFor(maria, table.Column("id")); s != nil {
				db.ddl(maria, schema.CreateSequence{Sequence: s, Column: table.Column("id")})
				insert = "INSERT INTO t (n, id) VALUES (1, nextval(" + s.Name + ")), (2, nextval(" + s.Name + ")) RETURNING id"
			}
			db.ddl(maria, schema.CreateTable{Table: table})
			if d := cmp.Diff(db.numbers(insert), tc.want); d != "" {
				t.Errorf("(-got +want):\n%s", d)
			}
		})
	}
}

// TestMySQLTables makes the tables that MySQL would be given; its keys are the
// server's own wherever that can be.
func TestMySQLTables(t *testing.T) {
	db := open(t)
	db.ddl(oracle, schema.CreateTable{Table: keyTable(t, schema.NewSequence("s", schema.Start(100)))})
	if d := cmp.Diff(db.numbers("INSERT INTO t (n) VALUES (1), (2) RETURNING id"), []int64{100, 101}); d != "" {
		t.Errorf("(-got +want):\n%s", d)
	}
}

func TestSequenceFor(t *testing.T) {
	for name, tc := range map[string]struct {
		option                 schema.Option
		wantMySQL, wantMariaDB string
	}{
		"sequence":         {schema.NewSequence("s", schema.Start(5)), "", "s"},
		"step":             {schema.NewSequence("s", schema.Increment(2)), "s", "s"},
		"identity":         {schema.NewIdentity(schema.Start(5)), "", ""},
		"identity, step":   {schema.NewIdentity(schema.Increment(5)), "t_id_seq", "t_id_seq"},
		"nothing declared": {schema.NotNull(), "", ""},
	} {
		for _, side := range []struct {
			c    dialect.Capabilities
			want string
		}{{oracle, tc.wantMySQL}, {maria, tc.wantMariaDB}} {
			got := ""
			if s := mysql.Dialect.SequenceFor(side.c, keyTable(t, tc.option).Column("id")); s != nil {
				got = s.Name
			}
			if got != side.want {
				t.Errorf("%s on %s: got %q, want %q", name, side.c.Product, got, side.want)
			}
		}
	}
}

func TestTargetsThatMayChangeInserts(t *testing.T) {
	db := open(t)
	db.run("CREATE TABLE plain (id INT)", "CREATE TABLE before_row (id INT)", "CREATE TRIGGER a BEFORE INSERT ON before_row FOR EACH ROW SET NEW.id = 1",
		"CREATE TABLE after_row (id INT)", "CREATE TRIGGER b AFTER INSERT ON after_row FOR EACH ROW INSERT INTO plain VALUES (1)",
		"CREATE VIEW seen AS SELECT * FROM plain", "CREATE TABLE counted (a INT, id INT AUTO_INCREMENT, PRIMARY KEY (a, id)) ENGINE = MyISAM", "CREATE TABLE `"+own+"_2`.elsewhere (id INT)")
	c, err := mysql.Dialect.Probe(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		schema, table string
		want          int64
	}{
		{"", "plain", 0}, {own, "plain", 0}, {"", "before_row", 1}, {"", "after_row", 2}, {"", "seen", 1}, {"", "counted", 1}, {own + "_2", "elsewhere", 0}, {"", "absent", 1},
	} {
		got := db.numbers(c.InsertTriggers, sqltype.TextValue(tc.schema), sqltype.TextValue(tc.table))
		if d := cmp.Diff(got, []int64{tc.want}); d != "" {
			t.Errorf("%s.%s (-got +want):\n%s", tc.schema, tc.table, d)
		}
	}
}
