package engine_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// sentTexts collects the beginnings of what is sent.
type sentTexts struct {
	mu   sync.Mutex
	list []string
}

func (s *sentTexts) event() *engine.Events {
	return &engine.Events{After: func(_ context.Context, x *engine.Execution) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if verb, _, _ := strings.Cut(x.SQL, " "); x.Err == nil && x.Rows > 1 {
			s.list = append(s.list, verb)
		}
	}}
}

// last returns the verb of the last statement that wrote many rows.
func (s *sentTexts) last() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.list) == 0 {
		return ""
	}
	return s.list[len(s.list)-1]
}

// onPostgreSQL runs a test on each server, with an engine that tells what it
// sends and another one.
func onPostgreSQL(t *testing.T, f func(t *testing.T, e, other *engine.Engine, sent *sentTexts)) {
	for name, url := range map[string]func(testing.TB) string{"15": testdb.PG15, "18": testdb.PG18, "pgbouncer": pooled} {
		t.Run(name, func(t *testing.T) {
			sent := &sentTexts{}
			f(t, open(t, url(t), engine.WithEvents(sent.event())), open(t, url(t)), sent)
		})
	}
}

func pooled(t testing.TB) string {
	t.Helper()
	u, err := engine.ParseURL(testdb.PgBouncer(t))
	if err != nil {
		t.Fatal(err)
	}
	return u.WithOption("pgbouncer", "true").Reveal()
}

func TestManyRowsGoByCopy(t *testing.T) {
	onPostgreSQL(t, func(t *testing.T, e, other *engine.Engine, sent *sentTexts) {
		for name, c := range map[string]struct {
			ddl  expr.Statement
			want string // "" where it is one row a statement
		}{
			"plain":                           {expr.SQL("SELECT 1"), "COPY"},
			"text instead of varchar":         {expr.SQL("ALTER TABLE engine_copy ALTER word TYPE TEXT"), "COPY"},
			"a key of 32 bits":                {expr.SQL("ALTER TABLE engine_copy ALTER id TYPE INTEGER"), "INSERT"},
			"a number of another kind":        {expr.SQL("ALTER TABLE engine_copy ALTER score TYPE NUMERIC"), "INSERT"},
			"a float of 32 bits":              {expr.SQL("ALTER TABLE engine_copy ALTER score TYPE REAL"), "INSERT"},
			"a whole number of as many bytes": {expr.SQL("ALTER TABLE engine_copy ALTER score TYPE BIGINT"), "INSERT"},
			"a trigger":                       {trigger, ""},
			"a rule":                          {expr.SQL("CREATE RULE engine_copy_r AS ON INSERT TO engine_copy DO ALSO NOTHING"), ""},
		} {
			t.Run(name, func(t *testing.T) {
				table := words(t, "engine_copy")
				create(t, e, table)
				exec(t, e, expr.SQL(triggerFunction))
				exec(t, e, c.ddl)
				for first := 0; first < 9000; first += 3000 {
					sent.list = nil
					b := newWordBatch(table, first, 3000, "id")
					insert(t, e, &b.InsertBatch)
					b.check(t, other, first)
					if got := sent.last(); c.want != "" && got != c.want || c.want == "" && got == "COPY" {
						t.Errorf("the rows went by %s, want %q", got, c.want)
					}
				}
			})
		}
	})
}

const triggerFunction = `CREATE OR REPLACE FUNCTION engine_copy_f() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN NEW.id := -NEW.id; RETURN NEW; END $$`

var trigger = expr.SQL("CREATE TRIGGER engine_copy_t BEFORE INSERT ON engine_copy FOR EACH ROW EXECUTE FUNCTION engine_copy_f()")

