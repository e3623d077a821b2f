package engine_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// upsertDatabases are those that upserts are tried on.
var upsertDatabases = []struct {
	name string
	open func(t *testing.T) *engine.Engine
}{
	{"SQLite", func(t *testing.T) *engine.Engine { return memory(t, engine.Options{}) }},
	{"PostgreSQL 15", func(t *testing.T) *engine.Engine { return open(t, testdb.PG15(t)) }},
	{"PostgreSQL 18", func(t *testing.T) *engine.Engine { return open(t, testdb.PG18(t)) }},
	{"MariaDB", func(t *testing.T) *engine.Engine { return open(t, testdb.MariaDB(t)) }},
	{"MySQL's way", mySQL},
}

// account is a row of the tables of upserts: email is unique.
type account struct {
	id, n int64
	email string
	note  sqltype.Value
}

func (a account) String() string {
	if a.note.IsNull() {
		return fmt.Sprintf("%d %s %d NULL", a.id, a.email, a.n)
	}
	return fmt.Sprintf("%d %s %d %s", a.id, a.email, a.n, a.note.Text())
}

func accounts(t testing.TB, name string, id ...schema.Option) *schema.Table {
	t.Helper()
	table, err := schema.NewTable(schema.NewMetaData(), name,
		schema.NewColumn("id", big, append([]schema.Option{schema.PrimaryKey()}, id...)...),
		schema.NewColumn("email", sqltype.String{Length: 20}, schema.NotNull(), schema.Unique()),
		schema.NewColumn("n", big, schema.NotNull()),
		schema.NewColumn("note", sqltype.String{Length: 20}, schema.Nullable()),
	)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func numOf(table *schema.Table, column string) expr.Num[int64] {
	return expr.NewNum[int64](table.C(column), sqltype.CodecOf[int64](big))
}

func textOf(table *schema.Table, column string) expr.TextOf[string] {
	return expr.NewText[string](table.C(column), sqltype.CodecOf[string](table.Column(column).Type))
}

// upsertBatch sends accounts and keeps what became of them.
type upsertBatch struct {
	engine.InsertBatch
	rows     []account
	got      []account // what came back, by row
	outcomes []engine.Outcome
	told     []int // how often each outcome was told
}

func newUpsertBatch(table *schema.Table, clause expr.Conflict, rows []account, columns ...string) *upsertBatch {
	b := &upsertBatch{rows: rows, got: make([]account, len(rows)), outcomes: make([]engine.Outcome, len(rows)), told: make([]int, len(rows))}
	b.Table, b.N, b.Conflict = table, len(rows), clause
	for _, c := range columns {
		b.Columns = append(b.Columns, table.Column(c))
	}
	b.Returning = table.Columns()
	b.Bind = func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
		for _, c := range columns {
			switch r := rows[i]; c {
			case "id":
				dst = append(dst, sqltype.Int64Value(r.id))
			case "email":
				dst = append(dst, sqltype.TextValue(r.email))
			case "n":
				v := sqltype.Int64Value(r.n)
				if r.n < 0 {
					v = sqltype.NullValue() // which the column refuses
				}
				dst = append(dst, v)
			default:
				dst = append(dst, r.note)
			}
		}
		return dst, nil
	}
	b.Store = func(i int, row sqltype.Row) error {
		b.got[i] = readAccount(row)
		return row.Err()
	}
	b.Outcome = func(i int, o engine.Outcome) {
		b.outcomes[i] = o
		b.told[i]++
	}
	return b
}

func readAccount(row sqltype.Row) account {
	a := account{id: row.Int64(0), email: string(row.Text(1)), n: row.Int64(2)}
	if !row.IsNull(3) {
		a.note = sqltype.TextValue(string(row.Text(3)))
	}
	return a
}

