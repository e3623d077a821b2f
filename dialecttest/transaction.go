package dialecttest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

func (c *T) begin(o engine.TxOptions) *engine.Tx {
	c.Helper()
	tx, err := c.engine.Begin(c.Context(), o)
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() { tx.Rollback(context.Background()) })
	return tx
}

func (c *T) commit(tx *engine.Tx) {
	c.Helper()
	if err := tx.Commit(c.Context()); err != nil {
		c.Fatal(err)
	}
}

func (c *T) rollback(tx *engine.Tx) {
	c.Helper()
	if err := tx.Rollback(c.Context()); err != nil {
		c.Fatal(err)
	}
}

// add inserts a row with a note.
func add(t *schema.Table, note string) *expr.Insert {
	return expr.NewInsert(t).Values(set(t, "note", note))
}

// notes selects the notes in the order of their rows.
func notes(t *schema.Table) *expr.Select {
	return expr.NewSelect(t.C("note")).OrderBy(num(t, "id").Asc())
}

func transactionTests() []test {
	tests := slices.Concat(endTests(), savepointTests())
	return append(tests, isolationTests()...)
}

func endTests() []test {
	return []test{
		{name: "commit", doc: "What was committed is there.", run: func(c *T) {
			t := c.item()
			tx := c.begin(engine.TxOptions{})
			c.exec(tx, add(t, "a"))
			c.exec(tx, add(t, "b"))
			c.commit(tx)
			c.wantRows(c.engine, notes(t), "a", "b")
		}},
		{name: "rollback", doc: "What was rolled back is not.", run: func(c *T) {
			t := c.items("a")
			tx := c.begin(engine.TxOptions{})
			c.exec(tx, add(t, "b"))
			c.wantRows(tx, notes(t), "a", "b")
			c.rollback(tx)
			c.wantRows(c.engine, notes(t), "a")
		}},
		{name: "use after the end", doc: "A transaction that has ended takes nothing.", run: func(c *T) {
			t := c.item()
			tx := c.begin(engine.TxOptions{})
			c.exec(tx, add(t, "a"))
			c.commit(tx)
			_, err := tx.Exec(c.Context(), add(t, "b"))
			c.wantIs(err, sqlerr.ErrClosed)
			c.wantIs(tx.Commit(c.Context()), sqlerr.ErrClosed)
			c.wantIs(tx.Rollback(c.Context()), sqlerr.ErrClosed)
			c.wantRows(c.engine, notes(t), "a")
		}},
		{name: "empty", doc: "A transaction that does nothing sends nothing.", run: func(c *T) {
			before := c.sent.Load()
			c.commit(c.begin(engine.TxOptions{}))
			c.rollback(c.begin(engine.TxOptions{}))
			if n := c.sent.Load() - before; n != 0 {
				c.Errorf("%d statements were sent, want none", n)
			}
		}},
		{name: "unseen before commit", doc: "Others do not see what is not committed.", needs: []need{manyConnections}, run: func(c *T) {
			t := c.items("a")
			tx := c.begin(engine.TxOptions{})
			c.exec(tx, add(t, "b"))
			c.wantRows(c.engine, notes(t), "a")
			c.commit(tx)
			c.wantRows(c.engine, notes(t), "a", "b")
		}},
		{name: "savepoint released", doc: "What was done since a savepoint stays when it is released.", run: func(c *T) {
			c.savepoints("a b", "a", "+", "b", "release")
		}},
		{name: "savepoint rolled back", doc: "What was done since a savepoint goes when it is rolled back.", run: func(c *T) {
			c.savepoints("a c", "a", "+", "b", "rollback", "c")
		}},
		{name: "savepoints nest", doc: "The inner savepoint is undone without the outer one.", run: func(c *T) {
			c.savepoints("a b d", "a", "+", "b", "+", "c", "rollback", "d", "release")
		}},
	}
}

