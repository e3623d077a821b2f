package dialecttest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// sequenceRun is a way to declare generated columns, into which rows are
// inserted one by one, three together, and many together.
type sequenceRun struct {
	name, doc string
	declare   func(m *schema.MetaData) (*schema.Table, error)
	// back are the columns that come back, want what row i has in each. Where
	// rows is told, so many are all that there are.
	back []string
	want func(i int) []int64
	rows int
}

func sequenceRuns() []test {
	var tests []test
	for _, r := range slices.Concat(limitedRuns(), columnRuns(), defaultRuns()) {
		_, both, _ := strings.Cut(r.name, ": ")
		tests = append(tests, test{
			name: r.name, loop: both, doc: r.doc,
			needs: []need{takes(r.name, func(m *schema.MetaData) *schema.Table {
				t, err := r.declare(m)
				if err != nil {
					panic(err)
				}
				return t
			})},
			run: func(c *T) { c.runSequence(&r) },
		})
	}
	return append(tests, nextValueTests()...)
}

// generated declares a table whose column is filled by a Sequence, and another by
// an Identity.
func generated(name, doc string, t sqltype.Type, want func(i int) []int64, rows int, opts ...schema.GeneratorOption) []sequenceRun {
	all := schema.GeneratorOptions(opts...)
	return []sequenceRun{
		{
			name: "sequence: " + name, doc: doc, back: idBack, want: want, rows: rows,
			declare: once(func() []schema.TableItem { return []schema.TableItem{pk(t, schema.NewSequence("dt_s", all))} }),
		},
		{
			name: "identity: " + name, doc: doc, back: idBack, want: want, rows: rows,
			declare: once(func() []schema.TableItem { return []schema.TableItem{pk(t, schema.NewIdentity(all))} }),
		},
	}
}

// upBy are values from start on.
func upBy(start, step int64) func(i int) []int64 {
	return func(i int) []int64 { return []int64{start + int64(i)*step} }
}

func limitedRuns() []sequenceRun {
	down := func(i int) []int64 { return []int64{-1 - int64(i)} }
	return slices.Concat(
		generated("min and max", "After the largest value the generator is exhausted.", bigInt, upBy(5, 2), 5, schema.Start(5), schema.Increment(2), schema.Min(3), schema.Max(14)),
		generated("min and max downwards", "After the smallest value the generator is exhausted.", bigInt, down, 6, schema.Increment(-1), schema.Min(-6), schema.Max(-1)),
		generated("no min and no max", "The type of the column is the limit.", integer, upBy(1, 1), 0, schema.NoMin(), schema.NoMax()),
		generated("no min and no max downwards", "The type of the column is the limit.", integer, down, 0, schema.Increment(-1), schema.NoMin(), schema.NoMax()),
		generated("the end of the type", "A generator ends where the type of its column does.", small, upBy(32763, 1), 5, schema.Start(32763)),
		generated("a cache", "Values that are taken ahead come in their order.", bigInt, upBy(1, 1), 0, schema.Cache(10)),
		generated("in order", "Values come in the order of requests.", bigInt, upBy(1, 1), 0, schema.InOrder(true)),
		generated("no cycle", "Saying that there is no cycle changes nothing.", bigInt, upBy(1, 1), 0, schema.Cycle(false)),
	)
}

