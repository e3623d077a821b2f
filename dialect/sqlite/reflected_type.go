package sqlite

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/alkahest-go/alkahest/sqltype"
)

// reflectedTypes are the types by the names that mean the same to everybody.
// Every integer has 64 bits here and every float too, whatever it is called.
var reflectedTypes = map[string]sqltype.Type{
	"BIGINT": sqltype.Integer{Bits: 64}, "BOOLEAN": sqltype.Boolean{}, "TEXT": sqltype.Text{}, "BLOB": sqltype.LargeBinary{},
	"DOUBLE PRECISION": sqltype.Float{Bits: 64}, "NUMERIC": sqltype.Numeric{}, "DATE": sqltype.Date{}, "TIME": sqltype.Time{Precision: 6},
	"DATETIME": sqltype.DateTime{Precision: 6}, "TIMESTAMP": sqltype.DateTime{Precision: 6, Zone: true}, "JSON TEXT": sqltype.JSON{}, "VARCHAR": sqltype.String{},
}

// alike are other words for them.
var alike = map[string]sqltype.Type{
	"BOOL": sqltype.Boolean{}, "DECIMAL": sqltype.Numeric{}, "JSON": sqltype.JSON{}, "JSONB": sqltype.JSON{},
}

// typeOf returns the library's type of the words, or one that is called by them
// and whose values are those of the words' affinity. Words that can't be written
// as they are, as nobody says where they end, are odd.
func typeOf(words, collation string) (t sqltype.Type, unknown, odd bool) {
	base, numbers, plain := typeWords(words)
	upper := strings.ToUpper(base)
	switch {
	case !plain:
		return sqltype.Null{}, true, true
	case len(numbers) == 0 && reflectedTypes[upper] != nil:
		t = reflectedTypes[upper]
	case len(numbers) == 1 && upper == "VARCHAR":
		t = sqltype.String{Length: numbers[0]}
	case len(numbers) == 1 && upper == "CHAR":
		t = sqltype.String{Length: numbers[0], Fixed: true}
	case len(numbers) == 2 && upper == "NUMERIC":
		t = sqltype.Numeric{Precision: numbers[0], Scale: numbers[1]}
	}
	t = withCollation(t, collation)
	if t != nil {
		if text, err := typeName(t); err == nil && text == words+collate(collation) {
			return t, false, false
		}
	}
	if t == nil {
		t = affinity(upper, numbers)
	}
	unknown = t.Kind() == sqltype.KindNull
	return sqltype.UnsafeExactly(words+collate(collation), t).On(name), unknown, false
}

func withCollation(t sqltype.Type, collation string) sqltype.Type {
	switch s := t.(type) {
	case sqltype.Text:
		s.Collation = collation
		return s
	case sqltype.String:
		s.Collation = collation
		return s
	}
	return t
}

// affinity follows https://www.sqlite.org/datatype3.html#determination_of_column_affinity,
// but for types of NUMERIC, which may hold anything.
func affinity(upper string, numbers []int) sqltype.Type {
	switch {
	case upper == "DECIMAL" && len(numbers) == 2:
		return sqltype.Numeric{Precision: numbers[0], Scale: numbers[1]}
	case alike[upper] != nil:
		return alike[upper]
	case strings.Contains(upper, "INT"):
		return sqltype.Integer{Bits: 64}
	case strings.Contains(upper, "CHAR"), strings.Contains(upper, "CLOB"), strings.Contains(upper, "TEXT"):
		return sqltype.Text{}
	case strings.Contains(upper, "BLOB"):
		return sqltype.LargeBinary{}
	case strings.Contains(upper, "REAL"), strings.Contains(upper, "FLOA"), strings.Contains(upper, "DOUB"):
		return sqltype.Float{Bits: 64}
	}
	return sqltype.Null{}
}

// typeWords takes words of letters, with numbers in parentheses behind them. Any
// other type was quoted.
func typeWords(words string) (base string, numbers []int, plain bool) {
	base, list, numbered := strings.Cut(words, "(")
	base = strings.TrimSpace(base)
	for i, r := range base {
		if r != ' ' && r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return base, nil, false
		}
	}
	if !numbered {
		return base, nil, true
	}
	list, end, closed := strings.Cut(list, ")")
	if !closed || strings.TrimSpace(end) != "" {
		return base, nil, false
	}
	for part := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil {
			return base, nil, false
		}
		numbers = append(numbers, n)
	}
	return base, numbers, true
}
