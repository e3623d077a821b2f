package orm_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

type Vendor struct {
	ID     int64
	Name   string
	Offers orm.Many[Offer]
	Dear   orm.Many[Offer]
	Best   orm.One[Offer]
}

type Offer struct {
	ID       int64
	VendorID int64
	Price    int64
}

type vendorTable struct {
	orm.Table[Vendor]
	ID     schema.Int64
	Name   schema.Text
	Offers orm.HasMany[Vendor, Offer]
	Dear   orm.HasMany[Vendor, Offer]
	Best   orm.HasOne[Vendor, Offer]
}

type offerTable struct {
	orm.Table[Offer]
	ID, VendorID, Price schema.Int64
}

// ranked are the offers, with their places among those of their vendor.
func ranked() (offers *offerTable, place expr.Num[int64]) {
	number := expr.RowNumber().Over(expr.PartitionBy(Offers.VendorID).OrderBy(Offers.Price.Desc())).As("nth")
	r := orm.AliasOf(Offers, "ranked_offers", expr.NewSelect(Offers.ID, Offers.VendorID, Offers.Price, number).From(Offers.Schema()))
	return r, expr.NumColumn[int64](r.Source(), "nth")
}

// Joins has relationships to rows of queries: to those of a CTE, and to the first
// of each vendor.
func (v *vendorTable) Joins() []orm.JoinRule {
	cte := expr.NewCTE("expensive", expr.NewSelect(Offers.ID, Offers.VendorID, Offers.Price).From(Offers.Schema()).Where(Offers.Price.Gt(10)))
	of := func(name string) expr.Expression { return expr.NumColumn[int64](cte, name) }
	dear := orm.AliasOf(Offers, "dear", expr.NewSelect(of("id"), of("vendor_id"), of("price")).From(cte))
	best, nth := ranked()
	return []orm.JoinRule{
		v.Dear.On(dear, dear.VendorID.EqExpr(v.ID)),
		v.Best.On(best, best.VendorID.EqExpr(v.ID), nth.Eq(1)),
	}
}

var (
	bazaar  = orm.NewBase()
	Vendors = orm.Declare(bazaar, "vendors", vendorTable{ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20)})
	Offers  = orm.Declare(bazaar, "offers", offerTable{
		ID: schema.BigInteger(schema.PrimaryKey()), VendorID: schema.BigInteger(schema.ForeignKey("vendors.id")),
	})
)

func prices(offers []*Offer) string {
	var out []string
	for _, o := range offers {
		out = append(out, fmt.Sprint(o.Price))
	}
	return strings.Join(out, " ")
}

// The other end of a relationship is the rows of a query.
func TestRelationshipsToQueries(t *testing.T) {
	everywhere(t, bazaar, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		for name, list := range map[string][]int64{"a": {5, 12, 20}, "b": {7, 3}} {
			v := &Vendor{Name: name}
			for _, p := range list {
				v.Offers.Add(&Offer{Price: p})
			}
			s.Add(v)
		}
		must(t, s.Commit(ctx))
		for what, with := range map[string][]orm.Loader[Vendor]{
			"by keys":       {Vendors.Dear.OrderBy(Offers.Price.Desc()), Vendors.Best},
			"joined":        {Vendors.Dear.OrderBy(Offers.Price.Desc()).Joined(), Vendors.Best.Joined()},
			"by a subquery": {Vendors.Dear.OrderBy(Offers.Price.Desc()).Subquery(), Vendors.Best.Subquery()},
			"as JSON":       {Vendors.Dear.OrderBy(Offers.Price.Desc()).JSON(), Vendors.Best.JSON()},
			"limit":         {Vendors.Dear.OrderBy(Offers.Price.Desc()).Limit(2), Vendors.Best},
		} {
			s = another(t, db, s)
			list, err := orm.Select(Vendors).OrderBy(Vendors.Name.Asc()).With(with...).All(ctx, s)
			must(t, err)
			var got []string
			for _, v := range list {
				dear, err := v.Dear.All()
				must(t, err)
				best, err := v.Best.Get()
				must(t, err)
				got = append(got, fmt.Sprintf("%s: %s, %d", v.Name, prices(dear), best.Price))
			}
			same(t, what, strings.Join(got, "; "), "a: 20 12, 20; b: , 7")
		}
		a, err := orm.Select(Vendors).Where(Vendors.Best.Has(Offers.Price.Eq(20))).With(Vendors.Dear.Where(Offers.Price.Lt(15))).One(ctx, s)
		must(t, err)
		dear, err := a.Dear.All()
		must(t, err)
		same(t, "by conditions", a.Name+" "+prices(dear), "a 12")
		cheap, err := orm.Select(Vendors).Where(Vendors.Dear.Any().Not()).All(ctx, s)
		must(t, err)
		same(t, "without dear ones", fmt.Sprint(len(cheap), cheap[0].Name), "1b")
		found, err := Vendors.Dear.Select(a).All(ctx, s)
		must(t, err)
		same(t, "of a", len(found), 2)
		n, err := orm.Select(Vendors).Where(Vendors.Dear.Contains(dear[0])).Count(ctx, s)
		must(t, err)
		same(t, "contains", n, int64(1))
		a.Dear.Add(&Offer{Price: 99})
		if err := s.Flush(ctx); err == nil || !strings.Contains(err.Error(), "is read only") {
			t.Errorf("written: %v", err)
		}
	})
}
