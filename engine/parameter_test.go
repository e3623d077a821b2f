package engine_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
)

// TestParametersOfStatements runs one statement with several values, and not
// without one.
func TestParametersOfStatements(t *testing.T) {
	onAll(t, func(t *testing.T, e *engine.Engine) {
		s := newShouts(t, e, "engine_parameters", shouted)
		exec(t, e, expr.NewInsert(s.Table).Values(s.id.Set(1), s.word.Set("a")).Values(s.id.Set(2), s.word.Set("b")).Values(s.id.Set(3), s.word.Set("c")))
		from, word, most := expr.ParameterLike("from", s.id), expr.ParameterLike("word", s.word), expr.NewParameter[int64]("most")
		q := expr.NewSelect(s.word).Where(s.id.GeExpr(from), s.word.NeExpr(word)).OrderBy(s.id.Asc()).LimitExpr(most)
		for _, tc := range []struct {
			from int64
			word string
			most int64
			want []string
		}{{1, "B", 5, []string{"A", "C"}}, {1, "x", 2, []string{"A", "B"}}, {2, "C", 9, []string{"B"}}} {
			got, err := engine.Collect[string](t.Context(), e, engine.Fill(q, from.Is(tc.from), word.Is(tc.word), most.Is(tc.most)))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(got, tc.want); d != "" {
				t.Errorf("%+v (-got +want):\n%s", tc, d)
			}
		}
		_, err := engine.Collect[string](t.Context(), e, engine.Fill(q, from.Is(1), most.Is(1)))
		if err == nil || !strings.Contains(err.Error(), `the parameter "word" has no value`) {
			t.Errorf("got the error %v, want one that names the parameter", err)
		}
	})
}
