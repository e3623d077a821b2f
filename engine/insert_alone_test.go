package engine_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/proxy"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// insertAlone inserts the words from first to before to, each in a transaction of
// its own.
func insertAlone(t *testing.T, e *engine.Engine, table *schema.Table, first, to int, returning ...string) {
	t.Helper()
	for i := first; i < to; i++ {
		b := newWordBatch(table, i, 1, returning...)
		if err := begin(t, e, engine.TxOptions{}).InsertCommit(t.Context(), &b.InsertBatch); err != nil {
			t.Fatal(err)
		}
		if len(returning) > 0 {
			b.check(t, e, i)
		}
	}
}

// onFilesAndServers runs a test with an engine of one connection, of which there
// may be others.
func onFilesAndServers(t *testing.T, f func(t *testing.T, e *engine.Engine)) {
	t.Run("SQLite", func(t *testing.T) {
		f(t, open(t, "sqlite:///"+filepath.Join(t.TempDir(), "alone.db"), engine.Pool(1, 0)))
	})
	onServers(t, func(t *testing.T, e *engine.Engine) { f(t, open(t, e.URL().Reveal(), engine.Pool(1, 0))) })
}

func TestInsertCommit(t *testing.T) {
	onFilesAndServers(t, func(t *testing.T, e *engine.Engine) {
		table := words(t, "engine_alone")
		create(t, e, table)
		var told []string
		watched := open(t, e.URL().Reveal(), engine.Pool(1, 0), engine.WithEvents(&engine.Events{
			Begin:    func(context.Context, engine.TxOptions) { told = append(told, "begin") },
			Commit:   func(_ context.Context, err error) { told = append(told, "commit") },
			Rollback: func(_ context.Context, err error) { told = append(told, "rollback") },
		}))
		insertAlone(t, watched, table, 0, 5, "id")
		insertAlone(t, watched, table, 5, 8, "id", "made")
		insertAlone(t, watched, table, 8, 10)
		if n := len(told); n != 20 || slices.Contains(told, "rollback") {
			t.Errorf("got the events %q, want 10 begins and commits", told)
		}
		tx := begin(t, watched, engine.TxOptions{})
		b := newWordBatch(table, 0, 1, "id") // which is there
		err := tx.InsertCommit(t.Context(), &b.InsertBatch)
		var broken *sqlerr.ConstraintError
		if !errors.As(err, &broken) || broken.Kind != sqlerr.Unique || errors.Is(err, sqlerr.ErrOutcomeUnknown) {
			t.Errorf("a word that is there: got %v, want a ConstraintError", err)
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Error(err)
		}
		insertAlone(t, watched, table, 10, 12, "id")
	})
}

// Connections change hands at once.
func TestInsertCommitOfManyGoroutines(t *testing.T) {
	onFilesAndServers(t, func(t *testing.T, e *engine.Engine) {
		table := words(t, "engine_alone_many")
		create(t, e, table)
		shared := open(t, e.URL().Reveal(), engine.Pool(2, 0))
		var all sync.WaitGroup
		for first := range 8 {
			all.Go(func() {
				for i := range 25 {
					b := newWordBatch(table, first*25+i, 1, "id")
					tx, err := shared.Begin(t.Context(), engine.TxOptions{})
					if err == nil {
						err = tx.InsertCommit(t.Context(), &b.InsertBatch)
					}
					if err != nil {
						t.Error(err)
						return
					}
					b.check(t, e, first*25+i)
				}
			})
		}
		all.Wait()
	})
}

