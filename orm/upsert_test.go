package orm_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/dialect/mysql"
	"github.com/alkahest-go/alkahest/dialect/postgres"
	"github.com/alkahest-go/alkahest/dialect/sqlite"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

func TestDoNothingLeavesTheSkippedObjectAlone(t *testing.T) {
	withMySQL(t, ledger, func(t *testing.T, db *database) {
		existing(t, db, "a")
		list := accountsOf("a", "b", "c")
		results := upsertAndCommit(t, db, byEmail.DoNothing(), list)
		same(t, "outcomes", outcomes(results), "[skipped inserted inserted]")
		wantOwnRows(t, db, results)
		same(t, "what was skipped", *list[0], Account{Email: "a", Visits: 1, Note: ptr("new")})
	})
}

func TestDoNothingKeepsTheListAndEachID(t *testing.T) {
	withMySQL(t, ledger, func(t *testing.T, db *database) {
		existing(t, db, "b", "d")
		list := accountsOf("a", "b", "c", "d", "e")
		results := upsertAndCommit(t, db, expr.OnConflict().DoNothing(), list)
		same(t, "outcomes", outcomes(results), "[inserted skipped inserted skipped inserted]")
		for i := range list {
			if results[i].Entity != list[i] {
				t.Errorf("result %d is of another entity than the one given", i)
			}
		}
		wantOwnRows(t, db, results)
	})
}

func TestAStepOfTwoGivesEachObjectItsOwnID(t *testing.T) {
	for _, step := range []int{1, 2, 3} {
		db := mysqlWay(t, step)
		must(t, db.CreateAll(t.Context(), ledger.MetaData))
		list := accountsOf("a", "b", "c")
		s := session(t, db)
		orm.AddAll(s, list...)
		must(t, s.Commit(t.Context()))
		ids := idsByEmail(t, db)
		for i, a := range list {
			if a.ID != ids[a.Email] || a.ID != int64(1+i*step) {
				t.Errorf("step %d: %s has the id %d, its row has %d", step, a.Email, a.ID, ids[a.Email])
			}
		}
	}
}

func TestAnUpsertOfNewAndExistingRowsGivesEachObjectItsOwnID(t *testing.T) {
	withMySQL(t, ledger, func(t *testing.T, db *database) {
		existing(t, db, "a", "c")
		list := accountsOf("a", "b", "c", "d")
		results := upsertAndCommit(t, db, byEmail.DoUpdate(addVisit, Accounts.Note.SetExcluded()), list)
		same(t, "outcomes", outcomes(results), "[updated inserted updated inserted]")
		wantOwnRows(t, db, results)
		for i, visits := range []int64{11, 1, 11, 1} {
			want := Account{ID: list[i].ID, Email: list[i].Email, Visits: visits, Note: ptr("new"), Plan: ptr("free")}
			same(t, "the object", *list[i], want)
		}
		same(t, "the table", len(idsByEmail(t, db)), 4)
	})
}

func TestUpsertedEntitiesArePartOfTheSession(t *testing.T) {
	withMySQL(t, ledger, func(t *testing.T, db *database) {
		existing(t, db, "a")
		s := session(t, db)
		list := accountsOf("a", "b")
		_, err := orm.Upsert(t.Context(), s, list, byEmail.DoUpdate(addVisit))
		must(t, err)
		for _, a := range list {
			got, err := orm.Get(t.Context(), s, Accounts, a.ID)
			must(t, err)
			if got != a {
				t.Errorf("%s: the session has another object of the row", a.Email)
			}
			a.Note = ptr("changed " + a.Email)
		}
		must(t, s.Commit(t.Context()))
		rows, err := orm.Select(Accounts).OrderBy(Accounts.Email.Asc()).NoTrack().All(t.Context(), s)
		must(t, err)
		same(t, "notes", []string{*rows[0].Note, *rows[1].Note}, []string{"changed a", "changed b"})
	})
}

func TestAnUpsertRefreshesTheObjectThatTheSessionHas(t *testing.T) {
	withMySQL(t, ledger, func(t *testing.T, db *database) {
		existing(t, db, "a")
		s := session(t, db)
		held, err := orm.Select(Accounts).One(t.Context(), s)
		must(t, err)
		held.Visits = 20 // flushed before the upsert
		given := &Account{Email: "a", Visits: 1}
		results, err := orm.Upsert(t.Context(), s, []*Account{given}, byEmail.DoUpdate(addVisit))
		must(t, err)
		if results[0].Entity != held || results[0].Outcome != orm.Updated {
			t.Errorf("got %s of another entity than the session's", results[0].Outcome)
		}
		same(t, "visits", held.Visits, 21)
		same(t, "what was given", *given, Account{Email: "a", Visits: 1})
		must(t, s.Rollback(t.Context()))
		same(t, "visits after the rollback", held.Visits, 10)
	})
}

