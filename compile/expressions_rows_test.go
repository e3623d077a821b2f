package compile_test

import (
	"fmt"
	"testing"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

func tuple(a, b int64) expr.RowValue { return expr.TupleOf(num(a), num(b)) }

var rowCases = []valueCase{
	gives("equal", "Rows are equal where all values are.", holds(tuple(1, 2).Eq(tuple(1, 2))), 1),
	gives("not_equal", "And else are not.", holds(tuple(1, 2).Ne(tuple(1, 3))), 1),
	gives("greater", "The first values that differ decide.", holds(tuple(1, 9).Gt(tuple(1, 2))), 1),
	gives("less_or_equal", "The last may be equal.", holds(tuple(1, 2).Le(tuple(1, 2))), 1),
	gives("less", "The first decides alone.", holds(tuple(2, 0).Lt(tuple(1, 9))), 0),
	gives("in", "A row among rows.", holds(tuple(3, 4).In(tuple(1, 2), tuple(3, 4))), 1),
	gives("not_in", "A row that is not among rows.", holds(tuple(3, 5).In(tuple(1, 2), tuple(3, 4)).Not()), 1),
	gives("in_none", "No row is among none.", holds(tuple(3, 5).In()), 0),
	gives("in_many", "More values than some databases take as parameters are one.", holds(num(1500).In(upTo(2000)...)), 1),
	gives("not_in_many", "NOT IN of such.", holds(num(2500).NotIn(upTo(2000)...)), 1),
	gives("in_many_texts", "Texts too, with characters that JSON escapes.", holds(str("it's \"7\"\\").In(textsUpTo(1200)...)), 1),
	gives("raw_list", "A list in raw SQL.", expr.Typed[int64](expr.SQL("CASE WHEN 3 IN :list THEN 1 ELSE 0 END", expr.NamedList("list", int64(1), int64(3))), sqltype.Integer{Bits: 64}), 1),
	gives("raw_list_enclosed", "A list in raw SQL that has parentheses.", expr.Typed[int64](expr.SQL("CASE WHEN 3 IN ( :list ) THEN 1 ELSE 0 END", expr.NamedList("list", int64(1), int64(3))), sqltype.Integer{Bits: 64}), 1),
	gives("raw_list_empty", "Nothing is in an empty list.", expr.Typed[int64](expr.SQL("CASE WHEN 3 IN :list THEN 1 ELSE 0 END", expr.NamedList[int64]("list")), sqltype.Integer{Bits: 64}), 0),
	gives("unsafe", "Text that is no constant.", expr.Typed[int64](expr.UnsafeSQL(fmt.Sprintf("%d + :n", 40), expr.Named("n", int64(2))), sqltype.Integer{Bits: 64}), 42),
}

func upTo(n int64) (list []int64) {
	for i := range n {
		list = append(list, i+1)
	}
	return list
}

func textsUpTo(n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf("it's \"%d\"\\", i))
	}
	return list
}

func elsewhereCases() []statementCase {
	return []statementCase{
		{"function", "A function in FROM.", expr.NewSelect(expr.SQL("x")).From(expr.FromFunc("gen", "g", num(1), num(2)))},
		{"function_columns", "The columns of a function have names.", expr.NewSelect(expr.SQL("x")).From(expr.FromFunc("gen", "g").As("x", "y"))},
		{"function_defined", "The columns of a function have a definition.", expr.NewSelect(expr.SQL("x")).From(expr.FromFunc("gen", "g").Defined("x", bigint).Defined("y", sqltype.Text{}))},
		{"raw", "Raw SQL in FROM.", expr.NewSelect(expr.STAR).From(expr.FromSQL("q", expr.SQL("SELECT id FROM users WHERE age > :n", expr.Named("n", int64(3)))))},
		{"out", "A parameter that the server sets.", expr.SQL("BEGIN foo(:x, :y); END;", expr.Named("x", int64(5)), expr.NamedOut("y", bigint))},
		{"collate", "A collation by name.", expr.NewSelect(users.Name.Collate("bin_ary")).Where(users.Name.Collate("x").Eq("y"))},
		{"search", "Full text search.", sel().Where(expr.Search("some words", users.Name))},
		{"search_two", "Full text search in two columns.", sel().Where(expr.Search("some words", users.Name, users.Nick))},
		{"collate_injected", "The name of a collation is no place for SQL.", expr.NewSelect(users.Name.Collate("x; DROP TABLE t"))},
		{"tuple_width", "Rows of different widths are refused.", sel().Where(expr.TupleOf(users.ID).Eq(tuple(1, 2)))},
	}
}

// TestValuesElsewhere holds the SQL of statements whose tables and names no database here
// has.
func TestValuesElsewhere(t *testing.T) {
	for _, tc := range elsewhereCases() {
		t.Run(tc.name, func(t *testing.T) { golden(t, "elsewhere/"+tc.name, renderStatement(tc)) })
	}
}

// TestValuesIn100000 asks for one of 100,000 values, and for one that is not
// among them, by a statement whose text does not depend on their number.
func TestValuesIn100000(t *testing.T) {
	eachDatabase(t, func(t *testing.T, p product, c driver.Conn) {
		list := upTo(100_000)
		one, err := compileText(expr.NewSelect(holds(num(7).In(list[:5000]...))), p.rules())
		if err != nil {
			t.Fatal(err)
		}
		all, err := compileText(expr.NewSelect(holds(num(7).In(list...))), p.rules())
		if err != nil || all != one {
			t.Errorf("the text depends on the number of values, or %v", err)
		}
		checkValue(t, p, c, gives("there", "", holds(num(99_999).In(list...)), 1))
		checkValue(t, p, c, gives("not there", "", holds(num(100_001).In(list...)), 0))
	})
}

func compileText(s expr.Statement, r *compile.Rules) (string, error) {
	compiled, _, err := statement(s, r)
	if err != nil {
		return "", err
	}
	return compiled.SQL, nil
}
