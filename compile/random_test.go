package compile_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// value is a number, a text, or NULL. A truth value is 1 or 0.
type value struct {
	n    int64
	s    string
	null bool
}

func truth(b bool) value {
	if b {
		return value{n: 1}
	}
	return value{}
}

// tree is a random expression and what it means.
type tree struct {
	x    expr.Expression
	eval func(row []value) value
}

// numbers are the rows that the trees are evaluated on.
var numbers = [][]value{
	{{n: 1}, {n: 2}, {n: 3}, {s: "a"}, {s: "abc"}},
	{{n: -3}, {n: 0}, {n: 2}, {s: "ab"}, {s: "ab"}},
	{{n: 5}, {null: true}, {n: -1}, {s: "a%b"}, {null: true}},
	{{null: true}, {null: true}, {n: 7}, {null: true}, {null: true}},
	{{n: 0}, {n: -2}, {null: true}, {s: "_/"}, {s: "b/a"}},
}

var (
	numberMeta  = schema.NewMetaData()
	numberTable = schema.MustTable(numberMeta, "numbers",
		schema.NewColumn("id", bigint, schema.PrimaryKey()), schema.NewColumn("a", bigint), schema.NewColumn("b", bigint), schema.NewColumn("c", bigint),
		schema.NewColumn("s", sqltype.String{Length: 20}), schema.NewColumn("t", sqltype.String{Length: 20}))
	numberColumns = []expr.Expression{numberTable.C("a"), numberTable.C("b"), numberTable.C("c")}
	textColumns   = []expr.Expression{numberTable.C("s"), numberTable.C("t")}
)

type generator struct{ *rand.Rand }

// number returns an expression whose values stay small enough for every
// database.
func (g generator) number(depth int) tree {
	if depth == 0 {
		return g.leaf()
	}
	switch g.IntN(10) {
	case 9:
		x := g.text(depth - 1)
		length := &expr.Func{Name: "length", Args: []expr.Expression{x.x}, Type: bigint}
		return tree{length, ofText(x, func(s string) value { return value{n: int64(len(s))} })}
	case 0, 1, 2:
		return g.arithmetic(depth)
	case 3:
		return g.divided(depth)
	case 4:
		x := g.number(depth - 1)
		return tree{&expr.Unary{Op: expr.OpNeg, X: x.x}, strict1(x, func(a int64) int64 { return -a })}
	case 5:
		x := g.number(depth - 1)
		return tree{&expr.Unary{Op: expr.OpBitNot, X: x.x}, strict1(x, func(a int64) int64 { return ^a })}
	case 6:
		l, r := g.number(depth-1), g.number(depth-1)
		if g.IntN(2) == 0 {
			return tree{&expr.Binary{Op: expr.OpBitAnd, L: l.x, R: r.x}, strict2(l, r, func(a, b int64) int64 { return a & b })}
		}
		return tree{&expr.Binary{Op: expr.OpBitOr, L: l.x, R: r.x}, strict2(l, r, func(a, b int64) int64 { return a | b })}
	case 7:
		return g.choice(depth)
	}
	return g.leaf()
}

func (g generator) leaf() tree {
	if i := g.IntN(5); i < len(numberColumns) {
		return tree{numberColumns[i], func(row []value) value { return row[i] }}
	}
	n := int64(g.IntN(9) - 4)
	return tree{expr.Unwrap(expr.Value(n)), func([]value) value { return value{n: n} }}
}

func (g generator) arithmetic(depth int) tree {
	l, r := g.number(depth-1), g.number(depth-1)
	switch g.IntN(3) {
	case 0:
		return tree{&expr.Binary{Op: expr.OpAdd, L: l.x, R: r.x}, strict2(l, r, func(a, b int64) int64 { return a + b })}
	case 1:
		return tree{&expr.Binary{Op: expr.OpSub, L: l.x, R: r.x}, strict2(l, r, func(a, b int64) int64 { return a - b })}
	}
	r = g.leaf()
	return tree{&expr.Binary{Op: expr.OpMul, L: l.x, R: r.x}, strict2(l, r, func(a, b int64) int64 { return a * b })}
}

// divided divides by a number that is not zero, as what division by zero means
// is another thing in each database.
func (g generator) divided(depth int) tree {
	l, by := g.number(depth-1), int64(g.IntN(4)+2)
	if g.IntN(2) == 0 {
		by = -by
	}
	r := expr.Unwrap(expr.Value(by))
	if g.IntN(2) == 0 {
		return tree{&expr.Binary{Op: expr.OpMod, L: l.x, R: r}, strict1(l, func(a int64) int64 { return a % by })}
	}
	return tree{&expr.Binary{Op: expr.OpIntDiv, L: l.x, R: r}, strict1(l, func(a int64) int64 { return a / by })}
}

