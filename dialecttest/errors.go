package dialecttest

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

var (
	short          = sqltype.String{Length: 20}
	errLockTimeout = sqlerr.ErrLockTimeout
)

// wantIs compares an error by errors.Is.
func (c *T) wantIs(err, want error) {
	c.Helper()
	if !errors.Is(err, want) {
		c.Errorf("got %v, want %v", err, want)
	}
}

// wantConstraint compares the kind of a violated constraint.
func (c *T) wantConstraint(err error, kinds ...sqlerr.ConstraintKind) *sqlerr.ConstraintError {
	c.Helper()
	var broken *sqlerr.ConstraintError
	if !errors.As(err, &broken) || !slices.Contains(kinds, broken.Kind) {
		c.Errorf("got %v, want a ConstraintError of kind %v", err, kinds)
		return nil
	}
	if broken.Unwrap() == nil {
		c.Error("the driver's error can't be reached through the ConstraintError")
	}
	return broken
}

// named holds that what the database said of a constraint is right: the table,
// the constraint and the columns, each where it is said at all.
func (c *T) named(e *sqlerr.ConstraintError, table, name string, columns ...string) {
	c.Helper()
	if e == nil {
		return
	}
	if e.Table == "" && e.Name == "" && len(e.Columns) == 0 && e.Kind != sqlerr.ForeignKey { // of which some products say no more
		c.Errorf("the error names neither table nor constraint nor column: %v", e)
	}
	if e.Table != "" && e.Table != table || e.Name != "" && name != "" && e.Name != name ||
		len(e.Columns) > 0 && !slices.Equal(e.Columns, columns) {
		c.Errorf("got table %q, constraint %q, columns %q, want %q, %q, %q", e.Table, e.Name, e.Columns, table, name, columns)
	}
}

func errorTests() []test { return slices.Concat(constraintTests(), violationTests()) }

func constraintTests() []test {
	return []test{
		{name: "unique", doc: "A value that is there already violates UNIQUE.", run: func(c *T) {
			t := c.unique("a")
			_, err := c.engine.Exec(c.Context(), add(t, "a"))
			c.named(c.wantConstraint(err, sqlerr.Unique), "dt_item", "dt_item_note_key", "note")
		}},
		{name: "primary key", doc: "A key that is there already violates the primary key.", run: func(c *T) {
			t := c.items("a")
			_, err := c.engine.Exec(c.Context(), expr.NewInsert(t).Values(set(t, "id", int64(1))))
			c.named(c.wantConstraint(err, sqlerr.PrimaryKey, sqlerr.Unique), "dt_item", "", "id")
		}},
		{name: "unique of two columns", doc: "Both columns belong to the violation.", run: func(c *T) {
			t := c.table("dt_pair", id(), column("a", bigInt), column("b", bigInt), schema.UniqueOn("dt_pair_ab", "a", "b"))
			row := expr.NewInsert(t).Values(set(t, "a", int64(1)), set(t, "b", int64(2)))
			c.exec(c.engine, row)
			_, err := c.engine.Exec(c.Context(), row)
			c.named(c.wantConstraint(err, sqlerr.Unique), "dt_pair", "dt_pair_ab", "a", "b")
		}},
		{name: "not null", doc: "A NULL where none may be violates NOT NULL.", run: func(c *T) {
			t := c.table("dt_strict", plainID(), column("a", bigInt, schema.NotNull()))
			null := expr.Assignment{Target: t.C("a"), Value: expr.BindValue(bigInt, sqltype.NullValue())}
			_, err := c.engine.Exec(c.Context(), expr.NewInsert(t).Values(set(t, "id", int64(1)), null))
			c.named(c.wantConstraint(err, sqlerr.NotNull), "dt_strict", "", "a")
			c.exec(c.engine, expr.NewInsert(t).Values(set(t, "id", int64(1)), set(t, "a", int64(1))))
			_, err = c.engine.Exec(c.Context(), expr.NewUpdate(t).Set(null).Where(expr.All()))
			c.wantConstraint(err, sqlerr.NotNull)
		}},
		{name: "left out", doc: "A column that may not be NULL and has no default must be sent.", run: func(c *T) {
			t := c.table("dt_strict", plainID(), column("a", bigInt, schema.NotNull()))
			_, err := c.engine.Exec(c.Context(), expr.NewInsert(t).Values(set(t, "id", int64(1))))
			c.wantConstraint(err, sqlerr.NotNull)
		}},
		{name: "foreign key of a child", doc: "A child without its parent violates the foreign key.", run: func(c *T) {
			parent, child := c.family()
			_ = parent
			_, err := c.engine.Exec(c.Context(), expr.NewInsert(child).Values(set(child, "id", int64(9)), set(child, "p", int64(99))))
			c.named(c.wantConstraint(err, sqlerr.ForeignKey), "dt_kid", "dt_kid_p_fkey", "p")
		}},
		{name: "foreign key of a parent", doc: "A parent with children can't go.", run: func(c *T) {
			parent, _ := c.family()
			_, err := c.engine.Exec(c.Context(), expr.NewDelete(parent).Where(expr.All()))
			c.wantConstraint(err, sqlerr.ForeignKey)
		}},
		{name: "check", doc: "A row that a CHECK forbids violates it.", run: func(c *T) {
			t := c.table("dt_checked", plainID(), column("n", bigInt, schema.Check("dt_checked_n", expr.SQL("n > 0"))))
			_, err := c.engine.Exec(c.Context(), expr.NewInsert(t).Values(set(t, "id", int64(1)), set(t, "n", int64(0))))
			c.named(c.wantConstraint(err, sqlerr.Check), "dt_checked", "dt_checked_n")
			c.exec(c.engine, expr.NewInsert(t).Values(set(t, "id", int64(1)), set(t, "n", int64(1))))
			c.exec(c.engine, expr.NewInsert(t).Values(set(t, "id", int64(2))))
		}},
	}
}