func TestTwoEntitiesOfOneRowShareItsObject(t *testing.T) {
	withMySQL(t, ledger, func(t *testing.T, db *database) {
		list := accountsOf("a", "b", "a")
		results := upsertAndCommit(t, db, byEmail.DoUpdate(addVisit), list)
		same(t, "outcomes", outcomes(results), "[inserted inserted updated]")
		if results[2].Entity != list[0] {
			t.Error("the third is not the first's row")
		}
		same(t, "visits", list[0].Visits, 2)
		same(t, "what was given", *list[2], Account{Email: "a", Visits: 1, Note: ptr("new")})
		wantOwnRows(t, db, results)
	})
}

func TestAConditionThatDoesNotHoldSkipsTheRow(t *testing.T) {
	withMySQL(t, ledger, func(t *testing.T, db *database) {
		existing(t, db, "a", "b") // with 10 visits
		list := []*Account{{Email: "a", Visits: 3}, {Email: "b", Visits: 30}, {Email: "c", Visits: 2}}
		results := upsertAndCommit(t, db, byEmail.DoUpdate(Accounts.Visits.SetExcluded()).Where(Accounts.Visits.LtExpr(Accounts.Visits.Excluded())), list)
		same(t, "outcomes", outcomes(results), "[skipped updated inserted]")
		same(t, "what was skipped", *list[0], Account{Email: "a", Visits: 3})
		same(t, "visits", list[1].Visits, 30)
		wantOwnRows(t, db, results)
	})
}

func TestARollbackTakesAnUpsertBack(t *testing.T) {
	withMySQL(t, ledger, func(t *testing.T, db *database) {
		existing(t, db, "a", "b")
		s := session(t, db)
		sp, err := s.BeginNested(t.Context())
		must(t, err)
		for range 2 { // to the savepoint, and of the whole
			list := accountsOf("a", "c")
			results, err := orm.Upsert(t.Context(), s, list, byEmail.DoUpdate(addVisit))
			must(t, err)
			same(t, "outcomes", outcomes(results), "[updated inserted]")
			if sp != nil {
				must(t, sp.Rollback(t.Context()))
				sp = nil
			} else {
				must(t, s.Rollback(t.Context()))
			}
			for i, email := range []string{"a", "c"} {
				same(t, "after the rollback", *list[i], Account{Email: email, Visits: 1, Note: ptr("new")})
			}
			again, err := orm.Upsert(t.Context(), s, list, byEmail.DoNothing())
			must(t, err)
			same(t, "again", outcomes(again), "[skipped inserted]")
			must(t, s.Rollback(t.Context()))
		}
		same(t, "rows", len(idsByEmail(t, db)), 2)
	})
}

func TestAFailedUpsertLeavesItsEntitiesAsTheyWere(t *testing.T) {
	withMySQL(t, ledger, func(t *testing.T, db *database) {
		existing(t, db, "a")
		s := session(t, db)
		list := accountsOf("b", "a", strings.Repeat("too long ", 9))
		_, err := orm.Upsert(t.Context(), s, list, byEmail.DoUpdate(addVisit))
		if err == nil || strings.Contains(err.Error(), "too long") {
			t.Errorf("got %v, want an error without the value", err)
		}
		list[2] = &Account{ID: 1, Email: "other"} // whose key is taken
		_, err = orm.Upsert(t.Context(), s, list, byEmail.DoNothing())
		var violated *sqlerr.ConstraintError
		if !errors.As(err, &violated) || violated.Kind != sqlerr.PrimaryKey {
			t.Errorf("got %v, want the violated primary key", err)
		}
		if _, err := orm.Upsert(t.Context(), s, list[:1], byEmail.DoNothing()); !errors.Is(err, orm.ErrNeedsRollback) {
			t.Errorf("got %v, want %v", err, orm.ErrNeedsRollback)
		}
		must(t, s.Rollback(t.Context()))
		same(t, "first", *list[0], Account{Email: "b", Visits: 1, Note: ptr("new")})
		same(t, "second", *list[1], Account{Email: "a", Visits: 1, Note: ptr("new")})
		same(t, "rows", len(idsByEmail(t, db)), 1)
	})
}

func TestEntitiesThatCannotBeUpserted(t *testing.T) {
	everywhere(t, ledger, func(t *testing.T, db *database) {
		s := session(t, db)
		added, twice := &Account{Email: "added"}, &Account{Email: "twice"}
		s.Add(added)
		for want, list := range map[string][]*Account{
			"is given to Upsert twice":   {twice, {Email: "x"}, twice},
			"is part of the session":     {added},
			"a nil entity was given":     {nil},
			"is part of another session": {elsewhere(t, db)},
		} {
			db.forget()
			_, err := orm.Upsert(t.Context(), s, list, byEmail.DoNothing())
			var wrong *orm.ModelError
			if !errors.As(err, &wrong) || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
		}
		if _, err := orm.Upsert(t.Context(), s, []*Account{{Email: "x"}}, nil); err == nil {
			t.Error("an Upsert without a clause is accepted")
		}
		results, err := orm.Upsert[Account](t.Context(), s, nil, byEmail.DoNothing())
		must(t, err)
		same(t, "results", len(results), 0)
		must(t, s.Commit(t.Context()))
		same(t, "rows", len(idsByEmail(t, db)), 1) // what was added
	})
}

