package dialecttest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// batch is a bulk insert of rows whose natural key is n0, n1, …, and what came
// back for them.
type batch struct {
	*engine.InsertBatch
	ids  []int64
	more []string // values of the second column of Returning
}

func newBatch(t *schema.Table, n int, key string) *batch {
	b := &batch{ids: make([]int64, n), more: make([]string, n)}
	b.InsertBatch = &engine.InsertBatch{
		Table: t, Columns: []*schema.Column{t.Column(key)}, Exprs: make([]expr.Expression, 1), Returning: []*schema.Column{t.Column("id")}, N: n,
		Bind: func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
			return append(dst, sqltype.TextValue(number("n", i))), nil
		},
	}
	b.Store = func(i int, row sqltype.Row) error {
		b.ids[i], b.more[i] = row.Int64(0), ""
		for k, col := range b.Returning[1:] {
			b.more[i] += cell(row, k+1, col.Type)
		}
		return row.Err()
	}
	return b
}

func insertTests() []test {
	var tests []test
	for _, n := range []int{1, 2, 31, 32, 33, 50, 1000, 5000} {
		tests = append(tests, test{
			name: fmt.Sprintf("%d rows", n), loop: "rows", doc: "Each id is that of the row with the natural key that was sent.",
			run: func(c *T) { c.insertAndCheck(c.item(), n, nil) },
		})
	}
	tests = append(
		tests,
		test{name: "again and again", doc: "Batches of one table follow each other.", run: func(c *T) {
			t := c.item()
			for _, n := range []int{1, 50, 2, 40} {
				c.exec(c.engine, expr.NewDelete(t).Where(expr.All()))
				c.insertAndCheck(t, n, nil)
			}
		}},
		test{name: "values of defaults come back", doc: "A DEFAULT's value is returned beside the id.", run: func(c *T) {
			for _, n := range []int{1, 3, 50} {
				t := c.table(number("dt_back", n), id(), column("note", sqltype.String{Length: 20}), column("n", bigInt, schema.ServerDefaultValue(int64(7))))
				b := newBatch(t, n, "note")
				b.Returning = append(b.Returning, t.Column("n"))
				c.insertBatch(b)
				c.checkIDs(t, b)
				for i, got := range b.more {
					if got != "7" {
						c.Errorf("row %d: got default %q, want 7", i, got)
					}
				}
			}
		}},
		test{name: "nothing returned", doc: "A batch may want nothing back.", run: func(c *T) {
			t := c.item()
			b := newBatch(t, 100, "note")
			b.Returning, b.Store = nil, nil
			c.insertBatch(b)
			c.wantCount(c.engine, t, 100)
		}},
		test{name: "rows of defaults", doc: "Rows that send nothing get their ids.", run: func(c *T) {
			t := c.item()
			b := newBatch(t, 5, "note")
			b.Columns, b.Exprs = nil, nil
			b.Bind = func(_ int, dst []sqltype.Value) ([]sqltype.Value, error) { return dst, nil }
			c.insertBatch(b)
			seen := map[int64]bool{}
			for _, id := range b.ids {
				seen[id] = true
			}
			if len(seen) != 5 || seen[0] {
				c.Errorf("got ids %v, want 5 different ones", b.ids)
			}
			c.wantCount(c.engine, t, 5)
		}},
		test{name: "an expression for all rows", doc: "A column may be computed for each row.", run: expressionForAll},
		test{name: "explicit ids", doc: "Ids of the program's own are stored, and come back to nobody else.", run: explicitIDs},
		test{name: "explicit and generated ids", doc: "After explicit ids, generated ones do not collide without being told.", run: mixedIDs},
		test{name: "keys of text", doc: "A key that the program fills needs nothing back.", run: textKeys},
	)
	return slices.Concat(tests, triggerTests())
}

// triggerTests are those of what interferes with a batch.
func triggerTests() []test {
	return []test{
		{name: "trigger that inserts elsewhere", doc: "Ids are right though a trigger inserts rows with ids of their own.", needs: []need{logTrigger}, run: func(c *T) {
			t := c.item()
			log := c.table("dt_log", column("id", bigInt, schema.PrimaryKey()), column("note", sqltype.String{Length: 20}))
			for i := range 10 { // so that the ids of the two tables differ
				c.exec(c.engine, expr.NewInsert(log).Values(set(log, "note", number("old", i))))
			}
			c.during(c.target.Product.LogInserts, c.target.Product.UnlogInserts)
			for _, n := range []int{1, 2, 50, 500} {
				c.exec(c.engine, expr.NewDelete(t).Where(expr.All()))
				c.insertAndCheck(t, n, nil)
			}
			c.wantCount(c.engine, log, 563)
		}},
		{name: "trigger that rewrites the row", doc: "Ids are right though a trigger changes the natural key before the row is stored.", needs: []need{rewriteTrigger}, run: rewritten},
		{name: "trigger that changes the id", doc: "Ids that a trigger changes are those that come back.", needs: []need{renumberTrigger}, run: renumbered},
		{name: "failed row", doc: "The row that failed is named, and the batch is undone with its transaction.", run: failedRow},
		{name: "failed value", doc: "A value that can't be made is the row's error.", run: failedValue},
		{name: "in a transaction that rolls back", doc: "Rows of a batch go with their transaction.", run: func(c *T) {
			t := c.item()
			tx := c.begin(engine.TxOptions{})
			if err := tx.Insert(c.Context(), newBatch(t, 100, "note").InsertBatch); err != nil {
				c.Fatal(err)
			}
			c.rollback(tx)
			c.wantCount(c.engine, t, 0)
		}},
		{name: "several writers", doc: "Batches of several writers at once get different ids, each its own.", needs: []need{manyWriters}, run: severalWriters},
		{name: "more values than a statement takes", doc: "A batch is split below the product's limit of parameters.", run: wideBatch},
	}
}