func savepointTests() []test {
	return []test{
		{name: "outer savepoint undone", doc: "The end of the outer savepoint ends the inner one.", run: func(c *T) {
			c.savepoints("a d", "a", "+", "b", "+", "c", "release", "rollback", "d")
		}},
		{name: "savepoint first", doc: "A savepoint may be the first thing in a transaction.", run: func(c *T) {
			c.savepoints("b", "+", "a", "rollback", "b")
		}},
		{name: "empty savepoint", doc: "A savepoint that does nothing may be released and rolled back.", run: func(c *T) {
			c.savepoints("a b", "a", "+", "release", "+", "rollback", "b")
		}},
		{name: "hundred savepoints", doc: "Savepoints nest as deep as they are set.", run: func(c *T) {
			ops := []string{}
			for range 100 {
				ops = append(ops, "+", "a")
			}
			for range 99 {
				ops = append(ops, "rollback")
			}
			c.savepoints("a", append(ops, "release")...)
		}},
		{name: "error and savepoint", doc: "After an error, a rollback to a savepoint makes the transaction usable again.", run: errorInSavepoint},
		{name: "error and commit", doc: "A transaction that an error undid does not commit.", needs: []need{abortsOnError}, run: errorAndCommit},
		{name: "error and going on", doc: "Where an error undoes its statement alone, the transaction goes on.", needs: []need{
			{"transactions that an error leaves alone", func(c *T) bool { return !c.caps.AbortsOnError }},
		}, run: errorAndGoOn},
		{name: "read only", doc: "A read-only transaction reads, and refuses to write.", run: readOnly},
		{name: "read only at the database", doc: "Text that writes is refused in a read-only transaction too.", run: readOnlyText},
		{name: "transact", doc: "Transact commits what its function did, and nothing where it fails.", run: transact},
		{name: "panic", doc: "A panic in Transact rolls back and passes.", run: panics},
		{name: "left open", doc: "A connection that comes back with a transaction is rolled back.", run: leftOpen},
		{name: "context ended", doc: "A commit whose context has ended is a rollback.", run: endedContext},
		{name: "one transaction a connection", doc: "A connection refuses statements beside its transaction.", run: beside},
	}
}

// savepoints runs operations in a transaction: "+" sets a savepoint, "release"
// and "rollback" end the innermost one, all else is a note to insert. It
// compares the notes that are there after COMMIT.
func (c *T) savepoints(want string, ops ...string) {
	c.Helper()
	t := c.item()
	tx := c.begin(engine.TxOptions{})
	var stack []*engine.Savepoint
	for _, op := range ops {
		var err error
		last := len(stack) - 1
		switch op {
		case "+":
			var s *engine.Savepoint
			s, err = tx.Savepoint(c.Context())
			stack = append(stack, s)
		case "release":
			err = stack[last].Release(c.Context())
			stack = stack[:last]
		case "rollback":
			err = stack[last].Rollback(c.Context())
			stack = stack[:last]
		default:
			c.exec(tx, add(t, op))
		}
		if err != nil {
			c.Fatalf("%s: %v", op, err)
		}
	}
	c.commit(tx)
	got := c.rows(c.engine, notes(t))
	if fmt.Sprint(got) != "["+want+"]" {
		c.Errorf("got %v, want [%s]", got, want)
	}
}

// unique makes dt_item with notes that are unique.
func (c *T) unique(notes ...string) *schema.Table {
	c.Helper()
	t := c.table("dt_item", id(), schema.NewColumn("note", short, schema.Unique()))
	for _, n := range notes {
		c.exec(c.engine, add(t, n))
	}
	return t
}

func errorInSavepoint(c *T) {
	t := c.unique("taken")
	tx := c.begin(engine.TxOptions{})
	c.exec(tx, add(t, "before"))
	s, err := tx.Savepoint(c.Context())
	if err != nil {
		c.Fatal(err)
	}
	c.exec(tx, add(t, "within"))
	_, err = tx.Exec(c.Context(), add(t, "taken"))
	c.wantConstraint(err, sqlerr.Unique)
	if err := s.Rollback(c.Context()); err != nil {
		c.Fatal(err)
	}
	c.exec(tx, add(t, "after"))
	c.commit(tx)
	c.wantRows(c.engine, notes(t), "taken", "before", "after")
}

func errorAndCommit(c *T) {
	t := c.unique("taken")
	tx := c.begin(engine.TxOptions{})
	c.exec(tx, add(t, "before"))
	_, err := tx.Exec(c.Context(), add(t, "taken"))
	c.wantConstraint(err, sqlerr.Unique)
	if err := tx.Commit(c.Context()); err == nil || errors.Is(err, sqlerr.ErrOutcomeUnknown) {
		c.Errorf("commit after an error: got %v, want an error that is no unknown outcome", err)
	}
	c.wantRows(c.engine, notes(t), "taken")
}

func errorAndGoOn(c *T) {
	t := c.unique("taken")
	tx := c.begin(engine.TxOptions{})
	c.exec(tx, add(t, "before"))
	_, err := tx.Exec(c.Context(), add(t, "taken"))
	c.wantConstraint(err, sqlerr.Unique)
	c.exec(tx, add(t, "after"))
	c.commit(tx)
	c.wantRows(c.engine, notes(t), "taken", "before", "after")
}

