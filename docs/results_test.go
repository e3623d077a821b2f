package docs

import (
	"context"
	"fmt"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
)

func Example_results() {
	ctx := context.Background()
	db := newDatabase(ctx)
	defer db.Close(ctx)
	must(structs(ctx, db))
	must(joined(ctx, db))
	must(records(ctx, db))
	must(parts(ctx, db))
	must(tagged(ctx, db))
	// Output:
	// 1 Alice
	// Alice false
	// Hello by Alice
	// map[id:1 name:Alice] Alice
	// 1
	// Alice
	// 2
}

func structs(ctx context.Context, db *alkahest.Engine) error {
	type Line struct {
		ID   int64
		Who  string `db:"name"`
		Note string `db:"-"`
	}
	all := expr.NewSelect(Users.ID, Users.Name).OrderBy(Users.ID.Asc())
	lines, err := engine.Collect[Line](ctx, db, all)
	if err != nil {
		return err
	}
	fmt.Println(lines[0].ID, lines[0].Who)

	first, found, err := engine.First[string](ctx, db, expr.NewSelect(Users.Name).Where(Users.ID.Eq(1)))
	if err != nil || !found {
		return err
	}
	_, found, err = engine.OneOrNone[Line](ctx, db, all.Where(Users.ID.Eq(99)))
	fmt.Println(first, found)
	return err
}

func joined(ctx context.Context, db *alkahest.Engine) error {
	type Row struct {
		Posts struct {
			ID    int64
			Title string
		}
		Users *struct { // nil where a post has no author
			ID   int64
			Name string
		}
	}
	q := expr.NewSelect(Posts.ID, Posts.Title, Users.ID, Users.Name).
		From(Posts.Schema()).LeftJoin(Users.Schema(), Posts.AuthorID.EqExpr(Users.ID))
	for row, err := range engine.Each[Row](ctx, db, q) {
		if err != nil {
			return err
		}
		fmt.Println(row.Posts.Title, "by", row.Users.Name)
	}
	return nil
}

func records(ctx context.Context, db *alkahest.Engine) error {
	rec, err := engine.One[engine.Record](ctx, db, expr.NewSelect(Users.ID, Users.Name))
	if err != nil {
		return err
	}
	byName, err := rec.Map()
	if err != nil {
		return err
	}
	name, err := engine.Value(rec, Users.Name) // a string
	if err != nil {
		return err
	}
	fmt.Println(byName, name)
	return nil
}

func parts(ctx context.Context, db *alkahest.Engine) error {
	tx, err := db.Begin(ctx, engine.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	for part, err := range engine.Partitions[string](ctx, tx, expr.NewSelect(Users.Name), 1000) {
		if err != nil {
			return err
		}
		fmt.Println(len(part))
	}
	return nil
}

func tagged(ctx context.Context, db *alkahest.Engine) error {
	batch := db.With(engine.ExecOptions{Tags: []engine.Tag{{Name: "job", Value: "nightly"}}, Caller: true})
	name, err := engine.Scalar[string](ctx, batch, engine.With(
		expr.NewSelect(Users.Name).Where(Users.ID.Eq(1)),
		engine.ExecOptions{Isolation: engine.Serializable},
	))
	if err != nil {
		return err
	}
	fmt.Println(name)

	id, err := engine.InsertedKey[int64](ctx, db, expr.NewInsert(Users.Schema()).Values(Users.Name.Set("Bob")))
	if err != nil {
		return err
	}
	fmt.Println(id)
	return nil
}
