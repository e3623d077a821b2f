package sqlite_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/sqlite"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

func define(db database, name string, start, increment, low, high int64, cycle bool, carrier string) {
	db.t.Helper()
	c := int64(0)
	if cycle {
		c = 1
	}
	db.numbers(sqlite.Dialect.SequenceTable(dialect.Capabilities{}).Define, sqltype.TextValue(name), sqltype.Int64Value(start),
		sqltype.Int64Value(increment), sqltype.Int64Value(low), sqltype.Int64Value(high), sqltype.Int64Value(c), sqltype.TextValue(carrier))
}

func take(db database, n int64, name string) []int64 {
	db.t.Helper()
	step := int64(1)
	for _, step = range db.numbers("SELECT increment FROM alkahest_sequence WHERE name = ?1", sqltype.TextValue(name)) {
	}
	return db.numbers(sqlite.Dialect.SequenceTable(dialect.Capabilities{}).Take, sqltype.Int64Value(n), sqltype.TextValue(name), sqltype.Int64Value(step))
}

func TestSequenceTable(t *testing.T) {
	table := sqlite.Dialect.SequenceTable(dialect.Capabilities{})
	db := memory(t)
	db.run(table.Create, table.Create)
	for _, tc := range []struct {
		name                        string
		start, increment, low, high int64
		cycle                       bool
		takes                       []int64 // how many at a time
		want                        [][]int64
	}{
		{"up", 100, 10, 1, math.MaxInt64, false, []int64{1, 3, 1}, [][]int64{{100}, {110}, {140}}},
		{"down", -1, -2, math.MinInt64, -1, false, []int64{2, 1}, [][]int64{{-1}, {-5}}},
		{"ends", 8, 1, 1, 10, false, []int64{2, 2, 1, 1}, [][]int64{{8}, nil, {10}, nil}},
		{"ends at once", 10, 5, 1, 14, false, []int64{2, 1, 1}, [][]int64{nil, {10}, nil}},
		{"cycles", 9, 1, 5, 10, true, []int64{2, 2, 1, 1, 3}, [][]int64{{9}, nil, {5}, {6}, {7}}},
		{"cycles down", 2, -1, 1, 3, true, []int64{2, 1, 1}, [][]int64{{2}, {3}, {2}}},
		{"last of all", math.MaxInt64 - 1, 1, 1, math.MaxInt64, false, []int64{1, 1, 1}, [][]int64{{math.MaxInt64 - 1}, {math.MaxInt64}, nil}},
		{"whole range", math.MinInt64, 1, math.MinInt64, math.MaxInt64, false, []int64{3, 1}, [][]int64{{math.MinInt64}, {math.MinInt64 + 3}}},
		{"giant step", 1, math.MaxInt64 / 2, 1, math.MaxInt64, false, []int64{2, 1, 1}, [][]int64{{1}, {math.MaxInt64}, nil}},
	} {
		define(db, tc.name, tc.start, tc.increment, tc.low, tc.high, tc.cycle, "")
		var got [][]int64
		for _, n := range tc.takes {
			got = append(got, take(db, n, tc.name))
		}
		if d := cmp.Diff(got, tc.want); d != "" {
			t.Errorf("%s (-got +want):\n%s", tc.name, d)
		}
		if d := cmp.Diff(db.numbers(table.Increment, sqltype.TextValue(tc.name)), []int64{tc.increment}); d != "" {
			t.Errorf("%s: increment (-got +want):\n%s", tc.name, d)
		}
	}
	if got := take(db, 1, "absent"); got != nil {
		t.Errorf("a sequence that is not there gave %v", got)
	}
	define(db, "up", 1, 1, 1, 5, false, "") // it is there, and stays
	if d := cmp.Diff(take(db, 1, "up"), []int64{150}); d != "" {
		t.Errorf("defined again (-got +want):\n%s", d)
	}
	db.numbers(table.Drop, sqltype.TextValue("up"))
	if got := take(db, 1, "up"); got != nil {
		t.Errorf("a dropped sequence gave %v", got)
	}
	define(db, "carried", 1, 1, 1, 5, false, "t.id")
	if got := take(db, 1, "carried"); got != nil {
		t.Errorf("a sequence that a column carries itself gave %v", got)
	}
}

