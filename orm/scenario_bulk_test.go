package orm_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

type tally struct {
	ID int64
	A  string
	N  *int64
}

type tallyTable struct {
	orm.Table[tally]
	ID schema.Int64
	A  schema.Text
	N  schema.Int64
}

var (
	tallying = orm.NewBase()
	Tallies  = orm.Declare(tallying, "tallies", tallyTable{
		ID: schema.BigInteger(schema.PrimaryKey()), A: schema.String(20), N: schema.BigInteger(schema.DefaultValue(int64(5))),
	})
)

// tallied commits five rows and reads them.
func tallied(t *testing.T, db *database, s *orm.Session) []*tally {
	t.Helper()
	for i := range int64(5) {
		s.Add(&tally{ID: i + 1, A: "a", N: ptr(i + 1)})
	}
	must(t, s.Commit(t.Context()))
	list, err := orm.Select(Tallies).OrderBy(Tallies.ID.Asc()).All(t.Context(), s)
	must(t, err)
	db.forget()
	return list
}

func values(list []*tally) (as string, ns []int64) {
	for _, x := range list {
		as += x.A
		ns = append(ns, *x.N)
	}
	return as, ns
}

func TestScenarioUpdateDeleteSynchronize(t *testing.T) {
	everywhere(t, tallying, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		us := tallied(t, db, s)
		sent := func(returning, before string) { // MariaDB's UPDATE has no RETURNING
			t.Helper()
			if db.name != "mariadb" {
				db.wantSent(t, returning)
			} else if got := strings.Join(db.statements(), "; "); !strings.HasPrefix(got, "select tallies; "+before) {
				t.Errorf("sent %s", got)
			}
		}
		n, err := orm.Update(Tallies).Set(Tallies.A.Set("big"), Tallies.N.SetExpr(Tallies.N.Add(1))).Where(Tallies.N.Gt(3)).Exec(ctx, s)
		must(t, err)
		db.wantSent(t, "update tallies(a,n)")
		as, ns := values(us)
		same(t, "evaluated", []any{n, as, ns}, []any{int64(2), "aaabigbig", []int64{1, 2, 3, 5, 6}})
		_, err = orm.Update(Tallies).Set(Tallies.A.Set("F")).Where(Tallies.A.Lower().Eq("a")).Exec(ctx, s)
		must(t, err)
		as, _ = values(us)
		same(t, "fetched", as, "FFFbigbig")
		sent("update tallies(a)", "update tallies(a)")
		if _, err := orm.Update(Tallies).Set(Tallies.A.Set("H")).Where(Tallies.A.Eq("F")).Sync(orm.SyncEvaluate).Exec(ctx, s); err == nil {
			t.Error("text is compared in Go, whatever its collation")
		}
		db.wantSent(t)
		_, err = orm.Update(Tallies).Set(Tallies.A.Set("Z")).Where(expr.All()).Sync(orm.SyncNone).Exec(ctx, s)
		must(t, err)
		same(t, "stale", us[0].A, "F")
		db.forget()

		_, err = orm.Delete(Tallies).Where(Tallies.ID.Eq(1)).Exec(ctx, s)
		must(t, err)
		db.wantSent(t, "delete tallies")
		wantState(t, s, us[0], orm.Deleted)
		_, err = orm.Delete(Tallies).Where(Tallies.ID.Gt(3)).Sync(orm.SyncFetch).Exec(ctx, s)
		must(t, err)
		db.wantSent(t, "delete tallies")
		wantState(t, s, us[4], orm.Deleted)
		must(t, s.Flush(ctx))
		db.wantSent(t) // what a statement has done is not written again
		must(t, s.Rollback(ctx))
		as, ns = values(us)
		same(t, "rolled back", []any{as, ns}, []any{"aaaaa", []int64{1, 2, 3, 4, 5}})
		wantState(t, s, us[0], orm.Persistent)
		if _, err := orm.Update(Tallies).Set(Tallies.ID.Set(9)).Where(Tallies.ID.Eq(1)).Exec(ctx, s); err != nil {
			t.Errorf("no object is known in this transaction: got %v", err)
		}
	})
}

