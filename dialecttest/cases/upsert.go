package cases

import (
	"github.com/alkahest-go/alkahest/dialect/mysql"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

var upsertCases = []Case{
	query("upsert-001", func(s *Schema) *expr.Insert { return newTag(s).OnConflict(expr.OnConflict().DoNothing()) }),
	query("upsert-002", func(s *Schema) *expr.Insert { return newTag(s).OnConflict(expr.OnConflict(s.Tags.Label).DoNothing()) }),
	query("upsert-003", func(s *Schema) *expr.Insert {
		return expr.NewInsert(s.Tags.Table).Values(s.Tags.ID.Set(1), s.Tags.Label.Set("x")).
			OnConflict(expr.OnConflict(s.Tags.Label).DoUpdate(s.Tags.Label.SetExcluded()))
	}),
	query("upsert-004", func(s *Schema) *expr.Insert {
		t := s.Tags
		return newTag(s).OnConflict(expr.OnConflict(t.Label).Partial(t.ID.Gt(5)).DoUpdate(t.Label.SetExpr(t.Label.Excluded().Concat("!"))).Where(t.Label.Ne("locked")))
	}),
	query("upsert-005", func(s *Schema) *expr.Insert {
		return newTag(s).OnConflict(expr.OnConstraint("uq_label").DoUpdate(s.Tags.Label.Set("y")))
	}).refused(`OnConstraint names "uq_label"`),
	query("upsert-007", func(s *Schema) *expr.Insert {
		t := s.Tags
		return expr.NewInsert(t.Table).Values(t.ID.Set(1), t.Label.Set("a")).Values(t.ID.Set(2), t.Label.Set("b")).
			OnConflict(expr.OnConflict(t.ID).DoUpdate(t.Label.SetExcluded()))
	}),
	query("upsert-010", func(s *Schema) *expr.Insert {
		return newTag(s).OnConflict(expr.OnConflict().DoUpdate(s.Tags.Label.Set("y")))
	}).
		refused("DoUpdate needs the columns of the unique key"),
	query("upsert-013", func(s *Schema) *expr.Insert {
		return expr.NewInsert(s.Tags.Table).From([]expr.Expression{s.Tags.Label}, expr.NewSelect(s.Users.Name)).
			OnConflict(expr.OnConflict(s.Tags.Label).DoUpdate(s.Tags.Label.SetExcluded()))
	}),
	query("upsert-014", func(s *Schema) *expr.Insert {
		return newTag(s).OnConflict(expr.OnConflict().DoNothing()).Returning(s.Tags.ID)
	}).generated(),
	query("upsert-015", func(s *Schema) *expr.Insert {
		return expr.NewInsert(s.Tags.Table).Values(s.Tags.ID.Set(1), s.Tags.Label.Set("x")).
			OnConflict(mysql.OnDuplicateKeyUpdate(s.Tags.Label.SetExcluded()))
	}),
	query("upsert-017", func(s *Schema) *expr.Insert {
		joined := &expr.Func{Name: "concat", Args: []expr.Expression{expr.Value("a"), expr.Value("b")}, Type: sqltype.Text{}}
		return expr.NewInsert(s.Users.Table).Values(s.Users.Name.Set("x"), s.Users.Active.Set(true)).
			OnConflict(mysql.OnDuplicateKeyUpdate(s.Users.Name.Set("y"), expr.Assignment{Target: s.Users.Age, Value: joined}))
	}),
}

func newTag(s *Schema) *expr.Insert {
	return expr.NewInsert(s.Tags.Table).Values(s.Tags.Label.Set("x"))
}
