package faulttest

import (
	"context"
	"fmt"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// work is something that a program does.
type work struct {
	name string
	// durable is the first word of the statement that makes it durable, which is
	// sent once, or most times.
	durable string
	most    int
	reads   bool // it changes nothing
	replays bool // it is run again after it was lost
	opaque  bool // the engine can't tell what of it changes something
	on      product
	undo    func(l *lab) // what is not a row of the table
	run     func(l *lab) error
	done    func(l *lab) int // how often it was done, -1 for a part
}

var works = []work{
	{name: "INSERT", durable: "INSERT", most: 1, run: func(l *lab) error { return l.exec(l.engine, l.insert("x")) }, done: notes("x")},
	{name: "INSERT as text", durable: "INSERT", most: 1, run: func(l *lab) error {
		return l.exec(l.engine, text("INSERT INTO "+l.table().Name+" (note, n) VALUES ('x', 0)"))
	}, done: notes("x")},
	{name: "INSERT … RETURNING", durable: "INSERT", most: 1, run: func(l *lab) error {
		_, err := engine.Scalar[int64](l.ctx, l.engine, l.insert("x").Returning(l.rows.ID))
		return err
	}, done: notes("x")},
	{name: "INSERT of rows", durable: "INSERT", most: 1, run: func(l *lab) error {
		return l.exec(l.engine, l.insert("x").Values(l.rows.Note.Set("y"), l.rows.N.Set(0)))
	}, done: notes("x")},
	{name: "UPDATE", durable: "UPDATE", most: 1, run: func(l *lab) error { return l.exec(l.engine, l.increment()) }, done: increments},
	{name: "UPDATE as text", durable: "UPDATE", most: 1, run: func(l *lab) error {
		return l.exec(l.engine, text("UPDATE "+l.table().Name+" SET n = n + 1"))
	}, done: increments},
	{name: "DELETE", durable: "DELETE", most: 1, run: func(l *lab) error {
		return l.exec(l.engine, expr.NewDelete(l.table()).Where(l.rows.Note.Eq("base")))
	}, done: func(l *lab) int { return 1 - l.count("base") }},
	{name: "SELECT", durable: "SELECT", reads: true, run: func(l *lab) error {
		_, err := engine.Scalar[int64](l.ctx, l.engine, expr.NewSelect(l.rows.N).Where(l.rows.Note.Eq("base")))
		return err
	}, done: always},
	{name: "SELECT in a transaction", durable: "SELECT", reads: true, run: func(l *lab) error {
		return l.inTx(func(tx *engine.Tx) error {
			_, err := engine.Scalar[int64](l.ctx, tx, expr.NewSelect(l.rows.N).Where(l.rows.Note.Eq("base")))
			return err
		}, (*engine.Tx).Rollback)
	}, done: always},
	{name: "INSERT in a transaction", durable: "COMMIT", most: 1, run: func(l *lab) error {
		return l.inTx(func(tx *engine.Tx) error { return l.exec(tx, l.insert("x")) }, (*engine.Tx).Commit)
	}, done: notes("x")},
	{name: "several statements in a transaction", durable: "COMMIT", most: 1, run: func(l *lab) error {
		return l.inTx(func(tx *engine.Tx) error {
			for _, s := range []expr.Statement{l.insert("x"), l.increment(), expr.NewDelete(l.table()).Where(l.rows.Note.Eq("none"))} {
				if err := l.exec(tx, s); err != nil {
					return err
				}
			}
			return nil
		}, (*engine.Tx).Commit)
	}, done: both(notes("x"), increments)},
	{name: "text in a transaction", durable: "COMMIT", most: 1, run: func(l *lab) error {
		return l.inTx(func(tx *engine.Tx) error { return l.exec(tx, text("UPDATE "+l.table().Name+" SET n = n + 1")) }, (*engine.Tx).Commit)
	}, done: increments},
	{name: "savepoint", durable: "COMMIT", most: 1, run: func(l *lab) error { return l.inTx(l.withSavepoint, (*engine.Tx).Commit) }, done: both(notes("x"), none("gone"))},
	{name: "rollback", durable: "COMMIT", reads: true, run: func(l *lab) error {
		return l.inTx(func(tx *engine.Tx) error { return l.exec(tx, l.insert("gone")) }, (*engine.Tx).Rollback)
	}, done: none("gone")},
	{name: "bulk insert", durable: "COMMIT", most: 1, run: func(l *lab) error {
		return l.inTx(func(tx *engine.Tx) error { return tx.Insert(l.ctx, l.batch()) }, (*engine.Tx).Commit)
	}, done: bulks},
	{name: "Transact", durable: "COMMIT", most: 1, replays: true, run: func(l *lab) error {
		return l.engine.Transact(l.ctx, engine.TxOptions{}, func(tx *engine.Tx) error {
			if err := l.exec(tx, l.insert("x")); err != nil {
				return err
			}
			return l.exec(tx, l.increment())
		})
	}, done: both(notes("x"), increments)},
	{name: "session", durable: "COMMIT", most: 1, run: func(l *lab) error {
		s := orm.NewSession(l.engine)
		defer s.Close(l.ctx)
		s.Add(&entity{Note: "x"}, orm.Into(l.rows))
		return s.Commit(l.ctx)
	}, done: notes("x")},
	{name: "session with a bulk flush", durable: "COMMIT", most: 1, run: func(l *lab) error {
		s := orm.NewSession(l.engine)
		defer s.Close(l.ctx)
		for range bulk {
			s.Add(&entity{Note: "bulk"}, orm.Into(l.rows))
		}
		return s.Commit(l.ctx)
	}, done: bulks},
	{name: "session that changes", durable: "COMMIT", most: 1, run: func(l *lab) error {
		s := orm.NewSession(l.engine)
		defer s.Close(l.ctx)
		if err := l.change(s); err != nil {
			return err
		}
		return s.Commit(l.ctx)
	}, done: increments},
	{name: "session that is transacted", durable: "COMMIT", most: 1, replays: true, run: func(l *lab) error {
		return orm.Transact(l.ctx, l.engine, func(s *orm.Session) error {
			s.Add(&entity{Note: "x"}, orm.Into(l.rows))
			return l.change(s)
		})
	}, done: both(notes("x"), increments)},
}

func (w *work) runsOn(p product) bool { return w.on == whatever || w.on == p }

func (l *lab) exec(x engine.Executor, s expr.Statement) error {
	_, err := x.Exec(l.ctx, s)
	return err
}

func (l *lab) insert(note string) *expr.Insert {
	return expr.NewInsert(l.table()).Values(l.rows.Note.Set(note), l.rows.N.Set(0))
}

func (l *lab) increment() *expr.Update {
	return expr.NewUpdate(l.table()).Set(l.rows.N.SetExpr(l.rows.N.Add(1))).Where(l.rows.Note.Eq("base"))
}

// change increments through a session.
func (l *lab) change(s *orm.Session) error {
	base, err := orm.Select(l.rows).Where(l.rows.Note.Eq("base")).One(l.ctx, s)
	if err != nil {
		return err
	}
	base.N++
	return nil
}

// inTx does work in a transaction and ends it.
func (l *lab) inTx(do func(tx *engine.Tx) error, end func(tx *engine.Tx, ctx context.Context) error) error {
	tx, err := l.engine.Begin(l.ctx, engine.TxOptions{})
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		tx.Rollback(l.ctx)
		return err
	}
	return end(tx, l.ctx)
}