// A trigger may come in the middle of the transaction that has seen none: by
// itself, or by others once a savepoint has let go of the table.
func TestATriggerThatComesAfterTheProof(t *testing.T) {
	onPostgreSQL(t, func(t *testing.T, e, other *engine.Engine, sent *sentTexts) {
		table := words(t, "engine_copy")
		for name, between := range map[string]func(t *testing.T, tx *engine.Tx, save *engine.Savepoint){
			"by itself": func(t *testing.T, tx *engine.Tx, _ *engine.Savepoint) { exec(t, tx, trigger) },
			"by another": func(t *testing.T, _ *engine.Tx, save *engine.Savepoint) {
				if err := save.Rollback(t.Context()); err != nil {
					t.Fatal(err)
				}
				exec(t, other, trigger)
			},
		} {
			t.Run(name, func(t *testing.T) {
				create(t, e, table)
				exec(t, e, expr.SQL(triggerFunction))
				tx := begin(t, e, engine.TxOptions{})
				save, err := tx.Savepoint(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				before, after := newWordBatch(table, 0, 300, "id"), newWordBatch(table, 1000, 300, "id")
				if err := tx.Insert(t.Context(), &before.InsertBatch); err != nil {
					t.Fatal(err)
				}
				if sent.last() != "COPY" {
					t.Errorf("the first rows went by %s, want COPY", sent.last())
				}
				between(t, tx, save)
				if err := errors.Join(tx.Insert(t.Context(), &after.InsertBatch), tx.Commit(t.Context())); err != nil {
					t.Fatal(err)
				}
				after.check(t, other, 1000)
				for _, id := range after.ids {
					if id >= 0 {
						t.Fatalf("the trigger makes ids negative, and one is %d", id)
					}
				}
			})
		}
	})
}

func TestFailuresOfCopy(t *testing.T) {
	onPostgreSQL(t, func(t *testing.T, e, _ *engine.Engine, _ *sentTexts) {
		table := words(t, "engine_copy")
		create(t, e, table)
		refused := errors.New("not this one")
		for name, c := range map[string]struct {
			spoil func(i int, v []sqltype.Value) ([]sqltype.Value, error)
			want  func(err error) bool
		}{
			"a row that is refused": {
				func(int, []sqltype.Value) ([]sqltype.Value, error) { return nil, refused },
				func(err error) bool {
					var row *engine.RowError
					return errors.Is(err, refused) && errors.As(err, &row) && row.Index == 1700
				},
			},
			"a word that is there": {
				func(_ int, v []sqltype.Value) ([]sqltype.Value, error) {
					v[0] = sqltype.TextValue(word(3))
					return v, nil
				},
				func(err error) bool {
					var c *sqlerr.ConstraintError
					return errors.As(err, &c) && c.Kind == sqlerr.Unique
				},
			},
			"a value of another kind": {
				func(_ int, v []sqltype.Value) ([]sqltype.Value, error) { v[1] = sqltype.BoolValue(true); return v, nil },
				func(err error) bool {
					var v *sqlerr.ValueError
					return errors.As(err, &v)
				},
			},
		} {
			t.Run(name, func(t *testing.T) {
				b := newWordBatch(table, 0, 2000, "id")
				good := b.Bind
				b.Bind = func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
					dst, err := good(i, dst)
					if i != 1700 || err != nil {
						return dst, err
					}
					v, err := c.spoil(i, dst[len(dst)-2:])
					return append(dst[:len(dst)-2], v...), err
				}
				if err := tryInsert(t, e, &b.InsertBatch); !c.want(err) {
					t.Errorf("got the error %v", err)
				}
				wantCount(t, e, table, 0)
				// The connection goes on.
				ok := newWordBatch(table, 0, 300, "id")
				insert(t, e, &ok.InsertBatch)
				ok.check(t, e, 0)
				exec(t, e, expr.NewDelete(table).Where(expr.All()))
			})
		}
	})
}

func wantCount(t *testing.T, e *engine.Engine, table *schema.Table, want int64) {
	t.Helper()
	got, err := engine.Scalar[int64](t.Context(), e, expr.NewSelect(&expr.Func{Name: "count", Args: []expr.Expression{expr.STAR}, Type: big}).From(table))
	if err != nil || got != want {
		t.Errorf("got %d rows, %v, want %d", got, err, want)
	}
}
