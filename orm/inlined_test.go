package orm_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// shopper and buy are tables; spent is a query of them.
type shopper struct {
	ID   int64
	Name string
}

type shopperTable struct {
	orm.Table[shopper]
	ID   schema.Int64
	Name schema.Text
}

type buy struct{ ID, ShopperID, Price int64 }

type buyTable struct {
	orm.Table[buy]
	ID, ShopperID, Price schema.Int64
}

type spent struct {
	ShopperID int64
	Name      string
	Total     int64
	Shopper   orm.One[shopper]
}

type spentTable struct {
	orm.Table[spent]
	ShopperID schema.Int64
	Name      schema.Text
	Total     schema.Int64
	Shopper   orm.BelongsTo[spent, shopper]
}

// wanted is a join of both, by tags.
type wanted struct {
	ID    int64
	Name  string `db:",size=20"`
	Price int64
}

var (
	mall     = orm.NewBase()
	shoppers = orm.Declare(mall, "shoppers", shopperTable{ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20)})
	buys     = orm.Declare(mall, "buys", buyTable{ID: schema.BigInteger(schema.PrimaryKey()), ShopperID: schema.BigInteger(schema.References(shoppers.ID))})
	spents   = orm.Declare(mall, "spent", spentTable{
		ShopperID: schema.BigInteger(schema.PrimaryKey(), schema.References(shoppers.ID)), Name: schema.String(20),
	}, schema.By(schema.Inline, expr.NewSelect(buys.ShopperID, shoppers.Name, expr.CastTo[int64](expr.Sum[int64](buys.Price), sqltype.Integer{Bits: 64}).As("total")).
		From(shoppers.Schema()).Join(buys.Schema(), buys.ShopperID.EqExpr(shoppers.ID)).
		Where(buys.Price.Gt(1)).GroupBy(buys.ShopperID, shoppers.Name)))
	wants = orm.Map[wanted](mall, "wants", schema.By(schema.Inline, expr.NewSelect(buys.ID, shoppers.Name, buys.Price).
		From(shoppers.Schema()).Join(buys.Schema(), buys.ShopperID.EqExpr(shoppers.ID))))
)

func TestEntitiesAreMappedToQueries(t *testing.T) {
	everywhere(t, mall, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		orm.AddAll(s, &shopper{Name: "a"}, &shopper{Name: "b"})
		must(t, s.Flush(ctx))
		orm.AddAll(s, &buy{ShopperID: 1, Price: 1}, &buy{ShopperID: 1, Price: 10}, &buy{ShopperID: 2, Price: 20}, &buy{ShopperID: 2, Price: 5})
		must(t, s.Commit(ctx))
		list, err := orm.Select(spents).Where(spents.Total.Gt(5)).OrderBy(spents.Total.Desc()).With(spents.Shopper).All(ctx, s)
		must(t, err)
		same(t, "totals", []int64{list[0].Total, list[1].Total}, []int64{25, 10})
		of, err := list[0].Shopper.Get()
		must(t, err)
		same(t, "the related entity", of.Name, "b")
		got, err := orm.Get(ctx, s, spents, int64(1))
		must(t, err)
		same(t, "one row is one object", got == list[1], true)
		n, err := orm.Select(wants).Count(ctx, s)
		must(t, err)
		same(t, "rows of a join", n, 4)
		other := orm.Alias(spents, "other")
		pairs, err := orm.Select(spents).Join(other, spents.Total.LtExpr(other.Total)).All(ctx, s)
		must(t, err)
		same(t, "by an alias", len(pairs) == 1 && pairs[0] == got, true)
		joined, err := orm.Select(spents).Join(spents.Shopper).Where(shoppers.Name.Eq("a")).All(ctx, s)
		must(t, err)
		same(t, "joined along a relationship", len(joined) == 1 && joined[0] == got, true)
		s.Add(&buy{ShopperID: 1, Price: 7})
		must(t, s.Flush(ctx))
		must(t, orm.Refresh(ctx, s, got))
		same(t, "what is read again", got.Total, 17)
	})
}

func TestEntitiesOfQueriesAreNotWritten(t *testing.T) {
	db := open(t, "memory")
	ctx := t.Context()
	must(t, db.CreateAll(ctx, mall.MetaData))
	s := session(t, db)
	s.Add(&shopper{Name: "a"})
	must(t, s.Flush(ctx))
	s.Add(&buy{ShopperID: 1, Price: 10})
	must(t, s.Commit(ctx))
	refused := func() {
		t.Helper()
		var wrong *orm.ModelError
		if err := s.Flush(ctx); !errors.As(err, &wrong) || !strings.Contains(wrong.Reason, "read from a query") {
			t.Errorf("got %v, want an error of the query", err)
		}
		must(t, s.Rollback(ctx))
	}
	s.Add(&wanted{Name: "x"})
	refused()
	got, err := orm.Select(wants).One(ctx, s)
	must(t, err)
	got.Price = 3
	refused()
	s.Delete(got)
	refused()
	if _, err := db.Exec(ctx, expr.NewDelete(wants.Schema())); err == nil || !strings.Contains(err.Error(), "wants is a query") {
		t.Errorf("got %v, want an error of the query", err)
	}
}