func readOnly(c *T) {
	t := c.items("a")
	tx := c.begin(engine.TxOptions{ReadOnly: true})
	c.wantRows(tx, notes(t), "a")
	for _, s := range []expr.Statement{
		add(t, "b"), expr.NewUpdate(t).Set(set(t, "note", "b")).Where(expr.All()), expr.NewDelete(t).Where(expr.All()),
	} {
		_, err := tx.Exec(c.Context(), s)
		c.wantIs(err, sqlerr.ErrReadOnly)
	}
	c.wantIs(tx.Insert(c.Context(), newBatch(t, 2, "note").InsertBatch), sqlerr.ErrReadOnly)
	c.rollback(tx)
	c.wantRows(c.engine, notes(t), "a")
	c.exec(c.engine, add(t, "b"))
}

func readOnlyText(c *T) {
	t := c.items("a")
	tx := c.begin(engine.TxOptions{ReadOnly: true})
	_, err := tx.Exec(c.Context(), expr.SQL("DELETE FROM dt_item"))
	c.wantIs(err, sqlerr.ErrReadOnly)
	c.rollback(tx)
	c.wantRows(c.engine, notes(t), "a")
}

func transact(c *T) {
	t := c.item()
	ctx := c.Context()
	err := c.engine.Transact(ctx, engine.TxOptions{}, func(tx *engine.Tx) error {
		_, err := tx.Exec(ctx, add(t, "a"))
		return err
	})
	if err != nil {
		c.Fatal(err)
	}
	cause := errors.New("not today")
	runs := 0
	err = c.engine.Transact(ctx, engine.TxOptions{}, func(tx *engine.Tx) error {
		runs++
		if _, err := tx.Exec(ctx, add(t, "b")); err != nil {
			return err
		}
		return cause
	})
	if !errors.Is(err, cause) || runs != 1 {
		c.Errorf("got %v after %d runs, want the cause after one", err, runs)
	}
	err = c.engine.Transact(ctx, engine.TxOptions{}, func(tx *engine.Tx) error {
		if _, err := tx.Exec(ctx, add(t, number("try", tx.Attempt()))); err != nil {
			return err
		}
		if tx.Attempt() < 3 {
			return fmt.Errorf("again: %w", sqlerr.ErrSerialization)
		}
		return nil
	})
	if err != nil {
		c.Error(err)
	}
	c.wantRows(c.engine, notes(t), "a", "try3")
}

func panics(c *T) {
	t := c.item()
	func() {
		defer func() {
			if recover() != "out" {
				c.Error("the panic did not pass")
			}
		}()
		c.engine.Transact(c.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
			c.exec(tx, add(t, "a"))
			panic("out")
		})
	}()
	c.wantRows(c.engine, notes(t))
}

func leftOpen(c *T) {
	t := c.item()
	conn, err := c.engine.Conn(c.Context())
	if err != nil {
		c.Fatal(err)
	}
	tx, err := conn.Begin(c.Context(), engine.TxOptions{})
	if err != nil {
		c.Fatal(err)
	}
	c.exec(tx, add(t, "a"))
	if err := conn.Close(); err != nil {
		c.Fatal(err)
	}
	if err := tx.Commit(c.Context()); err == nil {
		c.Error("the transaction committed after its connection went back")
	}
	c.wantRows(c.engine, notes(t))
}

func endedContext(c *T) {
	t := c.item()
	tx := c.begin(engine.TxOptions{})
	c.exec(tx, add(t, "a"))
	ctx, cancel := context.WithCancel(c.Context())
	cancel()
	c.wantIs(tx.Commit(ctx), context.Canceled)
	c.wantRows(c.engine, notes(t))
}

func beside(c *T) {
	t := c.item()
	conn := c.conn()
	tx, err := conn.Begin(c.Context(), engine.TxOptions{})
	if err != nil {
		c.Fatal(err)
	}
	c.exec(tx, add(t, "a"))
	if _, err := conn.Exec(c.Context(), add(t, "b")); err == nil {
		c.Error("a statement beside the transaction was taken")
	}
	if _, err := conn.Begin(c.Context(), engine.TxOptions{}); err == nil {
		c.Error("a second transaction began on the connection")
	}
	c.commit(tx)
	c.exec(conn, add(t, "c"))
	c.wantRows(conn, notes(t), "a", "c")
}