// A condition means for the objects what it means for the rows.
func TestConditionsEvaluatedInGo(t *testing.T) {
	n := Tallies.N
	everywhere(t, tallying, func(t *testing.T, db *database) {
		ctx := t.Context()
		seed := session(t, db)
		tallied(t, db, seed)
		seed.Add(&tally{ID: 6, A: "a"})
		must(t, seed.Commit(ctx))
		_, err := orm.Update(Tallies).Set(n.SetNull()).Where(Tallies.ID.Eq(6)).Exec(ctx, seed)
		must(t, err)
		must(t, seed.Commit(ctx))
		for i, p := range []expr.Predicate{
			n.Gt(3), n.Lt(3), n.Ge(3), n.Le(3), n.Eq(3), n.Ne(3), n.IsNull(), n.IsNotNull(), n.In(1, 3), n.NotIn(1, 3),
			expr.Not(n.Eq(3)), expr.Or(n.Eq(1), n.IsNull()), expr.And(n.Gt(1), Tallies.ID.Lt(4)), n.Add(1).Mul(2).Eq(8), expr.All(),
			n.EqExpr(Tallies.ID), n.Sub(1).Lt(0),
		} {
			s := session(t, db)
			list, err := orm.Select(Tallies).OrderBy(Tallies.ID.Asc()).All(ctx, s)
			must(t, err)
			db.forget()
			_, err = orm.Update(Tallies).Set(Tallies.A.Set("hit")).Where(p).Sync(orm.SyncEvaluate).Exec(ctx, s)
			must(t, err)
			same(t, "statements", len(db.statements()), 1)
			tx, err := s.Tx(ctx)
			must(t, err)
			var got []string
			for _, x := range list {
				number := "NULL"
				if x.N != nil {
					number = string(rune('0' + *x.N))
				}
				got = append(got, string(rune('0'+x.ID))+" "+x.A+" "+number)
			}
			if d := diff(got, rows(t, tx, Tallies.Schema())); d != "" {
				t.Errorf("condition %d, objects and rows: %s", i, d)
			}
			must(t, s.Close(ctx))
		}
	})
}

func TestScenarioBulkUpdateByPk(t *testing.T) {
	everywhere(t, tallying, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		us := tallied(t, db, s)
		must(t, orm.BulkUpdate(ctx, s, []*tally{{ID: 1, A: "x"}, {ID: 2, A: "y"}}, Tallies.A))
		must(t, orm.BulkUpdate(ctx, s, []*tally{{ID: 3, N: ptr(int64(0))}}, Tallies.N))
		db.wantSent(t, "update tallies(a) x2", "update tallies(n)")
		as, ns := values(us)
		same(t, "in step", []any{as, ns}, []any{"xyaaa", []int64{1, 2, 0, 4, 5}})
		err := orm.BulkUpdate(ctx, s, []*tally{{A: "q"}}, Tallies.A)
		if err == nil || !strings.Contains(err.Error(), "primary key") {
			t.Errorf("no key: got %v", err)
		}
		db.wantSent(t)
		var stale *orm.StaleError
		if err := orm.BulkUpdate(ctx, s, []*tally{{ID: 99, A: "q"}}, Tallies.A); !errors.As(err, &stale) {
			t.Errorf("a row that is not there: got %v, want a StaleError", err)
		}
		must(t, s.Rollback(ctx))
		as, _ = values(us)
		same(t, "rolled back", as, "aaaaa")
		must(t, orm.BulkUpdate(ctx, s, []*tally{{ID: 1, A: "x"}}, Tallies.A))
		must(t, s.Commit(ctx))
		wantRows(t, db, Tallies.Schema(), "1 x 1", "2 a 2", "3 a 3", "4 a 4", "5 a 5")
	})
}

func TestScenarioBulkInsertStatement(t *testing.T) {
	everywhere(t, tallying, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		list := []*tally{{A: "3"}, {A: "4"}, {A: "5", N: ptr(int64(9))}}
		must(t, orm.BulkInsert(ctx, s, list))
		db.wantSent(t, "insert tallies(a,n) x3")
		as, ns := values(list)
		same(t, "ids and defaults", []any{as, ns, []int64{list[0].ID, list[1].ID, list[2].ID}}, []any{"345", []int64{5, 5, 9}, []int64{1, 2, 3}})
		all, err := s.Objects()
		must(t, err)
		same(t, "objects of the session", len(all), 0)
		must(t, s.Commit(ctx))
		wantRows(t, db, Tallies.Schema(), "1 3 5", "2 4 5", "3 5 9")
		var taken *sqlerr.ConstraintError
		if err := orm.BulkInsert(ctx, s, []*tally{{ID: 1}}); !errors.As(err, &taken) {
			t.Errorf("a taken key: got %v, want a ConstraintError", err)
		}
		if err := s.Commit(ctx); !errors.Is(err, orm.ErrNeedsRollback) {
			t.Errorf("after it: got %v, want ErrNeedsRollback", err)
		}
		if err := orm.BulkInsert(ctx, session(t, db, orm.ReadOnly()), list); !errors.Is(err, sqlerr.ErrReadOnly) {
			t.Errorf("a session that only reads: got %v", err)
		}
	})
}