// columnRuns fill a column that is not the key.
func columnRuns() []sequenceRun {
	both := func(start, step int64) func(i int) []int64 {
		return func(i int) []int64 { return []int64{int64(i + 1), start + int64(i)*step} }
	}
	round := func(i int) []int64 { return []int64{int64(i + 1), 1 + int64(i)%4} }
	cycle := schema.GeneratorOptions(schema.Min(1), schema.Max(4), schema.Cycle(true))
	beside := func(t sqltype.Type, opt func() schema.Option) func(m *schema.MetaData) (*schema.Table, error) {
		return once(func() []schema.TableItem { return []schema.TableItem{pk(bigInt), column("n", t, opt())} })
	}
	two := []string{"id", "n"}
	return []sequenceRun{
		{
			name: "sequence of another column", doc: "The value of a column beside the key comes back with it.", back: two, want: both(100, 5),
			declare: beside(integer, func() schema.Option { return schema.NewSequence("dt_s", schema.Start(100), schema.Increment(5)) }),
		},
		{
			name: "identity of another column", doc: "The value of a column beside the key comes back with it.", back: []string{"n"}, want: upBy(7, 3),
			declare: once(func() []schema.TableItem {
				return []schema.TableItem{
					pk(sqltype.String{Length: 20}, schema.DefaultFunc(nextWord())), column("n", integer, schema.NewIdentity(schema.Start(7), schema.Increment(3))),
				}
			}),
		},
		{
			name: "sequence of a type", doc: "A sequence has the type that was told.", back: two, want: both(1, 1),
			declare: beside(bigInt, func() schema.Option { return schema.NewSequence("dt_s", schema.OfType(integer)) }),
		},
		{
			name: "the end of a sequence's type", doc: "A sequence ends where its own type does.", back: two, want: both(32765, 1), rows: 3,
			declare: beside(bigInt, func() schema.Option { return schema.NewSequence("dt_s", schema.OfType(small), schema.Start(32765)) }),
		},
		{
			name: "sequence that cycles", doc: "After the largest value comes the smallest.", back: two, want: round,
			declare: beside(integer, func() schema.Option { return schema.NewSequence("dt_s", cycle) }),
		},
		{
			name: "sequence that is owned", doc: "A sequence is dropped with the column that owns it.", back: two, want: both(1, 1),
			declare: beside(bigInt, func() schema.Option { return schema.NewSequence("dt_s", schema.OwnedBy("t.n")) }),
		},
	}
}

// nextWord makes the values of keys that are texts.
func nextWord() func() string {
	n := 0
	return func() string { n++; return number("k", n) }
}

// defaultRuns draw from a sequence in a default.
func defaultRuns() []sequenceRun {
	return []sequenceRun{
		{
			name: "sequence as the server's default of a key", doc: "The DEFAULT draws the key, and it comes back.", back: idBack, want: upBy(50, 2),
			declare: once(func() []schema.TableItem {
				s := schema.NewSequence("dt_s", schema.Start(50), schema.Increment(2))
				return []schema.TableItem{pk(bigInt, schema.ServerDefault(s.Next()))}
			}),
		},
		{
			name: "sequence as the server's default", doc: "The DEFAULT draws a value beside the key, and it comes back.", back: []string{"id", "n"},
			want: func(i int) []int64 { return []int64{int64(i + 1), 50 + 2*int64(i)} },
			declare: once(func() []schema.TableItem {
				s := schema.NewSequence("dt_s", schema.Start(50), schema.Increment(2))
				return []schema.TableItem{pk(bigInt), column("n", integer, schema.ServerDefault(s.Next()))}
			}),
		},
	}
}

// runSequence inserts 1, 3 and 130 rows, or as many as there are and one more,
// and reads them back on another connection.
func (c *T) runSequence(r *sequenceRun) {
	k := &KeyConfiguration{Name: r.name, Back: r.back}
	m := schema.NewMetaData()
	t, err := r.declare(m)
	if err != nil {
		c.Fatal(err)
	}
	c.create(m)
	held := c.hold()
	steps := []int{1, 3, 130}
	if r.rows > 0 {
		steps = []int{1, r.rows - 1}
	}
	var got, want []string
	first := 0
	for _, n := range steps {
		rows := c.newKeyRows(k, t, first, n)
		if err := rows.insert(c.Context(), held); err != nil {
			c.Fatal(err)
		}
		for i, ids := range rows.got {
			got = append(got, lineOf(first+i, ids))
			want = append(want, lineOf(first+i, r.want(first+i)))
		}
		first += n
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		c.Errorf("got %v, want %v", got, want)
	}
	if r.rows > 0 {
		err := c.newKeyRows(k, t, first, 1).insert(c.Context(), held)
		if !errors.Is(err, sqlerr.ErrIDExhausted) {
			c.Errorf("a row after the last value: got %v, want ErrIDExhausted", err)
		}
	}
	c.wantStored(t, r.back, got)
}

