package orm_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

type Ledger struct {
	ID    int64
	Name  string
	Lines orm.WriteOnly[LedgerLine]
	Marks orm.WriteOnly[LedgerMark]
}

type LedgerLine struct {
	ID       int64
	Sum      int64
	LedgerID *int64
	Ledger   orm.One[Ledger]
}

type LedgerMark struct {
	ID   int64
	Text string
}

type LedgerMarking struct{ LedgerID, MarkID int64 }

type ledgerTable struct {
	orm.Table[Ledger]
	ID    schema.Int64
	Name  schema.Text
	Lines orm.HasMany[Ledger, LedgerLine]
	Marks orm.ManyToMany[Ledger, LedgerMark]
}

type ledgerLineTable struct {
	orm.Table[LedgerLine]
	ID       schema.Int64
	Sum      schema.Int64
	LedgerID schema.Int64
	Ledger   orm.BelongsTo[LedgerLine, Ledger]
}

type ledgerMarkTable struct {
	orm.Table[LedgerMark]
	ID   schema.Int64
	Text schema.Text
}

type ledgerMarkingTable struct {
	orm.Table[LedgerMarking]
	LedgerID, MarkID schema.Int64
}

var (
	bookkeeping = orm.NewBase()
	Ledgers     = orm.Declare(bookkeeping, "ledgers", ledgerTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20),
		Marks: orm.ManyToMany[Ledger, LedgerMark]{}.Over("ledger_markings"),
	})
	LedgerLines = orm.Declare(bookkeeping, "ledger_lines", ledgerLineTable{
		ID: schema.BigInteger(schema.PrimaryKey()), LedgerID: schema.BigInteger(schema.ForeignKey("ledgers.id")),
	})
	LedgerMarks = orm.Declare(bookkeeping, "ledger_marks", ledgerMarkTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Text: schema.String(20),
	})
	LedgerMarkings = orm.Declare(bookkeeping, "ledger_markings", ledgerMarkingTable{
		LedgerID: schema.BigInteger(schema.PrimaryKey(), schema.ForeignKey("ledgers.id")),
		MarkID:   schema.BigInteger(schema.PrimaryKey(), schema.ForeignKey("ledger_marks.id")),
	})
)

// sums tells what belongs to a ledger, by a query of its relationship.
func sums(t *testing.T, s *orm.Session, l *Ledger) string {
	t.Helper()
	lines, err := Ledgers.Lines.Select(l).OrderBy(LedgerLines.Sum.Asc()).All(t.Context(), s)
	must(t, err)
	marks, err := Ledgers.Marks.Select(l).OrderBy(LedgerMarks.ID.Asc()).All(t.Context(), s)
	must(t, err)
	var out []string
	for _, x := range lines {
		out = append(out, fmt.Sprint(x.Sum))
	}
	for _, x := range marks {
		out = append(out, x.Text)
	}
	return strings.Join(out, " ")
}

// keep writes two ledgers; the first has lines of 1 to 4, the second one of 9.
func keep(t *testing.T, s *orm.Session) (a, b *Ledger, lines []*LedgerLine, marks []*LedgerMark) {
	t.Helper()
	a, b = &Ledger{Name: "a"}, &Ledger{Name: "b"}
	lines = []*LedgerLine{{Sum: 1}, {Sum: 2}, {Sum: 3}, {Sum: 4}, {Sum: 9}}
	marks = []*LedgerMark{{Text: "red"}, {Text: "old"}}
	a.Lines.Add(lines[:3]...)
	lines[3].Ledger.Set(a)
	b.Lines.Add(lines[4])
	a.Marks.Add(marks...)
	orm.AddAll(s, a, b)
	s.Add(lines[3])
	must(t, s.Flush(t.Context()))
	return a, b, lines, marks
}

// A huge relationship takes what is added and removed, and is read by queries; a
// flush never reads it.
func TestWriteOnlyRelationships(t *testing.T) {
	everywhere(t, bookkeeping, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		a, b, lines, marks := keep(t, s)
		same(t, "a", sums(t, s, a), "1 2 3 4 red old")
		must(t, s.Commit(ctx))
		db.forget()
		a.Lines.Add(&LedgerLine{Sum: 5}, lines[4])
		a.Lines.Remove(lines[0], lines[1])
		a.Lines.Add(lines[1]) // which takes that back
		b.Marks.Add(marks[1])
		a.Marks.Remove(marks[1])
		must(t, s.Commit(ctx))
		db.wantSent(t, "delete ledger_markings", "update ledger_lines(ledger_id) x2", "insert ledger_lines(sum,ledger_id)", "insert ledger_markings(ledger_id,mark_id)", "COMMIT")
		if of, err := lines[4].Ledger.Get(); err != nil || of != a || lines[0].LedgerID != nil {
			t.Errorf("the other side has %v, %v", of, err)
		}
		same(t, "a", sums(t, s, a), "2 3 4 5 9 red")
		same(t, "b", sums(t, s, b), "old")
		a.Lines.Add(&LedgerLine{Sum: 6})
		a.Lines.Remove(lines[2])
		must(t, s.Flush(ctx))
		must(t, s.Rollback(ctx))
		must(t, s.Flush(ctx))
		same(t, "after a rollback", sums(t, s, a), "2 3 4 5 9 red")
		db.forget()
		s.Delete(b)
		must(t, s.Flush(ctx))
		db.wantSent(t, "delete ledger_markings", "delete ledgers")
	})
}