func isolationTests() []test {
	var tests []test
	levels := []dialect.Isolation{dialect.ReadUncommitted, dialect.ReadCommitted, dialect.RepeatableRead, dialect.Snapshot, dialect.Serializable}
	for _, level := range levels {
		tests = append(tests, test{
			name: "at " + level.String(), loop: "levels", doc: "A transaction begins at the level and reads and writes.", needs: []need{isolation(level)},
			run: func(c *T) {
				t := c.items("a")
				tx := c.begin(engine.TxOptions{Isolation: level})
				c.wantRows(tx, notes(t), "a")
				c.exec(tx, add(t, "b"))
				c.commit(tx)
				c.wantRows(c.engine, notes(t), "a", "b")
			},
		}, test{
			name: "without " + level.String(), loop: "levels", doc: "A level that the product lacks is refused by name.", needs: []need{lacksIsolation(level)},
			run: func(c *T) {
				_, err := c.engine.Begin(c.Context(), engine.TxOptions{Isolation: level})
				var refused *compile.UnsupportedError
				if !errors.As(err, &refused) {
					c.Errorf("got %v, want an UnsupportedError", err)
				}
			},
		})
	}
	return append(
		tests,
		test{name: "repeatable read repeats", doc: "A row that another changed reads as before.", needs: []need{isolation(dialect.RepeatableRead), manyWriters}, run: func(c *T) {
			c.readTwice(dialect.RepeatableRead, "a")
		}},
		test{name: "read committed reads anew", doc: "A row that another changed reads as changed.", needs: []need{isolation(dialect.ReadCommitted), manyWriters}, run: func(c *T) {
			c.readTwice(dialect.ReadCommitted, "b")
		}},
		test{name: "level does not leak", doc: "The next transaction of the connection has the default level.", needs: []need{isolation(dialect.Serializable), isolation(dialect.ReadCommitted), manyWriters}, run: levelDoesNotLeak},
		test{name: "write skew", doc: "Of two serializable transactions that each write what the other read, one is refused.", needs: []need{isolation(dialect.Serializable), manyWriters}, run: writeSkew},
	)
}

func (c *T) readTwice(level dialect.Isolation, want string) {
	c.Helper()
	t := c.items("a")
	tx := c.begin(engine.TxOptions{Isolation: level})
	c.wantRows(tx, notes(t), "a")
	c.exec(c.engine, expr.NewUpdate(t).Set(set(t, "note", "b")).Where(expr.All()))
	c.wantRows(tx, notes(t), want)
	c.commit(tx)
}

func levelDoesNotLeak(c *T) {
	t := c.items("a")
	conn := c.conn()
	tx, err := conn.Begin(c.Context(), engine.TxOptions{Isolation: dialect.Serializable})
	if err != nil {
		c.Fatal(err)
	}
	c.wantRows(tx, notes(t), "a")
	c.commit(tx)
	tx, err = conn.Begin(c.Context(), engine.TxOptions{Isolation: dialect.ReadCommitted})
	if err != nil {
		c.Fatal(err)
	}
	c.wantRows(tx, notes(t), "a")
	c.exec(c.engine, expr.NewUpdate(t).Set(set(t, "note", "b")).Where(expr.All()))
	c.wantRows(tx, notes(t), "b")
	c.commit(tx)
}

func writeSkew(c *T) {
	t := c.items("on", "on")
	on := str(t, "note").Eq("on")
	count := expr.NewSelect(expr.CountAll()).From(t).Where(on)
	done := make(chan error, 2)
	read := make(chan struct{}, 2)
	start := make(chan struct{})
	for i := range int64(2) {
		go func() {
			done <- func() error {
				tx, err := c.engine.Begin(c.Context(), engine.TxOptions{Isolation: dialect.Serializable})
				if err != nil {
					return err
				}
				defer tx.Rollback(context.Background())
				_, err = tx.Exec(c.Context(), count)
				read <- struct{}{}
				<-start
				if err != nil {
					return err
				}
				if _, err := tx.Exec(c.Context(), expr.NewUpdate(t).Set(set(t, "note", "off")).Where(num(t, "id").Eq(i+1))); err != nil {
					return err
				}
				return tx.Commit(c.Context())
			}()
		}()
	}
	<-read
	<-read
	close(start)
	a, b := <-done, <-done
	if a == nil {
		a, b = b, a
	}
	if b != nil || !sqlerr.Retryable(a) {
		c.Errorf("got %v and %v, want one success and one error that may be retried", a, b)
	}
	c.wantRows(c.engine, count, "1")
}
