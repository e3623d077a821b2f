package orm_test

import (
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

// Postmark has a default that differs from row to row, and one of the database.
type Postmark struct {
	ID    int64
	Name  string
	Serie *int64
	Price *int64
}

type postmarkTable struct {
	orm.Table[Postmark]
	ID    schema.Int64
	Name  schema.Text
	Serie schema.Int64
	Price schema.Int64
}

// TestBulkInsertGivesEntities makes objects of the session of what a bulk INSERT
// has sent, and of what a statement returns.
func TestBulkInsertGivesEntities(t *testing.T) {
	last := int64(0)
	base := orm.NewBase()
	stamps := orm.Declare(base, "stamps", postmarkTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20), Serie: schema.BigInteger(schema.DefaultFunc(func() int64 { last++; return last })),
		Price: schema.BigInteger(schema.ServerDefault(expr.SQL("70"))),
	})
	everywhere(t, base, func(t *testing.T, db *database) {
		ctx := t.Context()
		last = 0
		s := session(t, db)
		list := []*Postmark{{Name: "a"}, {Name: "b", Price: ptr(int64(1))}, {Name: "c"}}
		must(t, orm.BulkInsert(ctx, s, list, orm.Explicit(stamps.Price)))
		db.wantSent(t, "insert stamps(name,serie,price) x3")
		for _, x := range list {
			must(t, s.Attach(x))
		}
		same(t, "defaults of each row, and NULL where it is said", []any{*list[0].Serie, *list[2].Serie, list[0].Price == nil}, []any{int64(1), int64(3), true})
		list[0].Name = "A"
		must(t, s.Flush(ctx))
		db.wantSent(t, "update stamps(name)")
		got, err := orm.Get(ctx, s, stamps, list[2].ID)
		must(t, err)
		same(t, "an object of the session, without a statement", got == list[2], true)

		more := []*Postmark{{Name: "d"}, {Name: "e", Price: ptr(int64(2))}}
		must(t, orm.BulkInsert(ctx, s, more))
		same(t, "what the database fills comes back", []int64{*more[0].Price, *more[1].Price}, []int64{70, 2})
		db.forget()
		insert := expr.NewInsert(stamps.Schema()).Values(stamps.Name.Set("f"), stamps.Serie.Set(9)).Returning(stamps.ID, stamps.Name, stamps.Serie, stamps.Price)
		returned, err := orm.SelectBy(stamps, insert).All(ctx, s)
		must(t, err)
		returned[0].Name = "F"
		must(t, s.Flush(ctx))
		db.wantSent(t, "insert stamps(name,serie)", "update stamps(name)")
		must(t, s.Commit(ctx))
		wantRows(t, db, stamps.Schema(), "1 A 1 NULL", "2 b 2 1", "3 c 3 NULL", "4 d 4 70", "5 e 5 2", "6 F 9 70")
	})
}