// The second row of a connection goes in one request.
func TestInsertCommitIsOneRequest(t *testing.T) {
	onServers(t, func(t *testing.T, direct *engine.Engine) {
		table := words(t, "engine_alone_one")
		create(t, direct, table)
		p := proxy.Start(t, direct.URL().Reveal())
		e := open(t, p.URL(), engine.Pool(1, 0))
		insertAlone(t, e, table, 0, 2, "id")
		before := len(p.Executed())
		insertAlone(t, e, table, 2, 3, "id")
		got := slices.DeleteFunc(slices.Clone(p.Executed()[before:]), func(sql string) bool { return strings.HasPrefix(sql, "SELECT") })
		if len(got) != 1 || !strings.HasPrefix(got[0], "INSERT") {
			t.Errorf("got %q, want one INSERT alone", got)
		}
	})
}

// A reply that never comes leaves the outcome unknown, and the transaction ended.
func TestInsertCommitOfALostReply(t *testing.T) {
	onServers(t, func(t *testing.T, direct *engine.Engine) {
		table := words(t, "engine_alone_lost")
		create(t, direct, table)
		p := proxy.Start(t, direct.URL().Reveal())
		e := open(t, p.URL(), engine.Pool(1, 0))
		insertAlone(t, e, table, 0, 2, "id")
		tx := begin(t, e, engine.TxOptions{})
		p.EatReply(1)
		b := newWordBatch(table, 2, 1, "id")
		err := tx.InsertCommit(t.Context(), &b.InsertBatch)
		if !errors.Is(err, sqlerr.ErrOutcomeUnknown) || !p.Struck() || sqlerr.Retryable(err) {
			t.Errorf("got %v, want an unknown outcome, which is not to be retried", err)
		}
		if err := tx.Commit(t.Context()); !errors.Is(err, sqlerr.ErrClosed) {
			t.Errorf("afterwards: got %v, want that it has ended", err)
		}
		p.Disarm()
		if got := strings.Count(allWords(t, direct, table), "word"); got != 3 {
			t.Errorf("got %d rows, want 3", got)
		}
		insertAlone(t, e, table, 3, 5, "id")
	})
}

// A connection on which the server has hung up is not trusted with a statement of
// which nobody could say what became of it.
func TestInsertCommitOverADeadConnection(t *testing.T) {
	onServers(t, func(t *testing.T, other *engine.Engine) {
		table := words(t, "engine_alone_dead")
		create(t, other, table)
		e := open(t, other.URL().Reveal(), engine.Pool(1, 0))
		insertAlone(t, e, table, 0, 2, "id")
		c, err := e.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		kill(t, other, c)
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		b := newWordBatch(table, 2, 1, "id")
		err = begin(t, e, engine.TxOptions{}).InsertCommit(t.Context(), &b.InsertBatch)
		if errors.Is(err, sqlerr.ErrOutcomeUnknown) || err != nil && !errors.Is(err, sqlerr.ErrConnectionLost) {
			t.Errorf("got %v, want no error or a connection that was lost before anything was done", err)
		}
		insertAlone(t, e, table, 3, 5, "id")
	})
}

// What a trigger does before it keeps a row out goes with it.
func TestInsertCommitWithTriggers(t *testing.T) {
	onFilesAndServers(t, func(t *testing.T, e *engine.Engine) {
		table, log := words(t, "engine_alone_kept"), words(t, "engine_alone_log")
		create(t, e, table)
		create(t, e, log)
		insertAlone(t, e, table, 0, 3, "id")
		keepOut(t, e)
		insertAlone(t, e, table, 3, 4, "id")
		b := newWordBatch(table, 4, 1, "id")
		b.Bind = newWordBatch(table, 100, 1).Bind
		tx := begin(t, e, engine.TxOptions{})
		if err := tx.InsertCommit(t.Context(), &b.InsertBatch); err == nil || errors.Is(err, sqlerr.ErrOutcomeUnknown) {
			t.Errorf("got %v, want that the row was kept out", err)
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Error(err)
		}
		if got := strings.Count(allWords(t, e, table), "word"); got != 4 {
			t.Errorf("got %d rows, want 4", got)
		}
		wantWords(t, e, log, "")
	})
}

