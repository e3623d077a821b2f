package orm_test

import (
	"errors"
	"strings"
	"testing"

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
		s := session(t, db)
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