func (g generator) choice(depth int) tree {
	c, l, r := g.condition(depth-1), g.number(depth-1), g.number(depth-1)
	return tree{&expr.Case{Whens: []expr.When{{If: c.x, Then: l.x}}, Else: r.x}, func(row []value) value {
		if v := c.eval(row); !v.null && v.n == 1 {
			return l.eval(row)
		}
		return r.eval(row)
	}}
}

func strict1(x tree, f func(a int64) int64) func([]value) value {
	return func(row []value) value {
		v := x.eval(row)
		if v.null {
			return v
		}
		return value{n: f(v.n)}
	}
}

func strict2(x, y tree, f func(a, b int64) int64) func([]value) value {
	return func(row []value) value {
		v, w := x.eval(row), y.eval(row)
		if v.null || w.null {
			return value{null: true}
		}
		return value{n: f(v.n, w.n)}
	}
}

func (g generator) condition(depth int) tree {
	if depth <= 0 {
		return g.comparison(g.leaf(), g.leaf())
	}
	switch g.IntN(10) {
	case 8:
		return g.sameText(depth)
	case 9:
		return g.like(depth)
	case 0:
		return g.logical(expr.OpAnd, depth)
	case 1:
		return g.logical(expr.OpOr, depth)
	case 2:
		x := g.condition(depth - 1)
		return tree{&expr.Unary{Op: expr.OpNot, X: x.x}, strict1(x, func(a int64) int64 { return 1 - a })}
	case 3:
		return g.isNull(depth)
	case 4:
		return g.between(depth)
	case 5:
		return g.in(depth)
	case 6: // a condition compared with a condition
		return g.comparison(g.condition(depth-1), g.condition(depth-1))
	}
	return g.comparison(g.number(depth-1), g.number(depth-1))
}

func (g generator) comparison(l, r tree) tree {
	ops := []struct {
		op expr.Op
		f  func(a, b int64) bool
	}{
		{expr.OpEq, func(a, b int64) bool { return a == b }},
		{expr.OpNe, func(a, b int64) bool { return a != b }},
		{expr.OpLt, func(a, b int64) bool { return a < b }},
		{expr.OpLe, func(a, b int64) bool { return a <= b }},
		{expr.OpGt, func(a, b int64) bool { return a > b }},
		{expr.OpGe, func(a, b int64) bool { return a >= b }},
	}
	i := g.IntN(len(ops) + 2)
	if i < len(ops) {
		return tree{&expr.Binary{Op: ops[i].op, L: l.x, R: r.x}, strict2(l, r, func(a, b int64) int64 { return truth(ops[i].f(a, b)).n })}
	}
	op, same := expr.OpIsDistinct, false
	if i > len(ops) {
		op, same = expr.OpIsNotDistinct, true
	}
	return tree{&expr.Binary{Op: op, L: l.x, R: r.x}, func(row []value) value {
		return truth((l.eval(row) == r.eval(row)) == same)
	}}
}

// logical is AND or OR of two or three conditions, in three-valued logic.
func (g generator) logical(op expr.Op, depth int) tree {
	parts := make([]tree, 2+g.IntN(2))
	v := &expr.Variadic{Op: op}
	for i := range parts {
		parts[i] = g.condition(depth - 1)
		v.Xs = append(v.Xs, parts[i].x)
	}
	decides := truth(op == expr.OpOr)
	return tree{v, func(row []value) value {
		result := value{n: 1 - decides.n}
		for _, p := range parts {
			switch got := p.eval(row); {
			case got == decides:
				return decides
			case got.null:
				result = got
			}
		}
		return result
	}}
}

func (g generator) isNull(depth int) tree {
	x, op, want := g.number(depth-1), expr.OpIsNull, true
	if g.IntN(2) == 0 {
		x = g.condition(depth - 1)
	}
	if g.IntN(2) == 0 {
		op, want = expr.OpIsNotNull, false
	}
	return tree{&expr.Unary{Op: op, X: x.x}, func(row []value) value { return truth(x.eval(row).null == want) }}
}