func violationTests() []test {
	return []test{
		{name: "check of two columns", doc: "A CHECK of the table compares columns.", run: func(c *T) {
			t := c.table("dt_range", plainID(), column("low", bigInt), column("high", bigInt), schema.CheckOn("dt_range_order", expr.SQL("low <= high")))
			_, err := c.engine.Exec(c.Context(), expr.NewInsert(t).Values(set(t, "id", int64(1)), set(t, "low", int64(2)), set(t, "high", int64(1))))
			c.named(c.wantConstraint(err, sqlerr.Check), "dt_range", "dt_range_order")
		}},
		{name: "update violates", doc: "An UPDATE violates as an INSERT does.", run: func(c *T) {
			t := c.unique("a", "b")
			_, err := c.engine.Exec(c.Context(), expr.NewUpdate(t).Set(set(t, "note", "a")).Where(num(t, "id").Eq(2)))
			c.wantConstraint(err, sqlerr.Unique)
			c.wantRows(c.engine, notes(t), "a", "b")
		}},
		{name: "returning violates", doc: "A violation of INSERT … RETURNING is found without reading rows.", needs: []need{returningInsert}, run: func(c *T) {
			t := c.unique("a")
			_, err := engine.Scalar[int64](c.Context(), c.engine, add(t, "a").Returning(t.C("id")))
			c.wantConstraint(err, sqlerr.Unique)
		}},
		{name: "values are hidden", doc: "The message of a violation holds no value.", run: func(c *T) {
			t := c.unique("topsecret")
			_, err := c.engine.Exec(c.Context(), add(t, "topsecret"))
			if err == nil || strings.Contains(err.Error(), "topsecret") {
				c.Error("the message holds the value")
			}
		}},
		{name: "missing table", doc: "A table that is not there is a DatabaseError with a code and the statement.", run: func(c *T) {
			t := schema.MustTable(schema.NewMetaData(), "dt_missing", id())
			_, err := c.engine.Exec(c.Context(), expr.NewSelect(t.C("id")))
			var db *sqlerr.DatabaseError
			var st *sqlerr.StatementError
			if !errors.As(err, &db) || db.Code == "" || !errors.As(err, &st) || !strings.Contains(st.SQL, "dt_missing") {
				c.Errorf("got %v, want a DatabaseError within a StatementError", err)
			}
			if sqlerr.Retryable(err) {
				c.Error("the error says that it may be retried")
			}
		}},
		{name: "connection after errors", doc: "A connection that saw errors is used again.", run: func(c *T) {
			t := c.unique("a")
			conn := c.conn()
			for range 20 {
				_, err := conn.Exec(c.Context(), add(t, "a"))
				c.wantConstraint(err, sqlerr.Unique)
			}
			c.wantRows(conn, notes(t), "a")
		}},
		{name: "exhausted", doc: "A generator without values left says so.", needs: []need{
			takes("a Sequence with a last value", shortSequence),
		}, run: exhausted},
		{name: "deadlock", doc: "Of two transactions that wait for each other, one is told of the deadlock, and the other goes on.", needs: []need{manyWriters}, run: deadlock},
		{name: "deadlock is replayed", doc: "Transact runs what a deadlock undid again.", needs: []need{manyWriters}, run: deadlockReplayed},
		{name: "table that changed", doc: "A prepared SELECT goes on after its table changed, outside a transaction.", needs: []need{manyConnections}, run: stalePlan},
	}
}

