package cases

import (
	"time"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

var insertCases = []Case{
	query("insert-002", func(s *Schema) *expr.Insert {
		return expr.NewInsert(s.Users.Table).Values(s.Users.Name.Set("ed"), s.Users.Age.Set(5), s.Users.Active.Set(true))
	}),
	query("insert-004", func(s *Schema) *expr.Insert {
		u := s.Users
		return expr.NewInsert(u.Table).Values(u.Name.SetExpr(upperED.Lower()), u.Age.SetExpr(u.ID.Add(1)), u.Active.Set(false))
	}),
	query("insert-006", func(s *Schema) *expr.Insert {
		tags := s.Tags
		return expr.NewInsert(tags.Table).Values(tags.Label.Set("a")).Values(tags.Label.Set("b")).Values(tags.Label.Set("c"))
	}),
	query("insert-009", func(s *Schema) *expr.Insert {
		u := s.Users
		return expr.NewInsert(u.Table).Values(u.Name.Set("a"), u.Age.Set(1)).Values(u.Name.Set("b"))
	}).refused("every row of an INSERT must set the same columns"),
	query("insert-011", func(s *Schema) *expr.Insert { return expr.NewInsert(s.Tags.Table) }),
	query("insert-012", func(s *Schema) *expr.Insert { return expr.NewInsert(s.OnlyPK.Table) }),
	query("insert-013", func(s *Schema) *expr.Insert {
		u := s.Users
		return expr.NewInsert(u.Table).Values(u.Name.Set("x"), u.Active.Set(true)).Returning(u.ID, u.CreatedAt)
	}).generated(),
	query("insert-014", func(s *Schema) *expr.Insert {
		return expr.NewInsert(s.Tags.Table).Values(s.Tags.Label.Set("x")).Returning(s.Tags.Columns()...)
	}).generated(),
	query("insert-017", func(s *Schema) *expr.Insert { return expr.NewInsert(s.Tags.Table).Values(s.Tags.Label.Set("x")) }),
	query("insert-018", func(s *Schema) *expr.Insert { return expr.NewInsert(s.Tags.Table).Values(s.Tags.Label.Set("x")) }),
	query("insert-019", func(s *Schema) *expr.Insert { return expr.NewInsert(s.Deflt.Table) }),
	query("insert-020", func(s *Schema) *expr.Insert { return expr.NewInsert(s.SeqT.Table).Values(s.SeqT.V.Set("v")) }),
	query("insert-022", func(s *Schema) *expr.Insert {
		return expr.NewInsert(s.Tags.Table).Values(expr.Assignment{Target: s.Tags.ID, Value: s.MySeq.Next()}, s.Tags.Label.Set("x"))
	}),
	query("insert-024", func(s *Schema) *expr.Insert {
		u, a := s.Users, s.Addresses
		return expr.NewInsert(a.Table).From([]expr.Expression{a.UserID, a.Email}, expr.NewSelect(u.ID, u.Name).Where(u.Age.Gt(5)))
	}),
	query("insert-026", func(s *Schema) *expr.Insert {
		return expr.NewInsert(s.Deflt.Table).From([]expr.Expression{s.Deflt.S}, expr.NewSelect(s.Users.Name)).WithoutDefaults()
	}),
	query("insert-030", func(s *Schema) *expr.Insert {
		o := s.Order
		return expr.NewInsert(o.Table).Values(o.Select.Set(77), o.MixedCase.Set("m"), o.UserName.Set("u"), o.Plain.Set(1))
	}),
	query("insert-032", func(s *Schema) *expr.Insert { return expr.NewInsert(s.Users.Table) }).
		differs("mariadb", Difference{Why: "no column that is not there can be named, so that the row has its defaults alone", Error: "not null constraint violated on table users (name)"}),
	query("insert-033", func(s *Schema) *expr.Insert {
		d := s.Docs
		return expr.NewInsert(d.Table).Values(d.Data.Set(map[string]any{"a": []any{1, nil}}), d.Blob.Set([]byte{0, 1}),
			d.Updated.Set(time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)))
	}).differs("sqlite", Difference{Why: "a key of 64 bits is generated here too", Affected: 1}),
}

var upperED = expr.NewText[string](expr.Unwrap(expr.Value("ED")), sqltype.CodecOf[string](sqltype.Text{}))
