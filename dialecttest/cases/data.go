package cases

import (
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Data returns the statements that fill the tables.
func (s *Schema) Data() []*expr.Insert {
	rows := s.userData()
	rows = append(rows, s.orderData()...)
	return append(rows, s.otherData()...)
}

func dec(text string) sqltype.Decimal { return sqltype.MustParseDecimal(text) }

func (s *Schema) userData() []*expr.Insert {
	u, a, n := s.Users, s.Addresses, s.Nodes
	row := expr.NewInsert(u.Table)
	all := []*expr.Insert{
		row.Values(u.ID.Set(1), u.Name.Set("ed"), u.Fullname.Set("Ed Jones"), u.Age.Set(30), u.CreatedAt.Set(date(2024, 1, 1, 10)), u.Active.Set(true)),
		row.Values(u.ID.Set(2), u.Name.Set("wendy"), u.Fullname.Set("Wendy W"), u.Age.Set(25), u.ManagerID.Set(1),
			u.CreatedAt.Set(date(2024, 2, 1, 10)), u.Active.Set(true)),
		row.Values(u.ID.Set(3), u.Name.Set("mary"), u.ManagerID.Set(1), u.Active.Set(false)),
		row.Values(u.ID.Set(4), u.Name.Set("fred"), u.Fullname.Set("Fred 50%_x"), u.Age.Set(41), u.ManagerID.Set(2),
			u.CreatedAt.Set(date(2023, 5, 6, 7, 8, 9)), u.Active.Set(true)),
		row.Values(u.ID.Set(5), u.Name.Set("abab"), u.Fullname.Set("abab z"), u.Age.Set(5), u.ManagerID.Set(4),
			u.CreatedAt.Set(date(2022, 12, 31)), u.Active.Set(false)),
	}
	for _, x := range []struct {
		id, user int32
		email    string
	}{{1, 1, "ed@x"}, {2, 1, "x"}, {3, 2, "w@x"}, {4, 4, "q"}} {
		all = append(all, expr.NewInsert(a.Table).Values(a.ID.Set(x.id), a.UserID.Set(x.user), a.Email.Set(x.email)))
	}
	all = append(all, expr.NewInsert(n.Table).Values(n.ID.Set(1), n.Data.Set("root")))
	for _, x := range []struct {
		id, parent int32
		data       string
	}{{2, 1, "a"}, {3, 1, "b"}, {4, 2, "c"}, {7, 4, "dead"}} {
		all = append(all, expr.NewInsert(n.Table).Values(n.ID.Set(x.id), n.ParentID.Set(x.parent), n.Data.Set(x.data)))
	}
	return all
}

func (s *Schema) orderData() []*expr.Insert {
	o, i, t, ot := s.Orders, s.Items, s.Tags, s.OrderTags
	row := expr.NewInsert(o.Table)
	all := []*expr.Insert{
		row.Values(o.ID.Set(1), o.UserID.Set(1), o.Total.Set(dec("10.50")), o.Status.Set("paid"), o.PlacedOn.Set(date(2024, 3, 1))),
		row.Values(o.ID.Set(2), o.UserID.Set(1), o.Total.Set(dec("99.99")), o.Status.Set("open"), o.PlacedOn.Set(date(2024, 2, 29))),
		row.Values(o.ID.Set(3), o.UserID.Set(2), o.Total.Set(dec("3.00")), o.Status.Set("bad"), o.PlacedOn.Set(date(2023, 1, 1))),
		row.Values(o.ID.Set(4), o.UserID.Set(4), o.Total.Set(dec("120.25")), o.Status.Set("paid"), o.PlacedOn.Set(date(2024, 6, 1))),
		row.Values(o.ID.Set(5)),
	}
	for _, x := range []struct {
		id, order, qty int32
		sku, price     string
	}{{1, 1, 2, "x", "5.25"}, {2, 2, 1, "y", "99.99"}, {3, 2, 3, "x", "1.00"}} {
		all = append(all, expr.NewInsert(i.Table).Values(i.ID.Set(x.id), i.OrderID.Set(x.order), i.SKU.Set(x.sku), i.Qty.Set(x.qty), i.Price.Set(dec(x.price))))
	}
	for id, label := range []string{"red", "blue", "locked"} {
		all = append(all, expr.NewInsert(t.Table).Values(t.ID.Set(int32(id+1)), t.Label.Set(label)))
		if other := s.OtherTags; s.Other != "" {
			all = append(all, expr.NewInsert(other.Table).Values(other.ID.Set(int32(id+1)), other.Label.Set(label)))
		}
	}
	for _, x := range [][2]int32{{1, 1}, {1, 2}, {1, 3}, {2, 1}} {
		all = append(all, expr.NewInsert(ot.Table).Values(ot.OrderID.Set(x[0]), ot.TagID.Set(x[1])))
	}
	return all
}

func (s *Schema) otherData() []*expr.Insert {
	d, c, r, k := s.Docs, s.Comp, s.CompRef, s.Order
	document := map[string]any{"k": "v", "i": 7, "f": 1.5, "b": true, "a": map[string]any{"b": []any{10, 20, 30}}}
	doc := expr.NewInsert(d.Table)
	all := []*expr.Insert{
		doc.Values(d.ID.Set(1), d.Title.Set("t1"), d.Body.Set("foo bar"), d.Data.Set(document), d.Score.Set(1.5), d.Blob.Set([]byte("ab")),
			d.Updated.Set(date(2024, 1, 1))),
		doc.Values(d.ID.Set(2), d.Title.Set("t2"), d.Body.Set("baz"), d.Data.Set([]any{1, map[string]any{"x": 2}})),
		doc.Values(d.ID.Set(3), d.Data.Set(nil), d.Score.Set(2.25)),
		expr.NewInsert(r.Table).Values(r.ID.Set(2)),
		expr.NewInsert(k.Table).Values(k.Select.Set(1), k.MixedCase.Set("y"), k.UserName.Set("x"), k.Plain.Set(3)),
		expr.NewInsert(s.Deflt.Table).Values(s.Deflt.ID.Set(1), s.Deflt.N.Set(1), s.Deflt.F.Set(2), s.Deflt.S.Set("q")),
	}
	for _, x := range []struct {
		a, b int32
		v    string
	}{{1, 2, "x"}, {3, 4, "y"}, {1, 3, "z"}} {
		all = append(all, expr.NewInsert(c.Table).Values(c.A.Set(x.a), c.B.Set(x.b), c.V.Set(x.v)))
	}
	all = append(all, expr.NewInsert(r.Table).Values(r.ID.Set(1), r.RA.Set(1), r.RB.Set(2)))
	for _, x := range [][2]int32{{1, 5}, {2, 0}} {
		all = append(all, expr.NewInsert(s.Stock.Table).Values(s.Stock.ID.Set(x[0]), s.Stock.Qty.Set(x[1])))
	}
	return all
}
