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

type paper struct {
	ID   int64
	Name string
	orm.SoftDelete
}

type paperTable struct {
	orm.Table[paper]
	ID   schema.Int64
	Name schema.Text
	orm.SoftDeleteColumns
}

func TestSoftDelete(t *testing.T) {
	base := orm.NewBase()
	papers := orm.Declare(base, "papers", paperTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20), SoftDeleteColumns: orm.NewSoftDelete(),
	})
	everywhere(t, base, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db, orm.Models(base))
		a, b := &paper{Name: "a"}, &paper{Name: "b"}
		orm.AddAll(s, a, b)
		must(t, s.Commit(ctx))
		db.forget()
		s.Delete(a)
		text, err := s.Explain(ctx)
		must(t, err)
		if !strings.Contains(text, "its row is marked") {
			t.Errorf("the explanation is %s", text)
		}
		must(t, s.Flush(ctx))
		db.wantSent(t, "update papers(deleted_at)")
		wantState(t, s, a, orm.Deleted)
		must(t, s.Rollback(ctx))
		wantState(t, s, a, orm.Persistent)
		if a.DeletedAt != nil {
			t.Error("the rollback has left the mark")
		}
		s.Delete(a)
		must(t, s.Commit(ctx))
		if _, err := orm.Get(ctx, s, papers, a.ID); !errors.Is(err, sqlerr.ErrNoRows) {
			t.Errorf("a marked row: got %v, want ErrNoRows", err)
		}
		n, err := orm.Select(papers).Count(ctx, s)
		must(t, err)
		same(t, "rows that are seen", n, 1)
		marked, err := orm.Select(papers).Where(papers.Name.Eq("a")).Unrestricted().One(ctx, s)
		must(t, err)
		if marked.DeletedAt == nil {
			t.Error("the row is not marked")
		}
		db.forget()
		s.Delete(marked) // for good
		must(t, s.Commit(ctx))
		db.wantSent(t, "delete papers", "COMMIT")
		wantRows(t, db, papers.Schema(), "2 b NULL")
	})
}

type binder struct {
	ID     int64
	Sheets orm.Many[binderSheet]
	Stamps orm.Many[binderStamp]
	Loans  orm.Many[binderLoan]
	orm.SoftDelete
}

// binderSheet is marked with its binder, binderStamp has no mark, and binderLoan
// stays.
type binderSheet struct {
	ID, FolderID int64
	orm.SoftDelete
}

type (
	binderStamp struct{ ID, FolderID int64 }
	binderLoan  struct{ ID, FolderID int64 }
)

type binderTable struct {
	orm.Table[binder]
	ID     schema.Int64
	Sheets orm.HasMany[binder, binderSheet]
	Stamps orm.HasMany[binder, binderStamp]
	Loans  orm.HasMany[binder, binderLoan]
	orm.SoftDeleteColumns
}

type binderSheetTable struct {
	orm.Table[binderSheet]
	ID, FolderID schema.Int64
	orm.SoftDeleteColumns
}

type binderStampTable struct {
	orm.Table[binderStamp]
	ID, FolderID schema.Int64
}

type binderLoanTable struct {
	orm.Table[binderLoan]
	ID, FolderID schema.Int64
}

// What belongs to a marked row stays, unless the relationship has it deleted; what
// belongs to one that is deleted for good goes for good.
func TestSoftDeleteWithCascades(t *testing.T) {
	base := orm.NewBase()
	folders := orm.Declare(base, "folders", binderTable{
		ID:                schema.BigInteger(schema.PrimaryKey()),
		Sheets:            orm.HasMany[binder, binderSheet]{}.CascadeDelete(),
		Stamps:            orm.HasMany[binder, binderStamp]{}.CascadeDelete(),
		SoftDeleteColumns: orm.NewSoftDelete(),
	})
	of := schema.BigInteger(schema.ForeignKey("folders.id"))
	cascading := schema.BigInteger(schema.ForeignKey("folders.id", schema.OnDelete(schema.Cascade)))
	sheets := orm.Declare(base, "sheets", binderSheetTable{ID: schema.BigInteger(schema.PrimaryKey()), FolderID: of, SoftDeleteColumns: orm.NewSoftDelete()})
	stamps := orm.Declare(base, "stamps", binderStampTable{ID: schema.BigInteger(schema.PrimaryKey()), FolderID: cascading})
	loans := orm.Declare(base, "loans", binderLoanTable{ID: schema.BigInteger(schema.PrimaryKey()), FolderID: cascading})
	everywhere(t, base, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		f := &binder{}
		f.Sheets.Add(&binderSheet{}, &binderSheet{})
		f.Stamps.Add(&binderStamp{})
		lent := &binderLoan{}
		f.Loans.Add(lent)
		s.Add(f)
		must(t, s.Commit(ctx))
		db.forget()
		s.Delete(f)
		must(t, s.Flush(ctx))
		wantState(t, s, lent, orm.Persistent)
		must(t, s.Rollback(ctx))
		wantState(t, s, f, orm.Persistent)
		s.Delete(f)
		must(t, s.Commit(ctx))
		wantRows(t, db, stamps.Schema())
		wantRows(t, db, loans.Schema(), "1 1")
		if n := len(rows(t, db, sheets.Schema())); n != 2 {
			t.Errorf("%d sheets, want 2 that are marked", n)
		}
		if n, err := orm.Select(sheets).Count(ctx, s); err != nil || n != 0 {
			t.Errorf("%d sheets are seen, %v", n, err)
		}
		marked, err := orm.Select(folders).Unrestricted().One(ctx, s)
		must(t, err)
		s.Delete(marked) // for good, with what is marked too
		must(t, s.Commit(ctx))
		wantRows(t, db, folders.Schema())
		wantRows(t, db, sheets.Schema())
		wantRows(t, db, loans.Schema())
	})
}

// Statements change and delete what the session sees.
func TestStatementsChangeWhatTheSessionSees(t *testing.T) {
	base := orm.NewBase()
	papers := orm.Declare(base, "papers", paperTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20), SoftDeleteColumns: orm.NewSoftDelete(),
	})
	everywhere(t, base, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db, orm.Models(base), orm.Restrict(papers, papers.Name.Ne("other")))
		a, b, c := &paper{Name: "a"}, &paper{Name: "b"}, &paper{Name: "other"}
		orm.AddAll(s, a, b, c)
		must(t, s.Flush(ctx))
		s.Delete(a)
		must(t, s.Flush(ctx))
		changed := func(want int64, q orm.UpdateQuery[paper]) {
			t.Helper()
			if n, err := q.Exec(ctx, s); err != nil || n != want {
				t.Errorf("%d rows changed, %v, want %d", n, err, want)
			}
		}
		all := orm.Update(papers).Set(papers.Name.Set("x")).Where(expr.All())
		changed(1, all)
		same(t, "names", []string{b.Name, c.Name}, []string{"x", "other"})
		inner := expr.NewSelect(papers.ID).From(papers.Schema()).Where(papers.Name.Eq("a"))
		changed(0, orm.Update(papers).Set(papers.Name.Set("y")).Where(expr.Exists(inner)))
		if _, err := orm.Update(papers).Set(papers.Name.Set("z")).Exec(ctx, s); err == nil {
			t.Error("an UPDATE without a condition was sent")
		}
		if n, err := orm.Delete(papers).Where(expr.All()).Exec(ctx, s); err != nil || n != 1 {
			t.Errorf("%d rows deleted, %v, want 1", n, err)
		}
		wantState(t, s, b, orm.Deleted)
		changed(2, all.Unrestricted())
	})
}