func (c *T) insertBatch(b *batch) {
	c.Helper()
	tx := c.begin(engine.TxOptions{})
	if err := tx.Insert(c.Context(), b.InsertBatch); err != nil {
		c.rollback(tx)
		c.Fatal(err)
	}
	c.commit(tx)
}

// insertAndCheck inserts n rows and compares each id with what another
// connection reads by the natural key.
func (c *T) insertAndCheck(t *schema.Table, n int, change func(b *batch)) {
	c.Helper()
	b := newBatch(t, n, "note")
	if change != nil {
		change(b)
	}
	c.insertBatch(b)
	c.checkIDs(t, b)
	c.wantCount(c.engine, t, int64(n))
}

func (c *T) checkIDs(t *schema.Table, b *batch) {
	c.Helper()
	conn, err := c.engine.ReadConn(c.Context())
	if err != nil {
		c.Fatal(err)
	}
	defer conn.Close()
	r, err := conn.Query(c.Context(), expr.NewSelect(t.C("id"), t.C("note")))
	if err != nil {
		c.Fatal(err)
	}
	defer r.Close()
	stored := map[string]int64{}
	for r.Next() {
		stored[string(r.Row().Text(1))] = r.Row().Int64(0)
	}
	if err := r.Close(); err != nil {
		c.Fatal(err)
	}
	wrong := 0
	for i, id := range b.ids {
		if want, ok := stored[number("n", i)]; !ok || want != id {
			if wrong++; wrong <= 3 {
				c.Errorf("row %d: got id %d, want %d (stored: %v)", i, id, want, ok)
			}
		}
	}
	if wrong > 0 {
		c.Errorf("%d of %d ids are wrong", wrong, len(b.ids))
	}
}

func expressionForAll(c *T) {
	t := c.item()
	b := newBatch(t, 40, "note")
	b.Columns = append(b.Columns, t.Column("n"))
	b.Exprs = []expr.Expression{nil, &expr.Func{Name: "abs", Args: []expr.Expression{bindOf(bigInt, int64(-11))}, Type: bigInt}}
	b.Returning = append(b.Returning, t.Column("n"))
	c.insertBatch(b)
	c.checkIDs(t, b)
	for i, got := range b.more {
		if got != "11" {
			c.Fatalf("row %d: got %q, want 11", i, got)
		}
	}
}

func explicitIDs(c *T) {
	t := c.item()
	b := newBatch(t, 60, "note")
	b.Columns, b.Exprs = []*schema.Column{t.Column("id"), t.Column("note")}, make([]expr.Expression, 2)
	b.Bind = func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
		return append(dst, sqltype.Int64Value(int64(1000-i)), sqltype.TextValue(number("n", i))), nil
	}
	b.Returning, b.Store = nil, nil
	for i := range b.ids {
		b.ids[i] = int64(1000 - i)
	}
	c.insertBatch(b)
	c.checkIDs(t, b)
}

func mixedIDs(c *T) {
	t := c.item()
	c.exec(c.engine, expr.NewInsert(t).Values(set(t, "id", int64(3)), set(t, "note", "mine")))
	b := newBatch(t, 2, "note")
	c.insertBatch(b) // 1 and 2, or 4 and 5
	c.checkIDs(t, b)
	tx := c.begin(engine.TxOptions{})
	again := newBatch(t, 1, "note")
	err := tx.Insert(c.Context(), again.InsertBatch)
	if err == nil {
		c.commit(tx)
		if again.ids[0] == 3 {
			c.Error("an id was given twice")
		}
		return
	}
	c.rollback(tx)
	c.wantConstraint(err, sqlerr.PrimaryKey, sqlerr.Unique)
}

func textKeys(c *T) {
	t := c.table("dt_coded", column("code", sqltype.String{Length: 20}, schema.PrimaryKey()))
	b := newBatch(c.item(), 200, "note")
	b.Table, b.Columns, b.Returning, b.Store = t, []*schema.Column{t.Column("code")}, nil, nil
	c.insertBatch(b)
	c.wantCount(c.engine, t, 200)
	c.wantRows(c.engine, expr.NewSelect(t.C("code")).Where(str(t, "code").Eq("n199")), "n199")
}

