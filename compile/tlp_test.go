package compile_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/sqltype"
)

var (
	otherNumbers = &expr.Alias{Of: numberTable, Name: "other"}
	otherColumns = []expr.Expression{
		&expr.Column{From: otherNumbers, Name: "a", Codec: numberTable.Column("a").Codec},
		&expr.Column{From: otherNumbers, Name: "b", Codec: numberTable.Column("b").Codec},
	}
	numberID = expr.NewNum[int64](numberTable.C("id"), numberTable.Column("id").Codec)
)

// predicate returns a random condition, also of kinds that need no reference to
// be held to: subqueries, whose rows belong to the outer one or not.
func (g generator) predicate(depth int) expr.Expression {
	switch {
	case depth == 0:
		return g.condition(2).x
	case g.IntN(3) == 0:
		return &expr.Variadic{Op: []expr.Op{expr.OpAnd, expr.OpOr}[g.IntN(2)], Xs: []expr.Expression{g.predicate(depth - 1), g.predicate(depth - 1)}}
	case g.IntN(4) == 0:
		return &expr.Unary{Op: expr.OpNot, X: g.predicate(depth - 1)}
	}
	other := otherColumns[g.IntN(len(otherColumns))]
	correlated := &expr.Binary{Op: []expr.Op{expr.OpEq, expr.OpLt, expr.OpGe}[g.IntN(3)], L: other, R: g.leaf().x}
	inner := expr.NewSelect(other).From(otherNumbers).Where(expr.NewPred(correlated))
	switch g.IntN(4) {
	case 0:
		return &expr.Subquery{Select: inner, Exists: true}
	case 1:
		return &expr.In{X: g.number(1).x, List: []expr.Expression{&expr.Subquery{Select: inner}}, Not: g.IntN(2) == 0}
	case 2:
		largest := &expr.Func{Name: "max", Args: []expr.Expression{other}, Type: bigint}
		q := expr.NewSelect(largest).From(otherNumbers).Where(expr.NewPred(correlated))
		return &expr.Binary{Op: expr.OpLe, L: g.number(1).x, R: &expr.Subquery{Select: q}}
	}
	return g.condition(3).x
}

// parts are the three conditions of which every row meets exactly one.
func parts(p expr.Expression) []expr.Pred {
	return []expr.Pred{
		expr.NewPred(p), expr.NewPred(&expr.Unary{Op: expr.OpNot, X: p}), expr.NewPred(&expr.Unary{Op: expr.OpIsNull, X: p}),
	}
}

// partitioned are queries by the place in which the condition stands: all
// without one, and one with it. Rows of the three parts together are those of
// all.
var partitioned = []struct {
	name string
	all  *expr.Select
	one  func(p expr.Pred) *expr.Select
}{
	{"where", expr.NewSelect(numberID), func(p expr.Pred) *expr.Select { return expr.NewSelect(numberID).Where(p) }},
	{"join", joined(expr.All()), joined},
	{"having", groups(), func(p expr.Pred) *expr.Select { return groups().Having(p) }},
	{"case", expr.NewSelect(numberID), func(p expr.Pred) *expr.Select {
		chosen := &expr.Case{Whens: []expr.When{{If: expr.Unwrap(p), Then: numberID.Unwrap()}}}
		return expr.NewSelect(chosen).From(numberTable).Where(expr.NewPred(&expr.Unary{Op: expr.OpIsNotNull, X: chosen}))
	}},
}

func joined(p expr.Pred) *expr.Select {
	return expr.NewSelect(numberID, otherColumns[0]).From(numberTable).Join(otherNumbers, p)
}

func groups() *expr.Select {
	columns := append([]expr.Expression{numberID}, append(numberColumns, textColumns...)...)
	return expr.NewSelect(numberID).GroupBy(columns...)
}

// checkPartition reports whether the condition of a seed partitions the rows.
func checkPartition(t testing.TB, p product, c driver.Conn, seed uint64) bool {
	t.Helper()
	g := generator{rand.New(rand.NewPCG(seed, 2))}
	place := partitioned[g.IntN(len(partitioned))]
	condition := g.predicate(2)
	want := partRows(t, p, c, place.all)
	var got []string
	for _, part := range parts(condition) {
		got = append(got, partRows(t, p, c, place.one(part))...)
	}
	slices.Sort(got)
	slices.Sort(want)
	d := cmp.Diff(got, want)
	if d != "" {
		compiled, _, err := statement(place.one(expr.NewPred(condition)), p.rules())
		t.Errorf("seed %d, %s: the parts are not the whole (-got +want):\n%s\n%v %+v", seed, place.name, d, err, compiled)
	}
	return d == ""
}

func partRows(t testing.TB, p product, c driver.Conn, q *expr.Select) []string {
	t.Helper()
	compiled, args, err := statement(q, p.rules())
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	err = query(c, compiled.SQL, compiled.Params, args, func(row sqltype.Row) error {
		line := ""
		for i := range compiled.Columns {
			if row.IsNull(i) {
				line += " NULL"
				continue
			}
			line += fmt.Sprint(" ", row.Int64(i))
		}
		rows = append(rows, line)
		return row.Err()
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, compiled.SQL)
	}
	return rows
}

// TestPredicatesPartitionRows holds that of p, NOT p and p IS NULL each row meets
// exactly one, for random conditions in WHERE, ON, HAVING and CASE.
func TestPredicatesPartitionRows(t *testing.T) {
	seed, count := soak.Seed(t), soak.Count(20_000)
	eachDatabase(t, func(t *testing.T, p product, c driver.Conn) {
		insertNumbers(t, p, c)
		wrong := 0
		for i := range count {
			if !checkPartition(t, p, c, seed+uint64(i)) {
				wrong++
			}
		}
		soak.Report(t, t.Name(), count, wrong, seed)
	})
}

func FuzzPartitionSQLite(f *testing.F)  { fuzzPartition(f, products[0], openSQLite) }
func FuzzPartitionPG15(f *testing.F)    { fuzzPartition(f, products[1], openPG15) }
func FuzzPartitionMariaDB(f *testing.F) { fuzzPartition(f, products[2], openMariaDB) }

func fuzzPartition(f *testing.F, p product, open func(t testing.TB) driver.Conn) {
	c := open(f)
	insertNumbers(f, p, c)
	for seed := range uint64(20) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) { checkPartition(t, p, c, seed) })
}
