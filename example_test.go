package alkahest_test

import (
	"context"
	"fmt"

	"github.com/alkahest-go/alkahest"
	_ "github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
)

func ExampleOpen() {
	ctx := context.Background()
	db, err := alkahest.Open(ctx, "sqlite:///:memory:")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close(ctx)
	answer, err := engine.Scalar[int64](ctx, db, expr.SQL("SELECT 40 + :n", expr.Named("n", int64(2))))
	fmt.Println(answer, err)
	// Output: 42 <nil>
}