func (c *T) family() (parent, child *schema.Table) {
	c.Helper()
	m := schema.NewMetaData()
	parent = schema.MustTable(m, "dt_folk", plainID())
	child = schema.MustTable(m, "dt_kid", plainID(), column("p", bigInt, schema.ForeignKey("dt_folk.id")))
	c.create(m)
	c.exec(c.engine, expr.NewInsert(parent).Values(set(parent, "id", int64(1))))
	c.exec(c.engine, expr.NewInsert(child).Values(set(child, "id", int64(1)), set(child, "p", int64(1))))
	return parent, child
}

func shortSequence(m *schema.MetaData) *schema.Table {
	return schema.MustTable(m, "dt_short", column("id", bigInt, schema.PrimaryKey(), schema.NewSequence("dt_short_ids", schema.Max(3), schema.Increment(2))),
		column("name", text))
}

func exhausted(c *T) {
	m := schema.NewMetaData()
	t := shortSequence(m)
	c.create(m)
	c.insertNamed(t, 2) // 1 and 3
	for _, n := range []int{1, 40} {
		tx := c.begin(engine.TxOptions{})
		err := tx.Insert(c.Context(), newBatch(t, n, "name").InsertBatch)
		c.wantIs(err, sqlerr.ErrIDExhausted)
		c.rollback(tx)
	}
	c.wantCount(c.engine, t, 2)
}

// cross updates the two rows in one order; meet is called in between.
func (c *T) cross(tx *engine.Tx, t *schema.Table, first, second int64, meet func()) error {
	for i, row := range []int64{first, second} {
		n := num(t, "n")
		if _, err := tx.Exec(c.Context(), expr.NewUpdate(t).Set(n.SetExpr(n.Add(1))).Where(num(t, "id").Eq(row))); err != nil {
			return err
		}
		if i == 0 {
			meet()
		}
	}
	return nil
}

// meeting returns a function that waits until two have called it.
func meeting() func() {
	arrived := make(chan struct{})
	return func() {
		select {
		case arrived <- struct{}{}:
		case <-arrived:
		}
	}
}

func deadlock(c *T) {
	t := c.items("a", "b")
	meet := meeting()
	done := make(chan error, 2)
	for i := range int64(2) {
		go func() {
			tx, err := c.engine.Begin(c.Context(), engine.TxOptions{})
			if err != nil {
				done <- err
				return
			}
			defer tx.Rollback(context.Background())
			if err = c.cross(tx, t, 1+i, 2-i, meet); err == nil {
				err = tx.Commit(c.Context())
			} else {
				tx.Rollback(c.Context()) // lets the other go on
			}
			done <- err
		}()
	}
	a, b := <-done, <-done
	if a == nil {
		a, b = b, a
	}
	if !errors.Is(a, sqlerr.ErrDeadlock) || b != nil {
		c.Errorf("got %v and %v, want one ErrDeadlock", a, b)
	}
	c.wantRows(c.engine, expr.NewSelect(t.C("n")), "8", "8")
}

func deadlockReplayed(c *T) {
	t := c.items("a", "b")
	meet := meeting()
	done := make(chan error, 2)
	for i := range int64(2) {
		go func() {
			done <- c.engine.Transact(c.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
				wait := func() {}
				if tx.Attempt() == 1 {
					wait = meet
				}
				return c.cross(tx, t, 1+i, 2-i, wait)
			})
		}()
	}
	for range 2 {
		if err := <-done; err != nil {
			c.Error(err)
		}
	}
	c.wantRows(c.engine, expr.NewSelect(t.C("n")), "9", "9")
}

func stalePlan(c *T) {
	t := c.items("a")
	conn, err := c.engine.ReadConn(c.Context())
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() { conn.Close() })
	all := expr.SQL("SELECT * FROM dt_item WHERE id >= :id", expr.Named("id", int64(0)))
	for range 7 { // often enough for plans that are kept from the sixth time on
		c.exec(conn, all)
	}
	c.exec(c.engine, expr.SQL("ALTER TABLE dt_item ADD COLUMN more VARCHAR(10)"))
	r, err := conn.Query(c.Context(), all)
	if err != nil {
		c.Fatal(err)
	}
	defer r.Close()
	if n := len(r.Columns()); n != len(t.Columns())+1 {
		c.Errorf("got %d columns, want %d", n, len(t.Columns())+1)
	}
}