func (g generator) between(depth int) tree {
	x, low, high := g.number(depth-1), g.number(depth-1), g.number(depth-1)
	not := g.IntN(2) == 0
	above := strict2(x, low, func(a, b int64) int64 { return truth(a >= b).n })
	below := strict2(x, high, func(a, b int64) int64 { return truth(a <= b).n })
	return tree{&expr.Between{X: x.x, Low: low.x, High: high.x, Not: not}, func(row []value) value {
		v, w := above(row), below(row)
		switch {
		case v == value{} || w == value{}:
			return truth(not)
		case v.null || w.null:
			return value{null: true}
		}
		return truth(!not)
	}}
}

func (g generator) in(depth int) tree {
	x, not := g.number(depth-1), g.IntN(2) == 0
	in := &expr.In{X: x.x, Not: not}
	var list []tree
	for range g.IntN(4) {
		list = append(list, g.number(depth-1))
		in.List = append(in.List, list[len(list)-1].x)
	}
	return tree{in, func(row []value) value {
		v, unknown := x.eval(row), false
		for _, y := range list {
			w := y.eval(row)
			if v.null || w.null {
				unknown = true
			} else if v == w {
				return truth(!not)
			}
		}
		if unknown {
			return value{null: true}
		}
		return truth(not)
	}}
}

// asNumber makes a number of a condition that all databases return alike.
func asNumber(x expr.Expression) expr.Expression {
	one, zero := expr.Unwrap(expr.Value(int64(1))), expr.Unwrap(expr.Value(int64(0)))
	return &expr.Case{Whens: []expr.When{{If: x, Then: one}, {If: &expr.Unary{Op: expr.OpNot, X: x}, Then: zero}}}
}

func insertNumbers(t testing.TB, p product, c driver.Conn) {
	ddl(t, c, p.rules(), createAll(p, numberMeta)...)
	for i, row := range numbers {
		columns, values := []expr.Expression{numberTable.C("id")}, []expr.Expression{expr.Unwrap(expr.Value(int64(i + 1)))}
		for j, v := range row {
			columns = append(columns, append(numberColumns, textColumns...)[j])
			switch {
			case v.null:
				values = append(values, expr.NULL)
			case j >= len(numberColumns):
				values = append(values, expr.Unwrap(expr.Value(v.s)))
			default:
				values = append(values, expr.Unwrap(expr.Value(v.n)))
			}
		}
		compiled, args, err := statement(expr.NewInsert(numberTable).Rows(columns, values), p.rules())
		if err != nil {
			t.Fatal(err)
		}
		if err := query(c, compiled.SQL, compiled.Params, args, func(sqltype.Row) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
}

// checkTree asks the database what the tree of a seed means on each row, and
// reports whether that is what it should.
func checkTree(t testing.TB, p product, c driver.Conn, seed uint64) bool {
	t.Helper()
	g := generator{rand.New(rand.NewPCG(seed, 1))}
	x := g.number(4)
	column := x.x
	if seed%2 == 0 {
		x = g.condition(4)
		column = asNumber(x.x)
	}
	compiled, args, err := statement(expr.NewSelect(column).From(numberTable).OrderBy(expr.Order{X: numberTable.C("id")}), p.rules())
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	var got, want []any
	for _, row := range numbers {
		want = append(want, shown(x.eval(row)))
	}
	err = query(c, compiled.SQL, compiled.Params, args, func(row sqltype.Row) error {
		if row.IsNull(0) {
			got = append(got, "NULL")
			return nil
		}
		got = append(got, row.Int64(0))
		return row.Err()
	})
	if err != nil {
		t.Errorf("seed %d: %v\n%s", seed, err, compiled.SQL)
		return false
	}
	d := cmp.Diff(got, want)
	if d != "" {
		t.Errorf("seed %d means something else (-got +want):\n%s\n%s", seed, d, compiled.SQL)
	}
	return d == ""
}

func shown(v value) any {
	if v.null {
		return "NULL"
	}
	return v.n
}

// TestRandomExpressions holds the text of random expressions to what they mean:
// a missing parenthesis gives another number.
func TestRandomExpressions(t *testing.T) {
	seed, count := soak.Seed(t), soak.Count(50_000)
	eachDatabase(t, func(t *testing.T, p product, c driver.Conn) {
		insertNumbers(t, p, c)
		wrong := 0
		for i := range count {
			if !checkTree(t, p, c, seed+uint64(i)) {
				wrong++
			}
		}
		soak.Report(t, t.Name(), count, wrong, seed)
	})
}

func FuzzExpression(f *testing.F) {
	c := openSQLite(f)
	insertNumbers(f, products[0], c)
	for seed := range uint64(20) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) { checkTree(t, products[0], c, seed) })
}