func (c *T) newKeyRows(k *KeyConfiguration, t *schema.Table, first, n int) *keyRows {
	c.Helper()
	rows, err := newKeyRows(k, t, first, n)
	if err != nil {
		c.Fatal(err)
	}
	return rows
}

// wantStored compares what came back with the rows, by their natural key.
func (c *T) wantStored(t *schema.Table, back, got []string) {
	c.Helper()
	columns := []expr.Expression{t.C("x")}
	for _, name := range back {
		columns = append(columns, t.C(name))
	}
	stored := c.rows(c.engine, expr.NewSelect(columns...).From(t))
	told := slices.Sorted(slices.Values(got))
	slices.Sort(stored)
	if !slices.Equal(stored, told) {
		c.Errorf("the rows are %v, and told was %v", stored, told)
	}
}

// lineOf is row i as T.rows reads it.
func lineOf(i int, values []int64) string {
	line := keyOfRow(i)
	for _, v := range values {
		line += fmt.Sprintf("|%d", v)
	}
	return line
}

// alone creates a sequence that no column has, beside a table.
func (c *T) alone(opts ...schema.SequenceOption) (*schema.Sequence, *schema.Table) {
	c.Helper()
	m := schema.NewMetaData()
	s := schema.NewSequence("dt_next", opts...)
	if err := m.AddSequence(s); err != nil {
		c.Fatal(err)
	}
	t := schema.MustTable(m, "dt_nexts", plainID(), column("n", bigInt))
	c.create(m)
	return s, t
}

func nextValueTests() []test {
	return []test{
		{name: "next values of an INSERT", doc: "The next value of a sequence is a value of a row, wherever the sequence is kept.", run: nextInInsert},
		{name: "next values of an UPDATE", doc: "An UPDATE gives each row a value of its own.", needs: []need{nativeSequences}, run: nextInUpdate},
		{
			name: "next value where there are no sequences", doc: "A SELECT or an UPDATE can't draw from a sequence table, and says what can.",
			needs: []need{{"a database without sequences", func(c *T) bool { return !c.caps.Sequences }}}, run: nextElsewhere,
		},
		{
			name: "next value of a column's own generator", doc: "A sequence that the column's own generator carries gives no value to others, and says what to do.",
			needs: []need{{"a database without sequences", func(c *T) bool { return !c.caps.Sequences }}}, run: nextOfCarried,
		},
		{name: "next value as the client's default", doc: "A default of the client's draws from a sequence, and the value comes back.", run: nextAsDefault},
		{name: "identity on null", doc: "An identity that replaces NULL does so.", needs: []need{takes("OnNull", replacing)}, run: func(c *T) {
			m := schema.NewMetaData()
			t := replacing(m)
			c.create(m)
			for range 2 {
				c.exec(c.engine, expr.NewInsert(t).Values(expr.Assignment{Target: t.C("id"), Value: expr.NULL}))
			}
			c.wantRows(c.engine, expr.NewSelect(t.C("id")).OrderBy(expr.Order{X: t.C("id")}), "40", "41")
		}},
		{name: "owner and sequence go together", doc: "A sequence that a column owns is gone with its table.", needs: []need{
			takes("OwnedBy", func(m *schema.MetaData) *schema.Table { return owned(m) }), nativeSequences,
		}, run: ownedGoes},
	}
}

func replacing(m *schema.MetaData) *schema.Table {
	return schema.MustTable(m, "dt_null", column("id", bigInt, schema.PrimaryKey(), schema.NewIdentity(schema.OnNull(), schema.Start(40))), column("n", bigInt))
}

func nextInInsert(c *T) {
	s, t := c.alone(schema.Start(7), schema.Increment(3))
	next := func(id int64) []expr.Expression { return []expr.Expression{bindOf(bigInt, id), s.Next()} }
	columns := []expr.Expression{t.C("id"), t.C("n")}
	c.exec(c.engine, expr.NewInsert(t).Rows(columns, next(1)))
	c.exec(c.engine, expr.NewInsert(t).Rows(columns, next(2), []expr.Expression{bindOf(bigInt, int64(3)), bindOf(bigInt, int64(1000))}, next(4)))
	c.wantRows(c.engine, expr.NewSelect(t.C("id"), t.C("n")).OrderBy(expr.Order{X: t.C("id")}), "1|7", "2|10", "3|1000", "4|13")
	c.exec(c.engine, expr.NewInsert(t).Values(expr.Assignment{Target: t.C("id"), Value: s.Next()}, expr.Assignment{Target: t.C("n"), Value: expr.NULL}))
	c.wantRows(c.engine, expr.NewSelect(t.C("id")).Where(num(t, "n").IsNull()), "16")
}