// elsewhere returns an entity that waits in another session.
func elsewhere(t *testing.T, db *database) *Account {
	a := &Account{Email: "elsewhere"}
	session(t, db).Add(a)
	return a
}

func TestUpsertByAKeyThatSomeRowsLeaveToTheDatabase(t *testing.T) {
	base := orm.NewBase()
	items := orm.Declare(base, "upsert_items", itemTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Code: schema.String(40), Note: schema.String(40),
	})
	withMySQL(t, base, func(t *testing.T, db *database) {
		s := session(t, db, orm.Models(base))
		old := &Item{Code: "old"}
		s.Add(old, orm.Into(items))
		must(t, s.Commit(t.Context()))
		must(t, s.Expunge(old))
		list := []*Item{{Code: "new"}, {ID: old.ID, Code: "changed"}, {ID: 500, Code: "own"}, {Code: "newer"}}
		results, err := orm.Upsert(t.Context(), s, list, expr.OnConflict(items.ID).DoUpdate(items.Code.SetExcluded()), orm.Into(items))
		must(t, err)
		var got []string
		for _, r := range results {
			got = append(got, r.Outcome.String())
		}
		same(t, "outcomes", got, []string{"inserted", "updated", "inserted", "inserted"})
		must(t, s.Commit(t.Context()))
		for _, it := range list {
			read, err := orm.Select(items).Where(items.Code.Eq(it.Code)).NoTrack().One(t.Context(), s)
			must(t, err)
			same(t, "id of "+it.Code, it.ID, read.ID)
		}
	})
}

func TestNativeClausesOfUpsert(t *testing.T) {
	note := Accounts.Note.SetExcluded()
	clauses := map[string]expr.Conflict{
		"skip on sqlite": sqlite.OnConflict(Accounts.Email).DoNothing(), "ignore on sqlite": sqlite.OrIgnore, "replace on sqlite": sqlite.OrReplace,
		"skip on postgres": postgres.OnConflict().DoNothing(), "change on postgres": postgres.OnConflict(Accounts.Email).DoUpdate(note),
		"ignore on mariadb": mysql.Ignore(), "change on mariadb": mysql.OnDuplicateKeyUpdate(note), "ignore on mysql": mysql.Ignore(),
	}
	want := map[string]string{"skip": "[skipped inserted]", "ignore": "[skipped inserted]", "change": "[updated inserted]", "replace": "[inserted inserted]"}
	withMySQL(t, ledger, func(t *testing.T, db *database) {
		for name, clause := range clauses {
			kind, product, _ := strings.Cut(name, " on ")
			if !strings.HasPrefix(db.name, product) && !(product == "sqlite" && db.isSQLite()) {
				s := session(t, db)
				if product != "mysql" && product != "mariadb" || !strings.HasPrefix(db.name, "m") || db.isSQLite() {
					_, err := orm.Upsert(t.Context(), s, accountsOf("x"), clause)
					if err == nil || !strings.Contains(err.Error(), "does not have") {
						t.Errorf("%s on %s: got %v, want a refusal", name, db.name, err)
					}
				}
				must(t, s.Close(t.Context()))
				continue
			}
			taken := fmt.Sprint("taken by ", kind)
			existing(t, db, taken)
			results := upsertAndCommit(t, db, clause, accountsOf(taken, "new by "+kind))
			same(t, name, outcomes(results), want[kind])
			wantOwnRows(t, db, results)
		}
	})
}

func TestIgnoreDoesNotLoseData(t *testing.T) {
	on(t, []string{"mariadb"}, ledger, func(t *testing.T, db *database) {
		run(t, db, "ALTER TABLE accounts MODIFY note VARCHAR(5)")
		tooLong := Accounts.Note.Set("too long for it")
		ins := expr.NewInsert(Accounts.Schema()).Values(Accounts.Email.Set("a"), Accounts.Visits.Set(1), tooLong).OnConflict(mysql.Ignore())
		if _, err := db.Exec(t.Context(), ins); err == nil || !strings.Contains(err.Error(), "transaction") {
			t.Errorf("got %v, want the advice to use a transaction", err)
		}
		err := db.Transact(t.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
			if _, err := tx.Exec(t.Context(), ins); err == nil || !strings.Contains(err.Error(), "would have lost data") {
				t.Errorf("got %v, want what was lost", err)
			}
			_, err := tx.Exec(t.Context(), expr.NewInsert(Accounts.Schema()).Values(Accounts.Email.Set("b"), Accounts.Visits.Set(1)).OnConflict(mysql.Ignore()))
			return err
		})
		must(t, err)
		s := session(t, db)
		list := accountsOf("c", "b")
		list[0].Note = ptr("too long for it")
		if _, err := orm.Upsert(t.Context(), s, list, mysql.Ignore()); err == nil || !strings.Contains(err.Error(), "would have lost data") {
			t.Errorf("got %v, want what was lost", err)
		}
		must(t, s.Rollback(t.Context()))
		same(t, "rows", idsByEmail(t, db), map[string]int64{"b": idsByEmail(t, db)["b"]})
	})
}
