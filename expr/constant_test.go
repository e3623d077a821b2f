package expr_test

import (
	"reflect"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
)

// The type of raw SQL's text has no name outside of its package, and no
// variable of a program is of it: the compiler takes constants alone.
func TestRawSQLTakesConstantsAlone(t *testing.T) {
	text := reflect.TypeOf(expr.SQL).In(0)
	if text.Kind() != reflect.String || text.PkgPath() == "" || text.Name()[0] < 'a' || text.Name()[0] > 'z' {
		t.Errorf("the text is of the type %s, want a string type that is not exported", text)
	}
	if reflect.TypeFor[string]().AssignableTo(text) {
		t.Error("a string can be assigned to the text")
	}
}
