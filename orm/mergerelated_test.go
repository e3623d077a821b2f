package orm_test

import (
	"testing"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

// Docket owns its lines; its client is another's.
type (
	Docket struct {
		ID       int64
		Note     string
		DebtorID *int64
		Debtor   orm.One[Debtor]
		Lines    orm.Many[DocketLine]
	}
	DocketLine struct {
		ID       int64
		DocketID int64
		Text     string
		Docket   orm.One[Docket]
	}
	Debtor struct {
		ID   int64
		Name string
	}
)

type (
	docketTable struct {
		orm.Table[Docket]
		ID       schema.Int64
		Note     schema.Text
		DebtorID schema.Int64
		Debtor   orm.BelongsTo[Docket, Debtor]
		Lines    orm.HasMany[Docket, DocketLine]
	}
	docketLineTable struct {
		orm.Table[DocketLine]
		ID, DocketID schema.Int64
		Text         schema.Text
		Docket       orm.BelongsTo[DocketLine, Docket]
	}
	debtorTable struct {
		orm.Table[Debtor]
		ID   schema.Int64
		Name schema.Text
	}
)

var (
	dockets = orm.NewBase()
	Debtors = orm.Declare(dockets, "debtors", debtorTable{ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20)})
	Dockets = orm.Declare(dockets, "dockets", docketTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Note: schema.String(20), DebtorID: schema.BigInteger(schema.ForeignKey("debtors.id")),
		Lines: orm.HasMany[Docket, DocketLine]{}.DeleteOrphans(),
	})
	DocketLines = orm.Declare(dockets, "docket_lines", docketLineTable{
		ID: schema.BigInteger(schema.PrimaryKey()), DocketID: schema.BigInteger(schema.ForeignKey("dockets.id")), Text: schema.String(20),
	})
)

func withDocket(t *testing.T, f func(t *testing.T, db *database)) {
	t.Helper()
	everywhere(t, dockets, func(t *testing.T, db *database) {
		s := session(t, db)
		d := &Docket{Note: "first"}
		d.Debtor.Set(&Debtor{Name: "ann"})
		d.Lines.Add(&DocketLine{Text: "a"}, &DocketLine{Text: "b"})
		s.Add(d)
		must(t, s.Commit(t.Context()))
		must(t, s.Close(t.Context()))
		db.forget()
		f(t, db)
	})
}

// An object that the program has made, as of a request, is merged with what it
// holds: lines with a key are changed, those without are new, and the others are
// deleted.
func TestMergeOfWhatAnEntityHolds(t *testing.T) {
	withDocket(t, func(t *testing.T, db *database) {
		ctx, s := t.Context(), session(t, db)
		given := &Docket{ID: 1, Note: "second"}
		given.Debtor.Set(&Debtor{ID: 1, Name: "anna"})
		given.Lines.Add(&DocketLine{ID: 2, Text: "B"}, &DocketLine{Text: "c"})
		merged, err := orm.Merge(ctx, s, given)
		must(t, err)
		must(t, s.Commit(ctx))
		wantRows(t, db, Dockets.Schema(), "1 second 1")
		wantRows(t, db, DocketLines.Schema(), "2 1 B", "3 1 c")
		wantRows(t, db, Debtors.Schema(), "1 anna")
		lines, err := merged.Lines.All()
		must(t, err)
		if len(lines) != 2 || lines[0].ID != 2 || lines[1].ID != 3 {
			t.Errorf("lines: got %d", len(lines))
		}
		if state, err := s.State(given); err != nil || state != orm.Detached {
			t.Errorf("what was given is %s, %v", state, err)
		}

		must(t, s.Close(ctx))
		s = session(t, db)
		_, err = orm.Merge(ctx, s, &Docket{ID: 1, Note: "third"}, orm.MergeOnly(Dockets.Note)) // says nothing of lines
		must(t, err)
		fresh := &Docket{Note: "new"}
		fresh.Lines.Add(&DocketLine{Text: "d"})
		fresh.Debtor.Set(&Debtor{ID: 1, Name: "anna"})
		_, err = orm.Merge(ctx, s, fresh)
		must(t, err)
		must(t, s.Commit(ctx))
		wantRows(t, db, Dockets.Schema(), "1 third 1", "2 new 1")
		wantRows(t, db, DocketLines.Schema(), "2 1 B", "3 1 c", "4 2 d")
	})
}

