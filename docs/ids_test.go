package docs

import (
	"context"
	"fmt"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/ids"
)

func Example_advance() {
	ctx := context.Background()
	db := newDatabase(ctx)
	defer db.Close(ctx)
	must(advanceUsers(ctx, db))
	// Output: true
}

func advanceUsers(ctx context.Context, db *alkahest.Engine) error {
	moved, err := ids.Advance(ctx, db, Users.ID)
	if err != nil {
		return err
	}
	fmt.Println(moved.Old <= moved.New)
	return nil
}