func nextInUpdate(c *T) {
	s, t := c.alone(schema.Start(100))
	for id := range int64(3) {
		c.exec(c.engine, expr.NewInsert(t).Values(set(t, "id", id), set(t, "n", int64(0))))
	}
	c.exec(c.engine, expr.NewUpdate(t).Set(expr.Assignment{Target: t.C("n"), Value: s.Next()}).Where(expr.All()))
	c.wantRows(c.engine, expr.NewSelect(t.C("n")).OrderBy(expr.Order{X: t.C("n")}), "100", "101", "102")
}

func nextElsewhere(c *T) {
	s, t := c.alone()
	c.wantUnsent("insert it as a value", expr.NewSelect(s.Next()))
	c.wantUnsent("insert it as a value", expr.NewUpdate(t).Set(expr.Assignment{Target: t.C("n"), Value: s.Next()}).Where(expr.All()))
	c.wantUnsent("insert it as a value", expr.NewInsert(t).Values(set(t, "id", int64(1)), expr.Assignment{Target: t.C("n"), Value: s.Next().Add(1)}))
}

func nextOfCarried(c *T) {
	m := schema.NewMetaData()
	s := schema.NewSequence("dt_carried", schema.Start(5))
	t := schema.MustTable(m, "dt_carrying", column("id", bigInt, schema.PrimaryKey(), s), column("n", bigInt))
	c.create(m)
	_, err := c.engine.Exec(c.Context(), expr.NewInsert(t).Values(expr.Assignment{Target: t.C("n"), Value: s.Next()}))
	if err == nil || !strings.Contains(err.Error(), "dt_carried") || !strings.Contains(err.Error(), "AddSequence") {
		c.Errorf("got %v, want an error that names the sequence, and AddSequence", err)
	}
	c.wantCount(c.engine, t, 0)
}

func nextAsDefault(c *T) {
	m := schema.NewMetaData()
	s := schema.NewSequence("dt_client", schema.Start(10), schema.Increment(10))
	t := schema.MustTable(m, "dt_clients", column("id", bigInt, schema.PrimaryKey(), schema.DefaultExpr(s.Next())), column("name", text))
	c.create(m)
	want := int64(10)
	for _, n := range []int{1, 3, 130} {
		b := newBatch(t, n, "name")
		b.Columns, b.Exprs = append(b.Columns, t.Column("id")), append(b.Exprs, t.Column("id").Default.Expr)
		c.insertBatch(b)
		for i, id := range b.ids {
			if id != want {
				c.Fatalf("row %d of %d: got id %d, want %d", i, n, id, want)
			}
			c.wantRows(c.engine, expr.NewSelect(t.C("name")).Where(num(t, "id").Eq(id)), number("n", i))
			want += 10
		}
	}
}

func owned(m *schema.MetaData) *schema.Table {
	return schema.MustTable(m, "dt_owner", column("id", bigInt, schema.PrimaryKey()), column("n", bigInt, schema.NewSequence("dt_owned", schema.OwnedBy("dt_owner.n"))))
}

func ownedGoes(c *T) {
	m := schema.NewMetaData()
	t := owned(m)
	if err := c.engine.CreateAll(c.Context(), m); err != nil {
		c.Fatal(err)
	}
	next := expr.NewSelect(t.Column("n").Sequence.Next())
	c.wantRows(c.engine, next, "1")
	c.exec(c.engine, statement("DROP TABLE dt_owner"))
	if _, err := engine.Scalar[int64](c.Context(), c.engine, next); err == nil {
		c.Error("the sequence is there after its table is gone")
	}
	for range 2 {
		if err := c.engine.CreateAll(c.Context(), m); err != nil {
			c.Fatal(err)
		}
		c.wantRows(c.engine, next, "1")
		c.drop(m)
	}
}
