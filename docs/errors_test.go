package docs

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
)

func Example_constraintError() {
	ctx := context.Background()
	db := newDatabase(ctx)
	defer db.Close(ctx)
	s := orm.NewSession(db)
	defer s.Close(ctx)
	alice, err := orm.Get(ctx, s, Users, 1)
	must(err)
	email := "alice@example.com"
	alice.Email = &email
	must(s.Commit(ctx))

	s.Add(&User{Name: "Bob", Email: alice.Email})
	err = s.Commit(ctx)
	var violated *sqlerr.ConstraintError
	if errors.As(err, &violated) && violated.Kind == sqlerr.Unique {
		fmt.Println(violated.Table, violated.Columns) // users [email]
	}
	// Output: users [email]
}

func violateUnique(ctx context.Context, db *alkahest.Engine) error {
	email := "alice@example.com"
	err := orm.Transact(ctx, db, func(s *orm.Session) error {
		orm.AddAll(s, &User{Name: "Alice", Email: &email}, &User{Name: "Bob", Email: &email})
		return nil
	})
	var violated *sqlerr.ConstraintError
	if !errors.As(err, &violated) {
		return fmt.Errorf("got %v, want a *ConstraintError", err)
	}
	fmt.Println(violated.Kind)
	return nil
}

func TestModelErrorsOfThePage(t *testing.T) {
	type Draft struct {
		ID     int64
		Status string `db:",size=10,statsu"`
	}
	base := orm.NewBase()
	orm.Map[Draft](base, "drafts")
	err := base.Check()
	var model *orm.ModelError
	if !errors.As(err, &model) || model.Field != "Status" {
		t.Errorf("got %v, want an error of the field Status", err)
	}
}