// stored reads the table on another connection where there is one.
func stored(t testing.TB, e *engine.Engine, table *schema.Table) map[string]account {
	t.Helper()
	r, err := e.Query(t.Context(), expr.NewSelect(table.C("id"), table.C("email"), table.C("n"), table.C("note")).From(table))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	found := map[string]account{}
	for r.Next() {
		a := readAccount(r.Row())
		found[a.email] = a
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return found
}

// upserts is a run of random upserts, and what the table has to hold.
type upserts struct {
	t     *testing.T
	e     *engine.Engine
	table *schema.Table
	rand  *rand.Rand
	rows  map[string]account
	wrong int
}

// clauses are what an upsert may say, with what that means.
func (u *upserts) clauses() []struct {
	clause expr.Conflict
	change func(old, proposed account) (account, engine.Outcome)
} {
	n, note, email := numOf(u.table, "n"), textOf(u.table, "note"), textOf(u.table, "email")
	on := expr.OnConflict(email)
	skip := func(old, _ account) (account, engine.Outcome) { return old, engine.Skipped }
	add := func(old, proposed account) (account, engine.Outcome) {
		old.n, old.note = old.n+proposed.n, proposed.note
		return old, engine.Updated
	}
	return []struct {
		clause expr.Conflict
		change func(old, proposed account) (account, engine.Outcome)
	}{
		{on.DoNothing(), skip},
		{expr.OnConflict().DoNothing(), skip},
		{on.DoUpdate(n.SetExpr(n.AddExpr(n.Excluded())), note.SetExcluded()), add},
		{on.DoUpdate(note.SetExcluded(), n.SetExpr(n.AddExpr(n.Excluded()))).Where(n.LtExpr(n.Excluded())), func(old, proposed account) (account, engine.Outcome) {
			if old.n < proposed.n {
				return add(old, proposed)
			}
			return skip(old, proposed)
		}},
		{on.DoUpdate(n.SetExpr(n)), func(old, _ account) (account, engine.Outcome) { return old, engine.Updated }},
	}
}

func (u *upserts) batch() []account {
	rows := make([]account, 1+u.rand.IntN(12))
	if u.rand.IntN(10) == 0 {
		rows = make([]account, 40+u.rand.IntN(40))
	}
	for i := range rows {
		rows[i] = account{email: fmt.Sprintf("e%d", u.rand.IntN(400)), n: u.rand.Int64N(20), note: sqltype.TextValue(fmt.Sprintf("note %d", u.rand.IntN(9)))}
		if u.rand.IntN(5) == 0 {
			rows[i].note = sqltype.NullValue()
		}
	}
	return rows
}

// try sends one batch, in a transaction that may fail or be undone.
func (u *upserts) try() {
	clauses := u.clauses()
	x := clauses[u.rand.IntN(len(clauses))]
	rows := u.batch()
	fails := u.rand.IntN(12) == 0
	if fails {
		rows[u.rand.IntN(len(rows))].n = -1
	}
	undone := errors.New("undone")
	undo := u.rand.IntN(12) == 0
	b := newUpsertBatch(u.table, x.clause, rows, "email", "n", "note")
	err := u.e.Transact(u.t.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
		if err := tx.Insert(u.t.Context(), &b.InsertBatch); err != nil {
			return err
		}
		if undo {
			return undone
		}
		return nil
	})
	var violated *sqlerr.ConstraintError
	switch {
	case fails && !(errors.As(err, &violated) && violated.Kind == sqlerr.NotNull):
		u.t.Fatalf("got %v, want a violation of NOT NULL", err)
	case fails || undo && errors.Is(err, undone):
	case err != nil:
		u.t.Fatal(err)
	default:
		u.expect(b, x.change)
	}
}

// expect follows the batch in the model, and compares what came back.
func (u *upserts) expect(b *upsertBatch, change func(old, proposed account) (account, engine.Outcome)) {
	for i, proposed := range b.rows {
		old, there := u.rows[proposed.email]
		now, want := proposed, engine.Inserted
		if there {
			now, want = change(old, proposed)
		} else {
			now.id = b.got[i].id // compared with the table's below
		}
		u.rows[proposed.email] = now
		if want == engine.Skipped {
			now = account{}
		}
		if b.told[i] != 1 || b.outcomes[i] != want || b.got[i].String() != now.String() {
			u.wrong++
			u.t.Errorf("row %d (%s): got %s (told %d times) and %v, want %s and %v", i, proposed.email, b.outcomes[i], b.told[i], b.got[i], want, now)
		}
	}
}

// compare holds the table against the model.
func (u *upserts) compare() {
	got := stored(u.t, u.e, u.table)
	if len(got) != len(u.rows) {
		u.wrong++
		u.t.Errorf("got %d rows, want %d", len(got), len(u.rows))
	}
	for email, want := range u.rows {
		if got[email].String() != want.String() {
			u.wrong++
			u.t.Errorf("%s: the table has %v, want %v", email, got[email], want)
		}
	}
}

