package dialecttest

import (
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Setting is statements that make something of a product's own, and those that
// take it away again. The zero value is what the product does not have.
type Setting struct {
	Make, Drop []expr.Statement
	// After says that what it does to a row comes after RETURNING has told it.
	After bool
}

// Inserts are settings in which an INSERT does more, less or something else
// than it says. They speak of dt_item (id generated, note, n with the default 7)
// and dt_log (id generated, note).
type Inserts struct {
	// LogBefore inserts a row into dt_log before each row of dt_item.
	LogBefore Setting
	// Copy inserts, after each row of dt_item, another one whose note begins
	// with "copy of "; of those it makes none. CopyBefore does so before the row.
	Copy, CopyBefore Setting
	// SetN has each row of dt_item end up with n = 99.
	SetN Setting
	// RenumberAfter adds 1000000 to the id of a row after it was inserted into
	// dt_item.
	RenumberAfter Setting
	// Step changes, after each row of dt_item, the distance to the id of the next,
	// for some rows back to what it was.
	Step Setting
	// Refuse fails with an error of its own for the row n1 of dt_item.
	Refuse Setting
	// Skip leaves out the row n1 of dt_item without an error.
	Skip Setting
	// View is a view dt_view of dt_item (id, note, n), into which rows can be
	// inserted, and that tells the ids of rows.
	View Setting
	// SilentView is one that does not.
	SilentView Setting
	// Rule inserts into dt_log beside each row of dt_item by other means than a
	// trigger.
	Rule Setting
	// Partitioned makes, and drops, a table dt_parted (id generated, note, n with
	// the default 7) of several partitions, one list of statements for each kind
	// that the product has.
	Partitioned []Setting
}

func setting(name string, of func(in *Inserts) Setting) need {
	return need{"statements of the target: " + name, func(c *T) bool { return of(&c.target.Product.Inserts).Make != nil }}
}

// within makes what of returns until the test ends.
func (c *T) within(s Setting) { c.Helper(); c.during(s.Make, s.Drop) }

// besideTests are those of tables that do not just take the row that is sent.
func besideTests() []test {
	tests := []test{
		{name: "trigger that inserts the same", doc: "Ids are right though a trigger inserts rows into the same table.", run: func(c *T) {
			c.ownIDs(c.target.Product.Inserts.Copy, -1)
		}, needs: []need{setting("Copy", func(in *Inserts) Setting { return in.Copy })}},
		{name: "trigger that inserts the same before", doc: "Ids are right though a trigger inserts a row into the same table before each.", run: func(c *T) {
			c.ownIDs(c.target.Product.Inserts.CopyBefore, -1)
		}, needs: []need{setting("CopyBefore", func(in *Inserts) Setting { return in.CopyBefore })}},
		{name: "trigger that inserts elsewhere before", doc: "Ids are right though a trigger inserts rows with ids of their own first.", run: func(c *T) {
			c.ownIDs(c.target.Product.Inserts.LogBefore, 7)
		}, needs: []need{setting("LogBefore", func(in *Inserts) Setting { return in.LogBefore })}},
		{name: "rule that inserts elsewhere", doc: "Ids are right though a rule inserts other rows.", run: func(c *T) {
			c.ownIDs(c.target.Product.Inserts.Rule, 7)
		}, needs: []need{setting("Rule", func(in *Inserts) Setting { return in.Rule })}},
		{name: "trigger that sets a column", doc: "What a trigger writes into a column comes back where it is asked for.", run: func(c *T) {
			c.ownIDs(c.target.Product.Inserts.SetN, 99)
		}, needs: []need{setting("SetN", func(in *Inserts) Setting { return in.SetN })}},
		{name: "trigger that changes the id in every way", doc: "Ids that a trigger changes come back in whatever way rows are inserted.", run: func(c *T) {
			c.ownIDs(Setting{Make: c.target.Product.Renumber, Drop: c.target.Product.Unrenumber}, 7)
		}, needs: []need{renumberTrigger}},
		{name: "trigger that changes the id after", doc: "Ids that a trigger changes after the row is stored come back, or the insert fails.", run: renumberedAfter, needs: []need{
			setting("RenumberAfter", func(in *Inserts) Setting { return in.RenumberAfter }),
		}},
		{name: "trigger that changes the step", doc: "Ids are right though a trigger changes their distance between the rows of a statement, and changes it back.", run: func(c *T) {
			c.ownIDs(c.target.Product.Inserts.Step, 7)
		}, needs: []need{setting("Step", func(in *Inserts) Setting { return in.Step })}},
		{name: "trigger that comes later", doc: "A trigger that is made between two inserts is seen.", run: laterTrigger, needs: []need{renumberTrigger}},
		{
			name: "trigger of the same transaction", doc: "A trigger that a transaction makes and takes back between its inserts is seen.", run: ownTrigger,
			needs: []need{transactionDDL, {"statements of the target: RenumberAfter or Renumber", func(c *T) bool { return c.renumbers().Make != nil }}},
		},
		{
			name: "trigger that comes after the snapshot", doc: "A trigger that is made after a transaction took its snapshot is seen.", run: triggerAfterSnapshot,
			needs: []need{renumberTrigger, manyWriters, isolation(engine.RepeatableRead)},
		},
	}
	return append(tests, besideTablesTests()...)
}

func besideTablesTests() []test {
	return []test{
		{name: "trigger that refuses", doc: "A trigger's own error comes back, and nothing of the batch stays.", run: func(c *T) {
			t := c.createdItems("dt_item")
			c.within(c.target.Product.Inserts.Refuse)
			c.refusesEveryWay(t, func(err error) bool {
				var se *sqlerr.StatementError
				return errors.As(err, &se)
			})
		}, needs: []need{setting("Refuse", func(in *Inserts) Setting { return in.Refuse })}},
		{name: "row that is left out", doc: "A row that a trigger leaves out in silence is noticed.", run: skippedRow, needs: []need{
			setting("Skip", func(in *Inserts) Setting { return in.Skip }),
		}},
		{name: "view", doc: "Ids of rows that are inserted through a view are those of the table's rows.", run: func(c *T) {
			base := c.createdItems("dt_item")
			c.within(c.target.Product.Inserts.View)
			_, view := declareItems("dt_view")
			c.everyWay(view, base.Schema(), 7, false)
		}, needs: []need{setting("View", func(in *Inserts) Setting { return in.View })}},
		{name: "view that tells no ids", doc: "Rows of a view that does not tell their ids are found by a unique value that was sent.", run: func(c *T) {
			base := c.createdItems("dt_item")
			c.within(c.target.Product.Inserts.SilentView)
			_, view := declareItems("dt_view")
			c.foundOrRefused(view, base.Schema())
		}, needs: []need{setting("SilentView", func(in *Inserts) Setting { return in.SilentView })}},
		{name: "partitioned table", doc: "Ids of rows of a partitioned table are right.", run: func(c *T) {
			for _, s := range c.target.Product.Inserts.Partitioned {
				c.execAll(s.Make)
				_, t := declareItems("dt_parted")
				c.everyWay(t, t.Schema(), 7, false)
				c.execAll(s.Drop)
			}
		}, needs: []need{{"statements of the target: Partitioned", func(c *T) bool { return len(c.target.Product.Inserts.Partitioned) > 0 }}}},
	}
}

// ownIDs inserts in every way within the setting.
func (c *T) ownIDs(s Setting, n int64) {
	c.Helper()
	t := c.createdItems("dt_item")
	log := c.log()
	for i := range 10 { // so that the ids of the two tables differ
		c.exec(c.engine, expr.NewInsert(log).Values(set(log, "note", number("old", i))))
	}
	c.within(s)
	c.everyWay(t, t.Schema(), n, s.After)
}

// renumberedAfter holds each object against its row; a refusal is right too.
func renumberedAfter(c *T) {
	t := c.createdItems("dt_item")
	c.within(c.target.Product.Inserts.RenumberAfter)
	c.foundOrRefused(t, t.Schema())
}

// foundOrRefused inserts in every way but by statements, whose rows are what the
// database says they are. Either all objects have what their rows have, or the
// error names the table and nothing stays.
func (c *T) foundOrRefused(t *notedTable, base *schema.Table) {
	c.Helper()
	for _, w := range c.ways() {
		for _, size := range w.sizes {
			if w.name == byStatement {
				continue
			}
			c.exec(c.engine, expr.NewDelete(base).Where(expr.All()))
			items := newItems(size)
			if err := w.insert(c, t, items); err != nil {
				c.Logf("%s of %d rows: refused: %v", w.name, size, err)
				c.wantCount(c.engine, base, 0)
				continue
			}
			c.checkItems(fmt.Sprintf("%s of %d rows", w.name, size), base, items, 7)
		}
	}
}

func skippedRow(c *T) {
	t := c.createdItems("dt_item")
	c.within(c.target.Product.Inserts.Skip)
	for _, w := range c.ways() {
		for _, size := range []int{3, 200} {
			if w.name == byStatement { // its result says that there is no row
				continue
			}
			err := w.insert(c, t, newItems(size))
			var count *engine.RowCountError
			var flush *orm.FlushError
			if !errors.As(err, &count) || w.name == "session" && !errors.As(err, &flush) {
				c.Errorf("%s of %d rows: got %v, want the row that is missing", w.name, size, err)
			} else if count.Index != 1 || count.Got != 0 {
				c.Errorf("%s of %d rows: got row %d, %d times, want row 1, which is not there", w.name, size, count.Index, count.Got)
			}
			c.wantCount(c.engine, t.Schema(), 0)
		}
	}
}

// laterTrigger makes the trigger after the engine has inserted without it, and
// drops it again.
func laterTrigger(c *T) {
	t := c.createdItems("dt_item")
	c.everyWay(t, t.Schema(), 7, false)
	c.execAll(c.target.Product.Renumber)
	c.everyWay(t, t.Schema(), 7, false)
	c.execAll(c.target.Product.Unrenumber)
	c.everyWay(t, t.Schema(), 7, false)
}

// renumbers is the setting that changes ids, before or after.
func (c *T) renumbers() Setting {
	if p := &c.target.Product; p.Renumber != nil {
		return Setting{Make: p.Renumber, Drop: p.Unrenumber}
	}
	return c.target.Product.Inserts.RenumberAfter
}

// ownTrigger makes the trigger in a savepoint that is rolled back, and then for
// good, with rows before, between and after.
func ownTrigger(c *T) {
	t := c.createdItems("dt_item")
	tx := c.begin(engine.TxOptions{})
	var all []*noted
	insert := func(x orm.Beginner) {
		items := newItems(50)
		s := orm.NewSession(x)
		for _, it := range items {
			it.Note = number("t", len(all))
			all = append(all, it)
			s.Add(it, orm.Into(t))
		}
		if err := s.Commit(c.Context()); err != nil {
			c.Fatal(err)
		}
	}
	trigger := func() {
		for _, s := range c.renumbers().Make {
			c.exec(tx, s)
		}
	}
	insert(tx)
	save, err := tx.Savepoint(c.Context())
	if err != nil {
		c.Fatal(err)
	}
	trigger()
	insert(tx)
	if err := save.Rollback(c.Context()); err != nil {
		c.Fatal(err)
	}
	all = all[:50]
	insert(tx)
	trigger()
	insert(tx)
	c.commit(tx)
	c.checkItems("one transaction", t.Schema(), all, 7)
	c.execAll(c.renumbers().Drop)
}

func triggerAfterSnapshot(c *T) {
	t, other := c.createdItems("dt_item"), c.log()
	for _, level := range []engine.Isolation{engine.RepeatableRead, engine.Serializable} {
		for _, size := range []int{1, 50, 300} {
			tx := c.begin(engine.TxOptions{Isolation: level})
			c.rows(tx, expr.NewSelect(expr.CountAll()).From(other)) // takes the snapshot
			c.execAll(c.target.Product.Renumber)
			items := newItems(size)
			s := orm.NewSession(tx)
			for _, it := range items {
				s.Add(it, orm.Into(t))
			}
			if err := s.Commit(c.Context()); err != nil {
				c.Fatalf("%s: %v", level, err)
			}
			c.commit(tx)
			c.checkItems(fmt.Sprintf("%s, %d rows", level, size), t.Schema(), items, 7)
			c.execAll(c.target.Product.Unrenumber)
			c.exec(c.engine, expr.NewDelete(t.Schema()).Where(expr.All()))
		}
	}
}

// log creates the table that triggers write into.
func (c *T) log() *schema.Table {
	c.Helper()
	return c.table("dt_log", id(), column("note", sqltype.String{Length: 60}))
}
