package dialecttest

import (
	"fmt"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

var upserts = need{"a clause for rows that violate a unique key", func(c *T) bool { return c.rules.Conflict.Clause != nil }}

// upsertTests try what becomes of rows whose unique key is taken.
func upsertTests() []test {
	var tests []test
	for _, n := range []int{1, 2, 40, 300} {
		tests = append(
			tests,
			test{
				name: fmt.Sprintf("do nothing, %d rows", n), loop: "do nothing", doc: "Rows that are skipped are told no id, and the others their own.", needs: []need{upserts},
				run: func(c *T) { c.resolve(n, false) },
			},
			test{
				name: fmt.Sprintf("do update, %d rows", n), loop: "do update", doc: "Rows that are there already are changed and tell their own ids.", needs: []need{upserts},
				run: func(c *T) { c.resolve(n, true) },
			},
		)
	}
	return append(
		tests,
		test{name: "one key twice in a batch", doc: "The second of two rows of one key changes the first, and is told its id.", needs: []need{upserts}, run: sameKeyTwice},
		test{name: "in a transaction that rolls back", doc: "What a clause changed goes with its transaction.", needs: []need{upserts}, run: resolvedAndUndone},
		test{name: "insert from select", doc: "The ids of rows that were selected come back beside what tells them apart.", needs: []need{returningInsert}, run: insertFromSelect},
	)
}

// third makes the table of rows whose note is unique, with every third of n
// rows there already.
func (c *T) third(n int) (*schema.Table, map[string]int64) {
	c.Helper()
	t := c.table("dt_upsert", id(), column("note", sqltype.String{Length: 20}, schema.Unique()), column("n", bigInt))
	there := map[string]int64{}
	for i := 0; i < n; i += 3 {
		c.exec(c.engine, expr.NewInsert(t).Values(set(t, "note", number("n", i)), set(t, "n", int64(1))))
	}
	r, err := c.engine.Query(c.Context(), expr.NewSelect(t.C("note"), t.C("id")))
	if err != nil {
		c.Fatal(err)
	}
	defer r.Close()
	for r.Next() {
		there[string(r.Row().Text(0))] = r.Row().Int64(1)
	}
	return t, there
}

// upserting is a batch with a clause, and what became of its rows.
func upserting(t *schema.Table, n int, update bool) (*batch, []engine.Outcome) {
	b := newBatch(t, n, "note")
	clause := expr.OnConflict(t.C("note"))
	b.Conflict = clause.DoNothing()
	if update {
		b.Columns, b.Exprs = append(b.Columns, t.Column("n")), nil
		bind := b.Bind
		b.Bind = func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
			dst, err := bind(i, dst)
			return append(dst, sqltype.Int64Value(2)), err
		}
		b.Conflict = clause.DoUpdate(num(t, "n").SetExcluded())
	}
	outcomes := make([]engine.Outcome, n)
	b.Outcome = func(i int, o engine.Outcome) { outcomes[i] = o }
	return b, outcomes
}

func (c *T) resolve(n int, update bool) {
	t, there := c.third(n)
	b, outcomes := upserting(t, n, update)
	c.insertBatch(b)
	for i, got := range outcomes {
		_, old := there[number("n", i)]
		want := engine.Inserted
		switch {
		case old && update:
			want = engine.Updated
		case old:
			want = engine.Skipped
		}
		if got != want {
			c.Errorf("row %d: got %s, want %s", i, got, want)
		}
		if want == engine.Skipped && b.ids[i] != 0 {
			c.Errorf("row %d was skipped and is told the id %d", i, b.ids[i])
		}
		if want == engine.Skipped {
			b.ids[i] = there[number("n", i)]
		}
	}
	c.checkIDs(t, b)
	c.wantCount(c.engine, t, int64(n))
	changed := expr.NewSelect(expr.CountAll()).From(t).Where(num(t, "n").Eq(2))
	if update {
		c.wantRows(c.engine, changed, number("", n))
	}
}

func sameKeyTwice(c *T) {
	t, _ := c.third(1)
	b, outcomes := upserting(t, 3, true)
	bind := b.Bind
	b.Bind = func(i int, dst []sqltype.Value) ([]sqltype.Value, error) { return bind(i%2+1, dst) }
	c.insertBatch(b)
	want := []engine.Outcome{engine.Inserted, engine.Inserted, engine.Updated}
	for i := range want {
		if outcomes[i] != want[i] {
			c.Errorf("row %d: got %s, want %s", i, outcomes[i], want[i])
		}
	}
	if b.ids[0] != b.ids[2] || b.ids[0] == b.ids[1] {
		c.Errorf("got ids %v, want the first and the last to be the same", b.ids)
	}
	c.wantCount(c.engine, t, 3)
}

func resolvedAndUndone(c *T) {
	t, there := c.third(30)
	b, _ := upserting(t, 30, true)
	tx := c.begin(engine.TxOptions{})
	if err := tx.Insert(c.Context(), b.InsertBatch); err != nil {
		c.Fatal(err)
	}
	c.rollback(tx)
	c.wantCount(c.engine, t, int64(len(there)))
	c.wantRows(c.engine, expr.NewSelect(expr.CountAll()).From(t).Where(num(t, "n").Eq(2)), "0")
}

func insertFromSelect(c *T) {
	from, _ := c.third(60)
	into := c.item()
	c.exec(c.engine, expr.NewInsert(into).Values(set(into, "note", "first")))
	s := expr.NewInsert(into).
		From([]expr.Expression{into.C("note"), into.C("n")}, expr.NewSelect(from.C("note"), from.C("n")).From(from)).
		Returning(into.C("id"), into.C("note"))
	r, err := c.engine.Query(c.Context(), s)
	if err != nil {
		c.Fatal(err)
	}
	defer r.Close()
	told := map[string]int64{}
	for r.Next() {
		told[string(r.Row().Text(1))] = r.Row().Int64(0)
	}
	if err := r.Close(); err != nil {
		c.Fatal(err)
	}
	if len(told) != 20 {
		c.Errorf("got %d rows, want 20", len(told))
	}
	for note, id := range told {
		c.wantRows(c.engine, expr.NewSelect(into.C("note")).From(into).Where(num(into, "id").Eq(id)), note)
	}
}
