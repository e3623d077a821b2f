package docs

import (
	"context"
	"fmt"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
)

func Example_upsert() {
	ctx := context.Background()
	db := newDatabase(ctx)
	defer db.Close(ctx)
	must(upserts(ctx, db))
	must(upsertStatements(ctx, db))
	// Output:
	// Bob inserted 2
	// Robert updated 2
	// Carol inserted 3
	// Bobby skipped 0
}

func upserts(ctx context.Context, db *alkahest.Engine) error {
	email := func(s string) *string { return &s }

	s := orm.NewSession(db)
	defer s.Close(ctx)

	byEmail := expr.OnConflict(Users.Email)
	for _, list := range [][]*User{
		{{Name: "Bob", Email: email("bob@x")}},
		{{Name: "Robert", Email: email("bob@x")}, {Name: "Carol", Email: email("carol@x")}},
	} {
		results, err := orm.Upsert(ctx, s, list, byEmail.DoUpdate(Users.Name.SetExcluded()))
		if err != nil {
			return err
		}
		for _, r := range results {
			fmt.Println(r.Entity.Name, r.Outcome, r.Entity.ID)
		}
	}

	results, err := orm.Upsert(ctx, s, []*User{{Name: "Bobby", Email: email("bob@x")}}, byEmail.DoNothing())
	if err != nil {
		return err
	}
	fmt.Println(results[0].Entity.Name, results[0].Outcome, results[0].Entity.ID)
	return s.Commit(ctx)
}

func upsertStatements(ctx context.Context, db *alkahest.Engine) error {
	insert := expr.NewInsert(Users.Schema()).
		Values(Users.Name.Set("Dora"), Users.Email.Set("dora@x")).
		OnConflict(expr.OnConflict(Users.Email).
			DoUpdate(Users.Name.SetExcluded()).
			Where(Users.Name.NeExpr(Users.Name.Excluded())))
	_, err := db.Exec(ctx, insert)
	if err != nil {
		return err
	}

	guests := expr.NewInsert(Users.Schema()).
		From([]expr.Expression{Users.Name}, expr.NewSelect(Users.Name.Concat("'s guest"))).
		Returning(Users.ID, Users.Name)
	_, err = db.Exec(ctx, guests)
	return err
}
