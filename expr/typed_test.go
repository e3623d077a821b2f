package expr_test

import (
	"reflect"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// The compiler refuses a comparison with a value of another type: that is what
// the methods' parameters say.
func TestComparisonsTakeTheColumnsType(t *testing.T) {
	for column, want := range map[reflect.Type]reflect.Type{
		reflect.TypeFor[expr.Num[int64]]():           reflect.TypeFor[int64](),
		reflect.TypeFor[expr.Num[sqltype.Decimal]](): reflect.TypeFor[sqltype.Decimal](),
		reflect.TypeFor[expr.TextOf[string]]():       reflect.TypeFor[string](),
		reflect.TypeFor[expr.BoolOf[bool]]():         reflect.TypeFor[bool](),
		reflect.TypeFor[expr.Scalar[[16]byte]]():     reflect.TypeFor[[16]byte](),
	} {
		for _, name := range []string{"Eq", "Ne"} {
			m, ok := column.MethodByName(name)
			if !ok || m.Type.NumIn() != 2 || m.Type.In(1) != want {
				t.Errorf("%s.%s: got %v, want a method that takes a %s", column, name, m.Type, want)
			}
		}
	}
}
