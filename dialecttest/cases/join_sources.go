package cases

import (
	"github.com/alkahest-go/alkahest/dialect/postgres"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// joinSources are joins of what is no table, and what has no condition.
var joinSources = []Case{
	query("joins-015", func(s *Schema) *expr.Select {
		return userIDs(s).From(s.Users.From).Join(s.Tags.From)
	}).refused("no foreign key is between users and tags"),
	query("joins-016", func(s *Schema) *expr.Select {
		return expr.NewSelect(s.Users.ID, s.Orders.ID).Join(s.OrderTags.From).Join(s.Addresses.From)
	}).refused("no foreign key is between orders, order_tags and addresses"),
	query("joins-018", func(s *Schema) *expr.Select {
		o := s.Orders
		own := expr.NewLateral("own", expr.NewSelect(o.Columns()...).From(o.From).Where(o.UserID.EqExpr(s.Users.ID)))
		return expr.NewSelect(s.Users.Name, o.ID.Of(own)).From(s.Users.From).LeftJoin(own, expr.All())
	}),
	query("joins-019", func(*Schema) *expr.Select {
		series := expr.FromFunc("generate_series", "series", small(1), small(5)).As("value")
		return expr.NewSelect(numberOf(series, "value"))
	}),
	query("joins-020", func(s *Schema) *expr.Select {
		each := expr.FromFunc("json_each", "je", s.Users.Name)
		return expr.NewSelect(s.Users.ID, expr.TextColumn(each, "value")).From(s.Users.From).Join(each, expr.All())
	}).
		differs("sqlite", failing("the names are no documents", "malformed JSON")).
		differs("postgresql", failing("the function takes documents", "does not exist")),
	query("joins-022", func(*Schema) *expr.Select {
		return expr.NewSelect(numberOf(expr.FromFunc("unnest", "x", expr.SQL("ARRAY[1,2]")).As("x"), "x"))
	}),
	query("joins-023", func(s *Schema) *expr.Select {
		return expr.NewSelect(postgres.Field(expr.Fn[int32]("each_row", s.Users.ID), "v", sqltype.Integer{Bits: 32})).From(s.Users.From)
	}).differs("postgresql", failing(noFunction, "each_row")),
	query("joins-024", func(*Schema) *expr.Select {
		v := expr.NewValues("v", []string{"id", "nm"}, expr.Row(small(1), word("a")), expr.Row(small(2), word("b")))
		return expr.NewSelect(numberOf(v, "id"), expr.TextColumn(v, "nm"))
	}),
	query("joins-025", func(s *Schema) *expr.Select {
		weights := expr.NewValues("wts", []string{"id", "w"}, expr.Row(small(1), small(10)), expr.Row(small(2), small(20)))
		return expr.NewSelect(s.Users.Name, numberOf(weights, "w")).From(s.Users.From).Join(weights, numberOf(weights, "id").EqExpr(s.Users.ID))
	}),
	query("joins-027", func(s *Schema) *expr.Select {
		return sampled(s, expr.TableSample(s.Users.From, "ts", 10).By("bernoulli").Seeded(expr.Fn[float64]("random")))
	}).chance(),
	query("joins-028", func(s *Schema) *expr.Select { return sampled(s, expr.TableSample(s.Users.From, "some", 5)) }).chance(),
	query("joins-031", func(s *Schema) *expr.Select {
		return userIDs(s).Locking(expr.Lock{Strength: expr.ForUpdate, Wait: expr.NoWait, Optional: true})
	}),
}

func sampled(s *Schema, from *expr.Sample) *expr.Select { return expr.NewSelect(s.Users.ID.Of(from)) }
