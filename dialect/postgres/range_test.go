package postgres_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/dialect/postgres"
	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/sqltype"
)

// TestRangeAlgebra compares what the methods of random ranges say with what the
// server says, of integers and of numbers without next ones.
func TestRangeAlgebra(t *testing.T) {
	seed := soak.Seed(t)
	count := soak.Count(20_000)
	eachServer(t, func(t *testing.T, db database) {
		r := rand.New(rand.NewPCG(seed, 1))
		wrong := 0
		for done := 0; done < count; done += 100 {
			wrong += algebra(t, db, r, "int8range", func(n int) int64 { return int64(n) })
			wrong += algebra(t, db, r, "numrange", func(n int) sqltype.Decimal { return sqltype.NewDecimal(int64(n), 1) })
		}
		soak.Report(t, t.Name(), 2*count, wrong, seed)
	})
}

// algebra tries 100 pairs of ranges.
func algebra[T any](t *testing.T, db database, r *rand.Rand, typ string, value func(int) T) (wrong int) {
	pairs, rows := make([][2]postgres.Range[T], 100), make([]string, 100)
	for i := range pairs {
		pairs[i] = [2]postgres.Range[T]{randomRange(r, value), randomRange(r, value)}
		rows[i] = fmt.Sprintf("(%d, '%s'::%s, '%s'::%s)", i, rangeText(pairs[i][0]), typ, rangeText(pairs[i][1]), typ)
	}
	multi := strings.Replace(typ, "range", "multirange", 1)
	i := 0
	err := db.Query(ctx, `SELECT concat_ws(' ', isempty(a), a = b, a @> b, a && b, a << b, a >> b, a &< b, a &> b, a -|- b, a * b,
	CASE WHEN isempty(a) OR isempty(b) OR a && b OR a -|- b THEN (a + b)::text ELSE 'gap' END,
	CASE (SELECT count(*) FROM unnest(`+multi+`(a) - `+multi+`(b))) WHEN 0 THEN 'empty' WHEN 1 THEN (a - b)::text ELSE 'gap' END)
	FROM (VALUES `+strings.Join(rows, ", ")+`) v (n, a, b) ORDER BY n`, nil, func(row sqltype.Row) error {
		got := describe(pairs[i][0], pairs[i][1])
		want := strings.Fields(string(row.Text(0)))
		for k := range want {
			if want[k] != got[k] {
				wrong++
				t.Errorf("%s and %s: part %d: got %s, want %s", rangeText(pairs[i][0]), rangeText(pairs[i][1]), k, got[k], want[k])
			}
		}
		i++
		return row.Err()
	})
	if err != nil || i != len(pairs) {
		t.Fatalf("got %d rows, %v, want %d", i, err, len(pairs))
	}
	return wrong
}

func describe[T any](a, b postgres.Range[T]) []string {
	var out []string
	for _, is := range []bool{
		a.IsEmpty(), a.Equal(b), a.ContainsRange(b), a.Overlaps(b), a.LeftOf(b), a.RightOf(b), a.NotRightOf(b), a.NotLeftOf(b), a.Adjacent(b),
	} {
		out = append(out, fmt.Sprintf("%t", is)[:1])
	}
	out = append(out, rangeText(a.Intersection(b)))
	union, err := a.Union(b)
	if errors.Is(err, postgres.ErrGap) {
		out = append(out, "gap")
	} else {
		out = append(out, rangeText(union))
	}
	difference, err := a.Difference(b)
	if errors.Is(err, postgres.ErrGap) {
		return append(out, "gap")
	}
	return append(out, rangeText(difference))
}

func randomRange[T any](r *rand.Rand, value func(int) T) postgres.Range[T] {
	n, m := r.IntN(10), r.IntN(10)
	x := postgres.Range[T]{
		Lower: value(min(n, m)), Upper: value(max(n, m)), LowerBound: postgres.Bound(r.IntN(3)), UpperBound: postgres.Bound(r.IntN(3)), Empty: r.IntN(20) == 0,
	}
	return x
}

func rangeText[T any](r postgres.Range[T]) string {
	if r.Empty {
		return "empty"
	}
	lower, upper := "", ""
	if r.LowerBound != postgres.Unbounded {
		lower = fmt.Sprint(r.Lower)
	}
	if r.UpperBound != postgres.Unbounded {
		upper = fmt.Sprint(r.Upper)
	}
	return "([("[r.LowerBound:r.LowerBound+1] + lower + "," + upper + ")])"[r.UpperBound:r.UpperBound+1]
}