// keepOut adds a trigger that writes down the word 100 and keeps it out.
func keepOut(t *testing.T, e *engine.Engine) {
	t.Helper()
	const say = "INSERT INTO engine_alone_log (word) VALUES (NEW.word)"
	switch {
	case strings.HasPrefix(e.URL().Scheme(), "sqlite"):
		exec(t, e, expr.SQL("CREATE TRIGGER keep_out BEFORE INSERT ON engine_alone_kept WHEN NEW.word LIKE 'word 100,%' BEGIN "+say+"; SELECT RAISE(IGNORE); END"))
	case strings.HasPrefix(e.URL().Scheme(), "postgres"):
		exec(t, e, expr.SQL("CREATE OR REPLACE FUNCTION engine_keep_out() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.word LIKE 'word 100,%' THEN "+say+"; RETURN NULL; END IF; RETURN NEW; END $$"))
		exec(t, e, expr.SQL("CREATE TRIGGER keep_out BEFORE INSERT ON engine_alone_kept FOR EACH ROW EXECUTE FUNCTION engine_keep_out()"))
	default:
		exec(t, e, expr.SQL("CREATE TRIGGER keep_out BEFORE INSERT ON engine_alone_kept FOR EACH ROW BEGIN IF NEW.word LIKE 'word 100,%' THEN "+say+"; SIGNAL SQLSTATE '45000'; END IF; END"))
	}
}

// A constraint that is checked at the end of the statement's own transaction is
// told as one of COMMIT would be: nothing is there afterwards.
func TestInsertCommitOfADeferredConstraint(t *testing.T) {
	onServers(t, func(t *testing.T, e *engine.Engine) {
		if !strings.HasPrefix(e.URL().Scheme(), "postgres") {
			t.Log("this database has no deferred constraints")
			return
		}
		table := words(t, "engine_alone_deferred")
		create(t, e, table)
		exec(t, e, expr.SQL("ALTER TABLE engine_alone_deferred ADD CONSTRAINT alone_deferred UNIQUE (made) DEFERRABLE INITIALLY DEFERRED"))
		one := open(t, e.URL().Reveal(), engine.Pool(1, 0))
		insertAlone(t, one, table, 0, 1, "id")
		for range 3 {
			tx := begin(t, one, engine.TxOptions{})
			b := newWordBatch(table, 1, 1, "id") // with the same default
			err := tx.InsertCommit(t.Context(), &b.InsertBatch)
			var broken *sqlerr.ConstraintError
			if !errors.As(err, &broken) || errors.Is(err, sqlerr.ErrOutcomeUnknown) {
				t.Errorf("got %v, want a ConstraintError", err)
			}
			tx.Rollback(t.Context())
		}
		if got := strings.Count(allWords(t, e, table), "word"); got != 1 {
			t.Errorf("got %d rows, want 1", got)
		}
	})
}

// Another connection changes the schema between two rows.
func TestInsertCommitSeesTheSchemaMove(t *testing.T) {
	url := "sqlite:///" + filepath.Join(t.TempDir(), "moves.db")
	e, other := open(t, url), open(t, url)
	table := words(t, "engine_alone_moves")
	create(t, e, table)
	insertAlone(t, e, table, 0, 3, "id")
	exec(t, other, expr.SQL("CREATE TABLE beside (id INTEGER PRIMARY KEY)"))
	insertAlone(t, e, table, 3, 6, "id")
	exec(t, other, expr.SQL("CREATE TRIGGER moves AFTER INSERT ON engine_alone_moves BEGIN UPDATE engine_alone_moves SET id = id + 1000 WHERE id = NEW.id; END"))
	b := newWordBatch(table, 6, 1, "id")
	if err := begin(t, e, engine.TxOptions{}).InsertCommit(t.Context(), &b.InsertBatch); !errors.Is(err, sqlerr.ErrOutcomeUnknown) {
		t.Errorf("got %v and the id %d, want that it is not certain", err, b.ids[0])
	}
	insertAlone(t, e, table, 7, 10, "id")
}
