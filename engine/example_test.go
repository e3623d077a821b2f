package engine_test

import (
	"context"
	"fmt"

	_ "github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
)

// Raw SQL takes values by name; they are bound, never written into the text.
func ExampleOpen() {
	ctx := context.Background()
	db, err := engine.Open(ctx, "sqlite:///:memory:")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close(ctx)
	name, err := engine.Scalar[string](ctx, db, expr.SQL("SELECT upper(:name)", expr.Named("name", "alice")))
	fmt.Println(name, err)
	// Output: ALICE <nil>
}

// A transaction that the database could not serialize with others is run again
// from its start.
func ExampleEngine_Transact() {
	ctx := context.Background()
	db, err := engine.Open(ctx, "sqlite:///:memory:")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close(ctx)
	err = db.Transact(ctx, engine.TxOptions{}, func(tx *engine.Tx) error {
		if _, err := tx.Exec(ctx, expr.SQL("CREATE TABLE stock (item TEXT PRIMARY KEY, n INTEGER)")); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, expr.SQL("INSERT INTO stock VALUES (:item, :n)", expr.Named("item", "pen"), expr.Named("n", int64(3))))
		return err
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	n, err := engine.Scalar[int64](ctx, db, expr.SQL("SELECT n FROM stock WHERE item = :item", expr.Named("item", "pen")))
	fmt.Println(n, err)
	// Output: 3 <nil>
}

func ExampleParseURL() {
	u, err := engine.ParseURL("postgresql://alice:s%40cret@db.example:5432/shop?sslmode=require")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(u)
	fmt.Println(u.Host().Name, u.Database(), u.Option("sslmode"))
	// Output:
	// postgresql://alice:***@db.example:5432/shop?sslmode=require
	// db.example shop require
}