// What belongs to an entity is queried, inserted, updated and deleted by
// statements, and the session is kept in step.
func TestStatementsOfWhatBelongsToAnEntity(t *testing.T) {
	everywhere(t, bookkeeping, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		a, b, lines, _ := keep(t, s)
		must(t, Ledgers.Lines.Insert(ctx, s, b, &LedgerLine{Sum: 10}, &LedgerLine{Sum: 11}))
		must(t, Ledgers.Marks.Insert(ctx, s, b, &LedgerMark{Text: "new"}))
		same(t, "inserted", sums(t, s, b), "9 10 11 new")
		if n, err := Ledgers.Lines.Update(a).Where(LedgerLines.Sum.Gt(2)).Set(LedgerLines.Sum.Set(7)).Exec(ctx, s); err != nil || n != 2 || lines[2].Sum != 7 || lines[4].Sum != 9 {
			t.Errorf("updated %d, %v: %v", n, err, lines[2].Sum)
		}
		if n, err := Ledgers.Marks.Update(b).Set(LedgerMarks.Text.Set("newer")).Exec(ctx, s); err != nil || n != 1 {
			t.Errorf("updated %d, %v", n, err)
		}
		if n, err := Ledgers.Lines.Delete(a).Where(LedgerLines.Sum.Eq(7)).Exec(ctx, s); err != nil || n != 2 {
			t.Errorf("deleted %d, %v", n, err)
		}
		if st, err := s.State(lines[2]); err != nil || st != orm.Deleted {
			t.Errorf("a deleted line is %v, %v", st, err)
		}
		same(t, "a", sums(t, s, a), "1 2 red old")
		same(t, "b", sums(t, s, b), "9 10 11 newer")
		if n, err := Ledgers.Lines.Select(b).Where(LedgerLines.Sum.Ge(10)).Count(ctx, s); err != nil || n != 2 {
			t.Errorf("counted %d, %v", n, err)
		}
		first, err := Ledgers.Lines.Select(b).OrderBy(LedgerLines.Sum.Desc()).With(LedgerLines.Ledger).First(ctx, s)
		must(t, err)
		if of, err := first.Ledger.Get(); err != nil || of != b {
			t.Errorf("of %v, %v", of, err)
		}
		var all []int64
		for line, err := range Ledgers.Lines.Select(b).Partition(2).Each(ctx, s) {
			must(t, err)
			all = append(all, line.Sum)
		}
		if !slices.Equal(all, []int64{9, 10, 11}) {
			t.Errorf("each: %v", all)
		}
	})
}

func TestWriteOnlyRelationshipsRefuse(t *testing.T) {
	everywhere(t, bookkeeping, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		a, b, lines, _ := keep(t, s)
		must(t, s.Commit(ctx))
		for what, err := range map[string]error{
			"load":   Ledgers.Lines.Load(ctx, s, a),
			"with":   second(orm.Select(Ledgers).With(Ledgers.Marks.Joined()).All(ctx, s)),
			"keys":   second(orm.KeyedBy(Ledgers.Lines, func(l *LedgerLine) int64 { return l.Sum }).All(a)),
			"proxy":  second(orm.Through(Ledgers.Lines, LedgerLines.Ledger, nil).All(a)),
			"insert": Ledgers.Lines.Insert(ctx, s, &Ledger{}, &LedgerLine{}),
		} {
			if err == nil || !strings.Contains(err.Error(), map[bool]string{true: "flush it first", false: "by Select of the relationship"}[what == "insert"]) {
				t.Errorf("%s: %v", what, err)
			}
		}
		b.Lines.Remove(lines[0])
		var wrong *orm.EntityError
		if err := s.Flush(ctx); !errors.As(err, &wrong) || !strings.Contains(err.Error(), "does not belong to it") {
			t.Errorf("of another: %v", err)
		}
		must(t, s.Rollback(ctx))
		b.Lines.Remove(&LedgerLine{})
		if err := s.Flush(ctx); !errors.As(err, &wrong) || !strings.Contains(err.Error(), "not part of the session") {
			t.Errorf("of none: %v", err)
		}
		must(t, s.Rollback(ctx))
		s.Delete(a) // whose lines are there
		var refused *sqlerr.ConstraintError
		if err := s.Flush(ctx); !errors.As(err, &refused) {
			t.Errorf("deleted with lines: %v", err)
		}
		must(t, s.Rollback(ctx))
		same(t, "after all", sums(t, s, a), "1 2 3 4 red old")
	})
}

func second[T any](_ T, err error) error { return err }

func TestWriteOnlyCascadesAreTheDatabases(t *testing.T) {
	base := orm.NewBase()
	orm.Declare(base, "ledgers", struct {
		orm.Table[loneLedger]
		ID    schema.Int64
		Lines orm.HasMany[loneLedger, loneLine]
	}{ID: schema.BigInteger(schema.PrimaryKey()), Lines: orm.HasMany[loneLedger, loneLine]{}.CascadeDelete()})
	orm.Declare(base, "lines", struct {
		orm.Table[loneLine]
		ID, LedgerID schema.Int64
	}{ID: schema.BigInteger(schema.PrimaryKey()), LedgerID: schema.BigInteger(schema.ForeignKey("ledgers.id"))})
	if err := base.Check(); err == nil || !strings.Contains(err.Error(), "schema.OnDelete(schema.Cascade)") {
		t.Error(err)
	}
}

type loneLedger struct {
	ID    int64
	Lines orm.WriteOnly[loneLine]
}

type loneLine struct{ ID, LedgerID int64 }
