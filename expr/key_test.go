package expr_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/sqltype"
)

var (
	one, two = expr.Unwrap(expr.Value(int64(1))), expr.Unwrap(expr.Value(int64(2)))
	short    = sqltype.CodecOf[string](sqltype.String{Length: 5})
)

// different are nodes of which no two may share a key: a shared key is a shared
// text.
var different = map[string]expr.Node{
	"column":            id,
	"other column":      age,
	"other source":      orderID,
	"alias":             num(&expr.Alias{Of: users, Name: "u"}, "id"),
	"other alias":       num(&expr.Alias{Of: users, Name: "v"}, "id"),
	"alias of other":    num(&expr.Alias{Of: orders, Name: "u"}, "id"),
	"bind":              one,
	"bind of text":      expr.Unwrap(expr.Value("x")),
	"bind of length":    expr.NewBind(short, "x"),
	"param":             &expr.Param{Index: 0, Type: bigint.Type},
	"other param":       &expr.Param{Index: 1, Type: bigint.Type},
	"param of text":     &expr.Param{Index: 0, Type: varchar.Type},
	"null":              expr.NULL,
	"true":              expr.TRUE,
	"false":             expr.FALSE,
	"default":           expr.DEFAULT,
	"eq":                id.Eq(1),
	"ne":                id.Ne(1),
	"eq column":         id.EqExpr(age),
	"is null":           id.IsNull(),
	"is not null":       id.IsNotNull(),
	"not":               id.Eq(1).And(id.Lt(1)).Not(),
	"and":               expr.And(id.Eq(1), age.Eq(2)),
	"or":                expr.Or(id.Eq(1), age.Eq(2)),
	"and of one":        expr.And(id.Eq(1)),
	"and of none":       expr.And(),
	"or of none":        expr.Or(),
	"nested and":        expr.And(id.Eq(1), expr.And(age.Eq(2))),
	"in":                id.In(1, 2),
	"in three":          id.In(1, 2, 3),
	"not in":            id.NotIn(1, 2),
	"in nothing":        id.In(),
	"in select":         id.InSelect(expr.NewSelect(orderID)),
	"not in select":     id.NotInSelect(expr.NewSelect(orderID)),
	"between":           id.Between(1, 2),
	"not between":       expr.NewPred(&expr.Between{X: id, Low: one, High: two, Not: true}),
	"like":              name.Like("a"),
	"like escaped":      name.Contains("a"),
	"case":              &expr.Case{Whens: []expr.When{{If: id.IsNull(), Then: one}}},
	"case else":         &expr.Case{Whens: []expr.When{{If: id.IsNull(), Then: one}}, Else: two},
	"case of two":       &expr.Case{Whens: []expr.When{{If: id.IsNull(), Then: one}, {If: age.IsNull(), Then: two}}},
	"cast":              &expr.Cast{X: id, Type: varchar.Type},
	"cast to other":     &expr.Cast{X: id, Type: bigint.Type},
	"function":          name.Lower(),
	"other function":    name.Upper(),
	"count":             expr.Count(id),
	"count distinct":    expr.CountDistinct(id),
	"count all":         expr.CountAll(),
	"tuple":             &expr.Tuple{Xs: []expr.Expression{id, age}},
	"subquery":          &expr.Subquery{Select: expr.NewSelect(id)},
	"exists":            expr.Exists(expr.NewSelect(id)),
	"label":             id.As("a"),
	"other label":       id.As("b"),
	"asc":               id.Asc(),
	"desc":              id.Desc(),
	"nulls first":       id.Asc().First(),
	"nulls last":        id.Asc().Last(),
	"text":              expr.SQL("a"),
	"other text":        expr.SQL("b"),
	"text with place":   expr.SQL("a :x", expr.Named("x", int64(1))),
	"text with places":  expr.SQL("a :x :y", expr.Named("x", int64(1)), expr.Named("y", int64(1))),
	"text, place first": expr.SQL(":x a", expr.Named("x", int64(1))),
	"select":            expr.NewSelect(id),
	"select of two":     expr.NewSelect(id, age),
	"select from":       expr.NewSelect(id).From(users),
	"select distinct":   expr.NewSelect(id).Distinct(),
	"select where":      expr.NewSelect(id).Where(id.Eq(1)),
	"select having":     expr.NewSelect(id).Having(id.Eq(1)),
	"select group":      expr.NewSelect(id).GroupBy(id),
	"select order":      expr.NewSelect(id).OrderBy(id.Asc()),
	"select limit":      expr.NewSelect(id).Limit(1),
	"select offset":     expr.NewSelect(id).Offset(1),
	"select both":       expr.NewSelect(id).Limit(1).Offset(1),
	"for update":        expr.NewSelect(id).Locking(expr.Lock{Strength: expr.ForUpdate}),
	"for share":         expr.NewSelect(id).Locking(expr.Lock{Strength: expr.ForShare}),
	"nowait":            expr.NewSelect(id).Locking(expr.Lock{Strength: expr.ForUpdate, Wait: expr.NoWait}),
	"skip locked":       expr.NewSelect(id).Locking(expr.Lock{Strength: expr.ForUpdate, Wait: expr.SkipLocked}),
	"lock of":           expr.NewSelect(id).Locking(expr.Lock{Strength: expr.ForUpdate, Of: []expr.Source{users}}),
	"join":              expr.NewSelect(id).From(users).Join(orders, id.EqExpr(orderID)),
	"left join":         expr.NewSelect(id).From(users).LeftJoin(orders, id.EqExpr(orderID)),
	"cross join":        expr.NewSelect(id).From(&expr.Join{Kind: expr.CrossJoin, L: users, R: orders}),
	"derived":           expr.NewSelect(id).From(&expr.Derived{Select: expr.NewSelect(id), Name: "d"}),
	"other derived":     expr.NewSelect(id).From(&expr.Derived{Select: expr.NewSelect(id), Name: "e"}),
	"insert":            expr.NewInsert(users),
	"insert row":        expr.NewInsert(users).Values(id.Set(1)),
	"insert rows":       expr.NewInsert(users).Values(id.Set(1)).Values(id.Set(1)),
	"insert two":        expr.NewInsert(users).Values(id.Set(1), age.Set(1)),
	"insert overriding": expr.NewInsert(users).Values(id.Set(1)).OverridingAlways(),
	"insert other":      expr.NewInsert(orders).Values(id.Set(1)),
	"insert returning":  expr.NewInsert(users).Values(id.Set(1)).Returning(id),
	"update":            expr.NewUpdate(users).Set(id.Set(1)),
	"update where":      expr.NewUpdate(users).Set(id.Set(1)).Where(id.Eq(1)),
	"update returning":  expr.NewUpdate(users).Set(id.Set(1)).Returning(id),
	"update null":       expr.NewUpdate(users).Set(id.SetNull()),
	"delete":            expr.NewDelete(users),
	"delete where":      expr.NewDelete(users).Where(id.Eq(1)),
	"delete returning":  expr.NewDelete(users).Returning(id),
}

