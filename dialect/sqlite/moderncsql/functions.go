package moderncsql

import (
	"database/sql/driver"
	"sync"

	"modernc.org/sqlite"

	"github.com/alkahest-go/alkahest/dialect/sqlite/function"
)

// addFunctions gives the driver, once, the functions that the dialect's SQL
// calls and SQLite does not have. A function that the program registered under
// the same name stays: the driver refuses the second, which is no error here.
var addFunctions = sync.OnceFunc(func() {
	_ = sqlite.RegisterDeterministicScalarFunction(function.Regexp, function.RegexpArity, call(function.Regexp))
	_ = sqlite.RegisterDeterministicScalarFunction(function.RegexpReplace, function.RegexpReplaceArity, call(function.RegexpReplace))
})

func call(name string) func(*sqlite.FunctionContext, []driver.Value) (driver.Value, error) {
	return func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		return function.Call(name, args...)
	}
}
