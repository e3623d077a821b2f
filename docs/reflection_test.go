package docs

import (
	"context"
	"fmt"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/inspect"
)

func look(ctx context.Context, db *engine.Engine) error {
	i := inspect.New(db)
	names, err := i.TableNames(ctx, "")
	if err != nil {
		return err
	}
	fmt.Println(names)
	columns, err := i.Columns(ctx, "", "people")
	if err != nil {
		return err
	}
	for _, c := range columns {
		fmt.Printf("%s: %s, %s, default %q\n", c.Name, c.SQL, c.Type, c.Default)
	}
	return nil
}

func reflected(ctx context.Context, db *engine.Engine) error {
	m, err := inspect.Reflect(ctx, db, inspect.Options{Only: []string{"people"}})
	if err != nil {
		return err
	}
	people := m.Table("people")
	names, err := engine.Collect[string](ctx, db, expr.NewSelect(people.C("name")))
	if err != nil {
		return err
	}
	fmt.Println(names)
	return nil
}

func Example_reflection() {
	ctx := context.Background()
	db, err := alkahest.Open(ctx, "sqlite:///:memory:")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close(ctx)
	for _, s := range []expr.Statement{
		expr.SQL("CREATE TABLE people (id INTEGER PRIMARY KEY, name VARCHAR(50) NOT NULL DEFAULT 'nobody')"),
		expr.SQL("INSERT INTO people (name) VALUES ('Alice')"),
	} {
		if _, err := db.Exec(ctx, s); err != nil {
			fmt.Println(err)
			return
		}
	}
	for _, f := range []func(context.Context, *engine.Engine) error{look, reflected} {
		if err := f(ctx, db); err != nil {
			fmt.Println(err)
			return
		}
	}
	// Output:
	// [people]
	// id: INTEGER, INTEGER as BIGINT (sqlite), default ""
	// name: VARCHAR(50), VARCHAR(50), default "'nobody'"
	// [Alice]
}