func TestEveryDifferenceIsInTheKey(t *testing.T) {
	seen := map[string]string{}
	for title, n := range different {
		key := structure(t, n)
		if other, twice := seen[key]; twice {
			t.Errorf("%q and %q have the same key", title, other)
		}
		seen[key] = title
	}
}

// TestValuesAreNotInTheKey holds statements that differ in values alone to one
// key, and their values to the order of the text.
func TestValuesAreNotInTheKey(t *testing.T) {
	build := func(a, b int64, s string) expr.Node {
		return expr.NewSelect(id.Add(a)).Where(age.In(a, b), name.StartsWith(s)).OrderBy(id.Add(b).Asc()).Limit(int(a)).Offset(int(b))
	}
	first, binds, err := keyOf(build(1, 2, "x"))
	if err != nil {
		t.Fatal(err)
	}
	second, others, err := keyOf(build(30, 40, "longer"))
	if err != nil {
		t.Fatal(err)
	}
	if first != second {
		t.Error("two statements that differ in their values have two keys")
	}
	if d := cmp.Diff(revealed(binds), []string{"1", "1", "2", "x%", "2", "1", "2"}); d != "" {
		t.Errorf("values of the first (-got +want):\n%s", d)
	}
	if d := cmp.Diff(revealed(others), []string{"30", "30", "40", "longer%", "40", "30", "40"}); d != "" {
		t.Errorf("values of the second (-got +want):\n%s", d)
	}
}