func rewritten(c *T) {
	t := c.item()
	c.during(c.target.Product.RewriteInserts, c.target.Product.UnrewriteInserts)
	for _, n := range []int{1, 50} {
		c.exec(c.engine, expr.NewDelete(t).Where(expr.All()))
		b := newBatch(t, n, "note")
		b.Columns = []*schema.Column{t.Column("n")} // the natural key is now n
		b.Bind = func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
			return append(dst, sqltype.Int64Value(int64(i))), nil
		}
		b.Returning = append(b.Returning, t.Column("note"))
		c.insertBatch(b)
		for i, id := range b.ids {
			c.wantRows(c.engine, expr.NewSelect(t.C("n"), t.C("note")).Where(num(t, "id").Eq(id)), fmt.Sprintf("%d|%s", i, b.more[i]))
			if b.more[i] != "rewritten" {
				c.Errorf("row %d: got note %q, want what the trigger wrote", i, b.more[i])
			}
		}
	}
}

func renumbered(c *T) {
	t := c.item()
	c.during(c.target.Product.Renumber, c.target.Product.Unrenumber)
	for _, n := range []int{1, 50} {
		c.exec(c.engine, expr.NewDelete(t).Where(expr.All()))
		c.insertAndCheck(t, n, nil)
	}
}

func failedRow(c *T) {
	t := c.table("dt_unique", id(), column("note", sqltype.String{Length: 20}, schema.Unique()))
	for _, n := range []int{3, 100} {
		c.exec(c.engine, expr.NewDelete(t).Where(expr.All()))
		c.exec(c.engine, expr.NewInsert(t).Values(set(t, "note", number("n", n/2))))
		b := newBatch(t, n, "note")
		tx := c.begin(engine.TxOptions{})
		err := tx.Insert(c.Context(), b.InsertBatch)
		c.wantConstraint(err, sqlerr.Unique)
		c.rollback(tx)
		c.wantCount(c.engine, t, 1)
	}
}

func failedValue(c *T) {
	t := c.item()
	cause := errors.New("no value")
	for _, at := range []int{0, 49} {
		b := newBatch(t, 50, "note")
		bind := b.Bind
		b.Bind = func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
			if i == at {
				return dst, cause
			}
			return bind(i, dst)
		}
		tx := c.begin(engine.TxOptions{})
		err := tx.Insert(c.Context(), b.InsertBatch)
		var row *engine.RowError
		if !errors.Is(err, cause) || !errors.As(err, &row) || row.Index != at {
			c.Errorf("got %v, want the cause and the row %d", err, at)
		}
		c.rollback(tx)
	}
	c.wantCount(c.engine, t, 0)
}

func severalWriters(c *T) {
	t := c.item()
	const writers, rows = 6, 200
	batches := make([]*batch, writers)
	errs := make(chan error, writers)
	for w := range batches {
		b := newBatch(t, rows, "note")
		b.Bind = func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
			return append(dst, sqltype.TextValue(fmt.Sprintf("w%d-%d", w, i))), nil
		}
		batches[w] = b
		go func() {
			errs <- c.engine.Transact(c.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
				return tx.Insert(c.Context(), b.InsertBatch)
			})
		}()
	}
	for range batches {
		if err := <-errs; err != nil {
			c.Error(err)
		}
	}
	stored := map[int64]string{}
	for _, r := range c.rows(c.engine, expr.NewSelect(t.C("id"), t.C("note"))) {
		var id int64
		var note string
		fmt.Sscanf(r, "%d|%s", &id, &note)
		stored[id] = note
	}
	for w, b := range batches {
		for i, id := range b.ids {
			if want := fmt.Sprintf("w%d-%d", w, i); stored[id] != want {
				c.Fatalf("id %d: got the row %q, want %q", id, stored[id], want)
			}
		}
	}
}

func wideBatch(c *T) {
	const columns = 40
	items := []schema.TableItem{id(), column("note", sqltype.String{Length: 20})}
	for i := range columns {
		items = append(items, column(number("c", i), bigInt))
	}
	t := c.table("dt_broad", items...)
	rows := c.rules.MaxParameters/(columns+1) + 10
	b := newBatch(t, rows, "note")
	for i := range columns {
		b.Columns, b.Exprs = append(b.Columns, t.Column(number("c", i))), append(b.Exprs, nil)
	}
	b.Bind = func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
		dst = append(dst, sqltype.TextValue(number("n", i)))
		for k := range columns {
			dst = append(dst, sqltype.Int64Value(int64(i*k)))
		}
		return dst, nil
	}
	c.insertBatch(b)
	c.checkIDs(t, b)
	c.wantRows(c.engine, expr.NewSelect(t.C("c39")).Where(str(t, "note").Eq(number("n", rows-1))), fmt.Sprint((rows-1)*39))
}
