package expr_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// place is a source for columns of tests.
type place struct{ name string }

func (p *place) Provides(s expr.Source) bool { return s == expr.Source(p) }

func (p *place) AppendKey(k *expr.Key) {
	k.Tag(expr.TagExtension)
	k.String(p.name)
}

var (
	users, orders = &place{"users"}, &place{"orders"}
	bigint        = sqltype.CodecOf[int64](sqltype.Integer{Bits: 64})
	varchar       = sqltype.CodecOf[string](sqltype.String{Length: 10})
	id            = num(users, "id")
	age           = num(users, "age")
	name          = expr.NewText[string](&expr.Column{From: users, Name: "name", Codec: varchar}, varchar)
	orderID       = num(orders, "id")
)

func num(from expr.Source, name string) expr.Num[int64] {
	return expr.NewNum[int64](&expr.Column{From: from, Name: name, Codec: bigint}, bigint)
}

// keyOf returns the structure of a node, and its values.
func keyOf(n expr.Node) (string, []*expr.Bind, error) {
	k := &expr.Key{}
	n.AppendKey(k)
	return string(k.Bytes()), k.Binds(), k.Err()
}

func structure(t *testing.T, n expr.Node) string {
	t.Helper()
	s, _, err := keyOf(n)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestStatementsAreImmutable makes two statements from each base by every
// method, and holds the base and the first to what they were.
func TestStatementsAreImmutable(t *testing.T) {
	base := expr.NewSelect(id, name).From(users).Where(id.Eq(1), id.Ne(2), id.Ne(3)).OrderBy(id.Asc(), age.Asc(), name.Asc()).GroupBy(id, age, name).Having(id.Gt(0), id.Gt(1), id.Gt(2))
	before := structure(t, base)
	selects := map[string]func(i int64) *expr.Select{
		"Columns":  func(i int64) *expr.Select { return base.Columns(age.Add(i)) },
		"From":     func(i int64) *expr.Select { return base.From(alias(i)) },
		"Join":     func(i int64) *expr.Select { return base.Join(alias(i), id.EqExpr(age)) },
		"LeftJoin": func(i int64) *expr.Select { return base.LeftJoin(alias(i)) },
		"Where":    func(i int64) *expr.Select { return base.Where(column(i).Eq(1)) },
		"GroupBy":  func(i int64) *expr.Select { return base.GroupBy(column(i)) },
		"Having":   func(i int64) *expr.Select { return base.Having(column(i).Eq(1)) },
		"OrderBy":  func(i int64) *expr.Select { return base.OrderBy(column(i).Desc()) },
		"Limit":    func(i int64) *expr.Select { return base.Limit(int(i)) },
		"Offset":   func(i int64) *expr.Select { return base.Offset(int(i)) },
		"Distinct": func(int64) *expr.Select { return base.Distinct() },
		"Locking":  func(int64) *expr.Select { return base.Locking(expr.Lock{Strength: expr.ForUpdate}) },
	}
	for method, change := range selects {
		untouched(t, method, base, before, func(i int64) expr.Node { return change(i) })
	}
	insert := expr.NewInsert(users).Values(id.Set(1)).Values(id.Set(2)).Values(id.Set(3)).Returning(id, age, name)
	update := expr.NewUpdate(users).Set(id.Set(1), age.Set(2), name.Set("x")).Where(id.Eq(1), id.Eq(2), id.Eq(3)).Returning(id, age, name)
	update = update.From(alias(3), alias(4), alias(5)).OrderBy(id.Asc(), age.Asc(), name.Asc()).Prefix("a").Prefix("b").Prefix("c")
	del := expr.NewDelete(users).Where(id.Eq(1), id.Eq(2), id.Eq(3)).Returning(id, age, name).Using(alias(3), alias(4), alias(5)).OrderBy(id.Asc(), age.Asc(), name.Asc())
	merge := expr.NewMerge(users).Using(orders, orderID.EqExpr(id)).WhenMatched(id.Eq(1)).Delete().WhenMatched(id.Eq(2)).Delete().WhenMatched(id.Eq(3)).Delete().Returning(id, age, name)
	for method, tc := range map[string]struct {
		base   expr.Node
		change func(i int64) expr.Node
	}{
		"Insert.Values":    {insert, func(i int64) expr.Node { return insert.Values(id.SetExpr(column(i))) }},
		"Insert.Returning": {insert, func(i int64) expr.Node { return insert.Returning(column(i)) }},
		"Update.Set":       {update, func(i int64) expr.Node { return update.Set(column(i).Set(1)) }},
		"Update.Where":     {update, func(i int64) expr.Node { return update.Where(column(i).Eq(1)) }},
		"Update.Returning": {update, func(i int64) expr.Node { return update.Returning(column(i)) }},
		"Delete.Where":     {del, func(i int64) expr.Node { return del.Where(column(i).Eq(1)) }},
		"Delete.Returning": {del, func(i int64) expr.Node { return del.Returning(column(i)) }},
		"Update.From":      {update, func(i int64) expr.Node { return update.From(alias(i)) }},
		"Update.OrderBy":   {update, func(i int64) expr.Node { return update.OrderBy(column(i).Desc()) }},
		"Update.Limit":     {update, func(i int64) expr.Node { return update.Limit(int(i)) }},
		"Update.InOrder":   {update, func(i int64) expr.Node { return update.SetInOrder(column(i).Set(1)) }},
		"Update.Prefix":    {update, func(i int64) expr.Node { return update.Prefix("x") }},
		"Update.Hint":      {update, func(i int64) expr.Node { return update.Hint("x") }},
		"Delete.Using":     {del, func(i int64) expr.Node { return del.Using(alias(i)) }},
		"Delete.OrderBy":   {del, func(i int64) expr.Node { return del.OrderBy(column(i).Desc()) }},
		"Delete.Limit":     {del, func(i int64) expr.Node { return del.Limit(int(i)) }},
		"Insert.Bare":      {insert, func(int64) expr.Node { return insert.WithoutDefaults() }},
		"Merge.When":       {merge, func(i int64) expr.Node { return merge.WhenNotMatched().Insert(column(i).Set(1)) }},
		"Merge.Returning":  {merge, func(i int64) expr.Node { return merge.Returning(column(i)) }},
	} {
		untouched(t, method, tc.base, structure(t, tc.base), tc.change)
	}
}

func untouched(t *testing.T, method string, base expr.Node, before string, change func(i int64) expr.Node) {
	t.Helper()
	first := change(1)
	firstBefore := structure(t, first)
	change(2)
	if structure(t, base) != before {
		t.Errorf("%s changed the statement that it was called on", method)
	}
	if structure(t, first) != firstBefore {
		t.Errorf("%s called twice on one statement changed what the first call returned", method)
	}
	if firstBefore == before {
		t.Errorf("%s left no trace in the key", method)
	}
}

func column(i int64) expr.Num[int64] { return num(users, "column"+string(rune('0'+i))) }

func alias(i int64) *expr.Alias { return &expr.Alias{Of: orders, Name: string(rune('a' + i))} }

func TestFromIsTakenFromTheColumns(t *testing.T) {
	exists := expr.Exists(expr.NewSelect(num(&place{"inner"}, "x")))
	s := expr.NewSelect(id.AddExpr(orderID), expr.Count(name), &expr.Case{Whens: []expr.When{{If: expr.Unwrap(exists), Then: expr.Unwrap(age)}}})
	if d := cmp.Diff(len(s.Sources()), 2); d != "" || s.Sources()[0] != expr.Source(users) || s.Sources()[1] != expr.Source(orders) {
		t.Errorf("got %v, want users and orders", s.Sources())
	}
	joined := s.From(&expr.Join{L: users, R: orders})
	if len(joined.Sources()) != 1 {
		t.Errorf("got %d sources, want the join alone", len(joined.Sources()))
	}
}

func TestErrorsAreKeptForTheCompiler(t *testing.T) {
	const shape = "expr: every row of an INSERT must set the same columns, in the same order"
	for _, tc := range []struct {
		n    expr.Node
		want string
	}{
		{expr.NewSelect(id).Limit(-1), "expr: LIMIT -1 is below zero; leave the clause out for no limit"},
		{expr.NewSelect(id).Offset(-2), "expr: OFFSET -2 is below zero; leave the clause out for no limit"},
		{expr.NewSelect(expr.Value(int64(1))).Join(users), "expr: a join needs something on its left: call From first"},
		{expr.NewInsert(users).Values(id.Set(1)).Values(age.Set(1)), shape},
		{expr.NewInsert(users).Values(id.Set(1), age.Set(1)).Values(age.Set(1), id.Set(1)), shape},
		{expr.NewInsert(users).Rows([]expr.Expression{id, age}, []expr.Expression{expr.TRUE}), shape},
	} {
		_, _, err := keyOf(tc.n)
		if err == nil || err.Error() != tc.want {
			t.Errorf("got %v, want %s", err, tc.want)
		}
	}
	_, _, err := keyOf(expr.NewSelect(id).Where(name.Eq("12345678901")))
	if err == nil || strings.Contains(err.Error(), "12345678901") {
		t.Errorf("got %v, want an error that does not show the value", err)
	}
}