// TestRandomUpserts sends random batches and follows each row in a model: its
// outcome, its id, and what it holds.
func TestRandomUpserts(t *testing.T) {
	for _, db := range upsertDatabases {
		t.Run(db.name, func(t *testing.T) {
			count, seed := max(soak.Count(2_000), 100), soak.Seed(t)
			e := db.open(t)
			tables := []*schema.Table{accounts(t, "engine_upsert"), accounts(t, "engine_upsert_s", schema.NewSequence("engine_upsert_s_seq", schema.Start(100), schema.Increment(5)))}
			wrong := 0
			r := rand.New(rand.NewPCG(seed, 1))
			for k, table := range tables {
				create(t, e, table)
				u := &upserts{t: t, e: e, table: table, rand: r, rows: map[string]account{}}
				for i := range (count + 1 - k) / 2 {
					u.try()
					if i%50 == 49 {
						u.compare()
					}
				}
				u.compare()
				wrong += u.wrong
			}
			soak.Report(t, "engine/upserts/"+db.name, count, wrong, seed)
		})
	}
}

func TestUpsertOfOneRowTwice(t *testing.T) {
	for _, db := range upsertDatabases {
		t.Run(db.name, func(t *testing.T) {
			e := db.open(t)
			table := accounts(t, "engine_upsert_two")
			create(t, e, table)
			n := numOf(table, "n")
			rows := []account{{email: "a", n: 1}, {email: "b", n: 2}, {email: "a", n: 3}}
			b := newUpsertBatch(table, expr.OnConflict(textOf(table, "email")).DoUpdate(n.SetExpr(n.AddExpr(n.Excluded()))), rows, "email", "n", "note")
			insert(t, e, &b.InsertBatch)
			if d := cmp.Diff(fmt.Sprint(b.outcomes), "[inserted inserted updated]"); d != "" {
				t.Error(d)
			}
			if b.got[0].id != b.got[2].id || b.got[2].n != 4 {
				t.Errorf("got %v", b.got)
			}
		})
	}
}

// TestInsertFromSelectGivesItsIDsBack selects the rows to insert, and compares
// the id of each with that of its row.
func TestInsertFromSelectGivesItsIDsBack(t *testing.T) {
	for _, db := range upsertDatabases {
		t.Run(db.name, func(t *testing.T) {
			e := db.open(t)
			source := accounts(t, "engine_select_from")
			create(t, e, source)
			rows := make([]account, 50)
			for i := range rows {
				rows[i] = account{email: fmt.Sprintf("e%d", i), n: int64(i)}
			}
			b := newUpsertBatch(source, nil, rows, "email", "n", "note")
			insert(t, e, &b.InsertBatch)
			for name, options := range map[string][]schema.Option{
				"generated": nil, "sequence": {schema.NewSequence("engine_select_seq", schema.Start(100), schema.Increment(3))},
			} {
				target := accounts(t, "engine_select_into", options...)
				create(t, e, target)
				q := expr.NewSelect(source.C("email"), source.C("n")).Where(numOf(source, "n").Ge(10))
				ins := expr.NewInsert(target).From([]expr.Expression{target.C("email"), target.C("n")}, q).Returning(target.C("id"), target.C("email"))
				r, err := e.Query(t.Context(), ins)
				if err != nil {
					refused := db.name == "MySQL's way" || db.name == "SQLite" && name == "sequence"
					if !refused || len(stored(t, e, target)) != 0 {
						t.Errorf("%s: %v", name, err)
					}
					continue
				}
				got := map[string]int64{}
				for r.Next() {
					got[string(r.Row().Text(1))] = r.Row().Int64(0)
				}
				if err := r.Close(); err != nil {
					t.Fatal(err)
				}
				found := stored(t, e, target)
				if len(got) != 40 || len(found) != 40 {
					t.Errorf("%s: got %d ids and %d rows, want 40", name, len(got), len(found))
				}
				for email, id := range got {
					if found[email].id != id || id == 0 {
						t.Errorf("%s: %s was told the id %d and has %d", name, email, id, found[email].id)
					}
				}
			}
		})
	}
}
