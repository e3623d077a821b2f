package orm_test

import (
	"errors"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

type line struct {
	ID, Price, Quantity, Total int64
	Code                       string
}

type lineTable struct {
	orm.Table[line]
	ID, Price, Quantity, Total schema.Int64
	Code                       schema.Text
}

func TestComputedColumns(t *testing.T) {
	base := orm.NewBase()
	lines := orm.Declare(base, "computed_lines", lineTable{
		ID:    schema.BigInteger(schema.PrimaryKey()),
		Total: schema.BigInteger(schema.ComputedAs(expr.SQL("price * quantity"), schema.Stored)),
		Code:  schema.String(20, schema.ServerDefaultValue("new"), schema.ZeroIsUnset(), schema.FetchedOnUpdate()),
	})
	everywhere(t, base, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		a, b := &line{Price: 3, Quantity: 4, Total: 99}, &line{Price: 5, Quantity: 6}
		s.Add(a)
		s.Add(b)
		must(t, s.Commit(ctx))
		same(t, "the totals after INSERT", []int64{a.Total, b.Total}, []int64{12, 30})
		same(t, "the code", a.Code, "new")
		a.Quantity, b.Total = 10, 7
		must(t, s.Flush(ctx))
		got, err := orm.Get(ctx, s, lines, a.ID)
		must(t, err)
		same(t, "the total that was read again", got.Total, int64(30))
		same(t, "the object", got == a, true)
		must(t, s.Commit(ctx))
		fresh := session(t, db)
		other, err := orm.Get(ctx, fresh, lines, b.ID)
		must(t, err)
		same(t, "what a field of a computed column says", other.Total, int64(30))
		must(t, fresh.Commit(ctx))
		_, err = db.Exec(ctx, expr.NewInsert(lines.Schema()).Values(lines.Price.Set(1), lines.Quantity.Set(1), lines.Total.Set(1)))
		if !errors.Is(err, sqlerr.ErrGeneratedAlways) {
			t.Errorf("a value for a computed column: got %v, want ErrGeneratedAlways", err)
		}
	})
}