// An object that another session had is merged with what was loaded of it, taken
// out of it and added to it.
func TestMergeOfDetachedGraphs(t *testing.T) {
	withDocket(t, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		loaded, err := orm.Select(Dockets).With(Dockets.Lines, Dockets.Debtor).One(ctx, s)
		must(t, err)
		bare, err := orm.Select(DocketLines).Where(DocketLines.ID.Eq(2)).One(ctx, s)
		must(t, err)
		must(t, s.Close(ctx))
		lines, err := loaded.Lines.All()
		must(t, err)
		must(t, loaded.Lines.Remove(lines[0]))
		bare.Text = "changed"
		loaded.Lines.Add(&DocketLine{Text: "added"})

		s = session(t, db)
		merged, err := orm.Merge(ctx, s, loaded)
		must(t, err)
		must(t, s.Commit(ctx))
		wantRows(t, db, DocketLines.Schema(), "2 1 changed", "3 1 added")
		wantRows(t, db, Dockets.Schema(), "1 first 1")
		debtor, err := merged.Debtor.Get()
		must(t, err)
		same(t, "debtor", debtor.Name, "ann")
		must(t, s.Close(ctx))

		unloaded := &Docket{}
		s = session(t, db)
		if unloaded, err = orm.Get(ctx, s, Dockets, 1); err != nil {
			t.Fatal(err)
		}
		must(t, s.Close(ctx))
		unloaded.Note = "unloaded"
		s = session(t, db)
		db.forget()
		_, err = orm.Merge(ctx, s, unloaded)
		must(t, err)
		must(t, s.Commit(ctx))
		db.wantSent(t, "select dockets", "update dockets(note)", "COMMIT")
	})
}

// What comes from a cache is taken for what the rows are, with what it holds.
func TestMergeCleanOfGraphs(t *testing.T) {
	withDocket(t, func(t *testing.T, db *database) {
		ctx := t.Context()
		reader := session(t, db)
		cached, err := orm.Select(Dockets).With(Dockets.Lines, Dockets.Debtor).One(ctx, reader)
		must(t, err)
		must(t, reader.Close(ctx))
		db.forget()
		s := session(t, db)
		merged, err := orm.Merge(ctx, s, cached, orm.MergeClean())
		must(t, err)
		lines, err := merged.Lines.All()
		must(t, err)
		same(t, "lines", len(lines), 2)
		db.wantSent(t)
		lines[1].Text = "changed"
		must(t, merged.Lines.Remove(lines[0]))
		must(t, s.Commit(ctx))
		wantRows(t, db, DocketLines.Schema(), "2 1 changed")
	})
}

// Refresh and Expire forget the changes of what an entity owns too, and not those
// of others.
func TestRefreshOfWhatAnEntityOwns(t *testing.T) {
	withDocket(t, func(t *testing.T, db *database) {
		ctx, s := t.Context(), session(t, db)
		d, err := orm.Select(Dockets).With(Dockets.Lines, Dockets.Debtor).One(ctx, s)
		must(t, err)
		lines, err := d.Lines.All()
		must(t, err)
		debtor, err := d.Debtor.Get()
		must(t, err)
		tx, err := s.Tx(ctx)
		must(t, err)
		run(t, tx, "UPDATE docket_lines SET text = 'theirs' WHERE id = 2")
		d.Note, lines[0].Text, lines[1].Text, debtor.Name = "mine", "mine", "mine", "kept"
		d.Lines.Add(&DocketLine{Text: "lost"})
		db.forget()
		must(t, orm.Refresh(ctx, s, d))
		db.wantSent(t, "select dockets", "select docket_lines")
		same(t, "refreshed", []string{d.Note, lines[0].Text, lines[1].Text, debtor.Name}, []string{"first", "a", "theirs", "kept"})
		again, err := d.Lines.All()
		must(t, err)
		same(t, "lines", len(again), 2)

		lines[0].Text = "mine"
		must(t, s.Expire(d))
		same(t, "expired", lines[0].Text, "a")
		got, err := orm.Get(ctx, s, DocketLines, lines[0].ID)
		must(t, err)
		if got != lines[0] {
			t.Error("another object of the row")
		}
		db.wantSent(t, "update debtors(name)", "select docket_lines")
		must(t, s.Commit(ctx))
		wantRows(t, db, Debtors.Schema(), "1 kept")
	})
}