func (l *lab) withSavepoint(tx *engine.Tx) error {
	if err := l.exec(tx, l.insert("x")); err != nil {
		return err
	}
	outer, err := tx.Savepoint(l.ctx)
	if err != nil {
		return err
	}
	if err := l.exec(tx, l.insert("gone")); err != nil {
		return err
	}
	if err := outer.Rollback(l.ctx); err != nil {
		return err
	}
	inner, err := tx.Savepoint(l.ctx)
	if err != nil {
		return err
	}
	if err := l.exec(tx, l.insert("y")); err != nil {
		return err
	}
	return inner.Release(l.ctx)
}

func (l *lab) batch() *engine.InsertBatch {
	t := l.table()
	return &engine.InsertBatch{
		Table: t, Columns: []*schema.Column{t.Column("note"), t.Column("n")}, Exprs: make([]expr.Expression, 2),
		Returning: []*schema.Column{t.Column("id")}, N: bulk,
		Bind: func(_ int, dst []sqltype.Value) ([]sqltype.Value, error) {
			return append(dst, sqltype.TextValue("bulk"), sqltype.Int64Value(0)), nil
		},
		Store: func(_ int, row sqltype.Row) error {
			row.Int64(0)
			return row.Err()
		},
	}
}

// count counts the rows with a note, past the proxy.
func (l *lab) count(note string) int {
	l.t.Helper()
	n, err := engine.Scalar[int64](l.ctx, l.direct, expr.NewSelect(expr.CountAll()).From(l.table()).Where(l.rows.Note.Eq(note)))
	l.must(err)
	return int(n)
}

func notes(note string) func(l *lab) int { return func(l *lab) int { return l.count(note) } }

func increments(l *lab) int {
	n, err := engine.Scalar[int64](l.ctx, l.direct, expr.NewSelect(l.rows.N).Where(l.rows.Note.Eq("base")))
	l.must(err)
	return int(n)
}

func always(*lab) int { return 1 }

func none(note string) func(l *lab) int {
	return func(l *lab) int {
		if l.count(note) > 0 {
			return -1
		}
		return 1
	}
}

func bulks(l *lab) int {
	n := l.count("bulk")
	if n%bulk != 0 {
		return -1
	}
	return n / bulk
}

// both is the count of two effects that come together: they differ only where
// one of them is none's.
func both(a, b func(l *lab) int) func(l *lab) int {
	return func(l *lab) int {
		x, y := a(l), b(l)
		if x < 0 || y < 0 || x > y {
			return -1
		}
		return x
	}
}

// text is SQL that the test makes.
type text string

// AppendKey implements expr.Node.
func (s text) AppendKey(k *expr.Key) {
	k.Tag(expr.TagExtension)
	k.String(fmt.Sprintf("faulttest %s", string(s)))
}

// Verb implements expr.Statement.
func (text) Verb() expr.Verb { return expr.VerbText }

// Render implements compile.Renderer.
func (s text) Render(c *compile.Compiler) { c.Text(string(s)) }