func revealed(binds []*expr.Bind) []string {
	var list []string
	for _, b := range binds {
		if b.Value.Kind() == sqltype.KindInt64 {
			list = append(list, fmt.Sprint(b.Value.Int64()))
		} else {
			list = append(list, b.Value.Text())
		}
	}
	return list
}

// TestAValueUsedTwiceIsAnotherStructure holds apart what may be written with
// one place from what needs two.
func TestAValueUsedTwiceIsAnotherStructure(t *testing.T) {
	v := expr.Value(int64(1))
	once := structure(t, id.EqExpr(v).Or(age.EqExpr(v)))
	apart := structure(t, id.Eq(1).Or(age.Eq(1)))
	if once == apart {
		t.Error("a value that is used twice and two equal values have the same key")
	}
	_, binds, err := keyOf(id.EqExpr(v).Or(age.EqExpr(v)))
	if err != nil || len(binds) != 1 {
		t.Errorf("got %d values, %v, want the one", len(binds), err)
	}
}

func TestManyValuesAreFoundAgain(t *testing.T) {
	k := &expr.Key{}
	for round := range 2 { // the second one uses the memory of the first
		k.Reset()
		var binds []*expr.Bind
		for i := range 100 {
			b := expr.NewBind(bigint, int64(i))
			binds = append(binds, b)
			b.AppendKey(k)
		}
		for i, b := range binds {
			if got := k.IndexOf(b); got != i {
				t.Fatalf("round %d: value %d is found at %d", round, i, got)
			}
		}
		if k.IndexOf(expr.NewBind(bigint, 1)) != -1 {
			t.Fatal("a value that was never written is found")
		}
	}
}

// TestRandomKeys makes pairs of random trees: equal keys if and only if they
// are made alike.
func TestRandomKeys(t *testing.T) {
	keys := map[string]string{}
	seed, count, wrong := soak.Seed(t), soak.Count(300_000), 1 // until it is known
	defer func() { soak.Report(t, t.Name(), count, wrong, seed) }()
	for i := range count {
		x, shape := randomTree(rand.New(rand.NewPCG(seed, uint64(i))), 3)
		key := structure(t, x)
		if other, ok := keys[key]; ok && other != shape {
			t.Fatalf("%s and %s have the same key", shape, other)
		}
		keys[key] = shape
	}
	shapes := map[string]bool{}
	for _, s := range keys {
		if shapes[s] {
			t.Fatalf("two trees of shape %s have two keys", s)
		}
		shapes[s] = true
	}
	wrong = 0
}

// randomTree returns a condition and its shape in other words than the key's.
func randomTree(r *rand.Rand, depth int) (expr.Predicate, string) {
	if depth == 0 {
		switch r.IntN(4) {
		case 0:
			return id.Eq(r.Int64()), "id = ?"
		case 1:
			return name.Eq(fmt.Sprint(r.IntN(100))), "name = ?"
		case 2:
			return id.LtExpr(age), "id < age"
		}
		n := r.IntN(4)
		list := make([]int64, n)
		return age.In(list...), fmt.Sprintf("age in %d", n)
	}
	a, as := randomTree(r, depth-1)
	if r.IntN(4) == 0 {
		return expr.NewPred(&expr.Unary{Op: expr.OpNot, X: expr.Unwrap(a)}), "not(" + as + ")"
	}
	b, bs := randomTree(r, r.IntN(depth))
	if r.IntN(2) == 0 {
		return expr.And(a, b), "and(" + as + "," + bs + ")"
	}
	return expr.Or(a, b), "or(" + as + "," + bs + ")"
}