func TestSequenceTableRollsBack(t *testing.T) {
	db := memory(t)
	db.run(sqlite.Dialect.SequenceTable(dialect.Capabilities{}).Create)
	define(db, "s", 1, 1, 1, 100, false, "")
	db.run("BEGIN")
	take(db, 5, "s")
	db.run("ROLLBACK")
	if d := cmp.Diff(take(db, 1, "s"), []int64{1}); d != "" {
		t.Errorf("(-got +want):\n%s", d)
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

func TestNativeGeneratorsStartWhereToldAndNeverGoBack(t *testing.T) {
	for name, tc := range map[string]struct {
		opts []schema.Option
		want []int64
	}{
		"plain, whose last id comes again": {nil, []int64{1, 2, 2}},
		"identity":                         {[]schema.Option{schema.NewIdentity()}, []int64{1, 2, 3}},
		"identity with start":              {[]schema.Option{schema.NewIdentity(schema.Start(42))}, []int64{42, 43, 44}},
		"sequence":                         {[]schema.Option{schema.NewSequence("s", schema.Start(100), schema.Increment(1))}, []int64{100, 101, 102}},
	} {
		db := memory(t)
		table := keyTable(t, tc.opts...)
		db.create(table)
		insert := "INSERT INTO t (n) VALUES (1) RETURNING id"
		got := append(db.numbers(insert), db.numbers(insert)...)
		db.numbers("DELETE FROM t WHERE id = ?", sqltype.Int64Value(got[1]))
		got = append(got, db.numbers(insert)...)
		if d := cmp.Diff(got, tc.want); d != "" {
			t.Errorf("%s (-got +want):\n%s", name, d)
		}
		if s := sqlite.Dialect.SequenceFor(dialect.Capabilities{}, table.Column("id")); s != nil {
			t.Errorf("%s: the sequence %s fills it", name, s.Name)
		}
	}
}

func TestSequenceFor(t *testing.T) {
	for name, tc := range map[string]struct {
		option schema.Option
		want   string
	}{
		"step":             {schema.NewSequence("s", schema.Increment(2)), "s"},
		"start at 0":       {schema.NewSequence("s", schema.Start(0), schema.Min(0)), "s"},
		"end":              {schema.NewSequence("s", schema.Max(1000)), "s"},
		"cycle":            {schema.NewSequence("s", schema.Cycle(true)), "s"},
		"no cycle":         {schema.NewSequence("s", schema.Cycle(false)), ""},
		"identity":         {schema.NewIdentity(schema.Start(5)), ""},
		"identity, step":   {schema.NewIdentity(schema.Increment(5)), "t_id_seq"},
		"identity, down":   {schema.NewIdentity(schema.Increment(-1)), "t_id_seq"},
		"nothing declared": {schema.NotNull(), ""},
	} {
		got := ""
		if s := sqlite.Dialect.SequenceFor(dialect.Capabilities{}, keyTable(t, tc.option).Column("id")); s != nil {
			got = s.Name
		}
		if got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}

func TestKeyThatNothingGeneratesIsNotFilled(t *testing.T) {
	for _, bits := range []int{16, 32, 64} {
		table, err := schema.NewTable(schema.NewMetaData(), "t",
			schema.NewColumn("id", sqltype.Integer{Bits: bits}, schema.PrimaryKey(), schema.Autoincrements(schema.AutoincrementNo)), schema.NewColumn("n", bigint))
		if err != nil {
			t.Fatal(err)
		}
		db := memory(t)
		db.create(table)
		if _, err := db.Exec(ctx, "INSERT INTO t (n) VALUES (1)"); err == nil {
			t.Errorf("%d bits: a row without its key was inserted", bits)
		}
	}
}

func TestWhatBecomesOfRows(t *testing.T) {
	db := memory(t)
	db.run(
		"CREATE TABLE plain (id INTEGER PRIMARY KEY)", "CREATE TABLE keyed (id INTEGER PRIMARY KEY) WITHOUT ROWID",
		"CREATE TABLE wide (id BIGINT PRIMARY KEY)", "CREATE TABLE falling (id INTEGER PRIMARY KEY DESC)",
		"CREATE TABLE pair (id INTEGER, n INTEGER, PRIMARY KEY (id, n))", "CREATE TABLE bare (id INTEGER)",
		"CREATE VIEW seen AS SELECT id FROM plain", "CREATE TRIGGER seen_insert INSTEAD OF INSERT ON seen BEGIN INSERT INTO plain VALUES (NEW.id); END",
		"CREATE TABLE before (id INTEGER PRIMARY KEY)", "CREATE TRIGGER b BEFORE INSERT ON before BEGIN INSERT INTO plain (id) VALUES (NULL); END",
		"CREATE TABLE after (id INTEGER PRIMARY KEY)", "CREATE TRIGGER a AFTER /* each */ Insert ON after BEGIN UPDATE after SET id = -id; END",
		"CREATE TABLE updated (id INTEGER PRIMARY KEY)", "CREATE TRIGGER u AFTER UPDATE ON updated BEGIN DELETE FROM plain; END",
		"CREATE TABLE hidden (id INTEGER PRIMARY KEY)", "CREATE TEMP TRIGGER h AFTER INSERT ON hidden BEGIN UPDATE hidden SET id = -id; END",
		"ATTACH ':memory:' AS [an other]", "CREATE VIEW [an other].plain AS SELECT 1 AS id", "CREATE TABLE [an other].own (id INTEGER PRIMARY KEY)",
		"CREATE TABLE [an other].after (id INTEGER PRIMARY KEY)", "CREATE TRIGGER [an other].o AFTER INSERT ON after BEGIN SELECT 1; END",
		"CREATE TABLE \"it's\" (key INTEGER PRIMARY KEY)",
	)
	for _, tc := range []struct{ schema, table, want string }{
		{"", "plain", "id 0"},
		{"", "PLAIN", "id 0"},
		{"main", "plain", "id 0"},
		{"", "keyed", "- 0"},
		{"", "wide", "- 0"},
		{"", "falling", "- 0"},
		{"", "pair", "- 0"},
		{"", "bare", "- 0"},
		{"", "seen", "- 0"},
		{"", "missing", "- 0"},
		{"", "before", "id 2"},
		{"", "after", "id 1"},
		{"", "AFTER", "id 1"},
		{"", "updated", "id 0"},
		{"", "hidden", "id 1"},
		{"an other", "plain", "- 0"},
		{"an other", "own", "id 0"},
		{"an other", "after", "id 1"},
		{"", "it's", "key 0"},
	} {
		table := schema.MustTable(schema.NewMetaData(), tc.table, schema.InSchema(tc.schema), schema.NewColumn("id", bigint))
		query, err := sqlite.Dialect.RowIDCheck(table)
		if err != nil {
			t.Fatal(err)
		}
		var got string
		err = db.Query(ctx, query, nil, func(row sqltype.Row) error {
			name := "-"
			if !row.IsNull(0) {
				name = string(row.Text(0))
			}
			got += fmt.Sprintf("%s %d", name, row.Int64(1))
			return row.Err()
		})
		if err != nil || got != tc.want {
			t.Errorf("%s.%s: got %q, %v, want %q", tc.schema, tc.table, got, err, tc.want)
		}
	}
}
