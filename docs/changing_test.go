package docs

import (
	"context"
	"fmt"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

func Example_changing() {
	ctx := context.Background()
	db := newDatabase(ctx)
	defer db.Close(ctx)
	must(insertRows(ctx, db))
	must(updateRows(ctx, db))
	must(deleteRows(ctx, db))
	fmt.Println(mergeRows(ctx, db))
	// Output:
	// 3 rows
	// 2 posts liked
	// 3 posts are gone
	// compile: sqlite does not have MERGE; use OnConflict, or an UPDATE with From and an INSERT from a SELECT
}

func insertRows(ctx context.Context, db *alkahest.Engine) error {
	users := expr.NewInsert(Users.Schema()).
		Values(Users.Name.Set("Ann"), Users.Email.Set("ann@x")).
		Values(Users.Name.Set("Bob"), Users.Email.SetNull()).
		Values(Users.Name.Set("Cem"), Users.Email.Set("cem@x"))
	res, err := db.Exec(ctx, users)
	if err != nil {
		return err
	}
	fmt.Println(res.RowsAffected, "rows")

	posts := expr.NewInsert(Posts.Schema()).
		From([]expr.Expression{Posts.AuthorID, Posts.Title, Posts.Likes, Posts.Tags},
			expr.NewSelect(Users.ID, Users.Name.Concat("'s first post"), expr.Value(int64(0)), expr.BindValue(sqltype.JSON{}, sqltype.JSONValue("[]"))))
	_, err = db.Exec(ctx, posts)
	return err
}

func updateRows(ctx context.Context, db *alkahest.Engine) error {
	liked := expr.NewUpdate(Posts.Schema()).
		From(Users.Schema()).
		Set(Posts.Likes.SetExpr(Posts.Likes.Add(1)), Posts.Title.SetExpr(Users.Name.Concat("'s post"))).
		Where(Posts.AuthorID.EqExpr(Users.ID), Users.Email.IsNotNull())
	res, err := db.Exec(ctx, liked)
	if err != nil {
		return err
	}
	fmt.Println(res.RowsAffected, "posts liked")

	oldest := expr.NewUpdate(Posts.Schema()).
		Set(Posts.Likes.Set(100)).
		Where(Posts.Likes.Gt(0)).
		OrderBy(Posts.ID.Asc()).
		Limit(1)
	_, err = db.Exec(ctx, oldest)
	return err
}

func deleteRows(ctx context.Context, db *alkahest.Engine) error {
	gone := expr.NewDelete(Posts.Schema()).
		Using(Users.Schema()).
		Where(Posts.AuthorID.EqExpr(Users.ID), Users.Email.IsNull()).
		Returning(Posts.ID, Posts.Title)
	rows, err := db.Query(ctx, gone)
	if err != nil {
		return err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		n++
	}
	fmt.Println(n, "posts are gone")
	return rows.Close()
}

func mergeRows(ctx context.Context, db *alkahest.Engine) error {
	sync := expr.NewMerge(Posts.Schema()).
		Using(Users.Schema(), Users.ID.EqExpr(Posts.AuthorID)).
		WhenMatched(Users.Email.IsNull()).Delete().
		WhenMatched().Update(Posts.Likes.Set(0)).
		WhenNotMatched(Users.Email.IsNotNull()).Insert(Posts.AuthorID.SetExpr(Users.ID), Posts.Title.Set("Welcome"))
	_, err := db.Exec(ctx, sync)
	return err
}
