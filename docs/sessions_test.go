package docs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
)

func Example_sessions() {
	ctx := context.Background()
	db := newDatabase(ctx)
	defer db.Close(ctx)
	must(changes(ctx, db))
	must(rollbacks(ctx, db))
	must(transact(ctx, db))
	names, err := engine.Collect[string](ctx, db, expr.NewSelect(Users.Name).OrderBy(Users.ID.Asc()))
	must(err)
	fmt.Println(names)
	// Output:
	// 2
	// [changed in place]
	// true
	// 0
	// not added
	// [ROOT ALICE!]
}

func changes(ctx context.Context, db *alkahest.Engine) error {
	s := orm.NewSession(db)
	defer s.Close(ctx)

	bob := &User{Name: "Bob"}
	s.Add(bob)
	if err := s.Flush(ctx); err != nil {
		return err
	}
	fmt.Println(bob.ID) // 2: the database's, before the commit

	bob.Name = "Robert" // nothing to call: the next flush sees it
	if err := s.Commit(ctx); err != nil {
		return err
	}

	s.Delete(bob)
	if err := s.Commit(ctx); err != nil {
		return err
	}

	p, err := orm.Get(ctx, s, Posts, 1)
	if err != nil {
		return err
	}
	p.Tags[0] = "changed in place"
	if err := s.Commit(ctx); err != nil { // UPDATE posts SET tags = …
		return err
	}
	tags, err := engine.Scalar[[]string](ctx, db, expr.NewSelect(Posts.Tags))
	if err != nil {
		return err
	}
	fmt.Println(tags)

	root := &User{Name: "root"}
	s.Add(root, orm.Explicit(Users.ID)) // with the id 0

	for u, err := range orm.Select(Users).Partition(500).Each(ctx, s) {
		if err != nil {
			return err
		}
		u.Name = strings.ToUpper(u.Name)
	}
	if err := s.Commit(ctx); err != nil {
		return err
	}
	return nil
}

func rollbacks(ctx context.Context, db *alkahest.Engine) error {
	s := orm.NewSession(db)
	defer s.Close(ctx)
	carol := &User{Name: "Carol"}
	s.Add(carol)
	if err := s.Flush(ctx); err != nil {
		return err
	}
	fmt.Println(carol.ID > 0) // true
	if err := s.Rollback(ctx); err != nil {
		return err
	}
	fmt.Println(carol.ID) // 0

	sp, err := s.BeginNested(ctx)
	if err != nil {
		return err
	}
	s.Add(&Post{AuthorID: 4711, Title: "of nobody"})
	if err := s.Flush(ctx); err != nil { // the foreign key refuses it
		fmt.Println("not added")
		if err := sp.Rollback(ctx); err != nil {
			return err
		}
	}
	if err := s.Commit(ctx); err != nil { // what was before the savepoint
		return err
	}
	return nil
}

func Example_nestedSavepoints() {
	ctx := context.Background()
	db := newDatabase(ctx)
	defer db.Close(ctx)
	must(nested(ctx, db))
	// Output: [Alice Kept too]
}

func nested(ctx context.Context, db *alkahest.Engine) error {
	s := orm.NewSession(db)
	defer s.Close(ctx)
	outer, err := s.BeginNested(ctx)
	if err != nil {
		return err
	}
	kept := &User{Name: "Kept"}
	s.Add(kept)
	for _, name := range []string{"Lost", "Lost too"} {
		inner, err := s.BeginNested(ctx)
		if err != nil {
			return err
		}
		s.Add(&User{Name: name})
		kept.Name = name
		if err := inner.Rollback(ctx); err != nil {
			return err
		}
	}
	inner, err := s.BeginNested(ctx)
	if err != nil {
		return err
	}
	kept.Name += " too"
	for _, n := range []*orm.Nested{inner, outer} {
		if err := n.Commit(ctx); err != nil {
			return err
		}
	}
	if err := s.Commit(ctx); err != nil {
		return err
	}
	names, err := engine.Collect[string](ctx, db, expr.NewSelect(Users.Name).OrderBy(Users.ID.Asc()))
	fmt.Println(names)
	return err
}

func transact(ctx context.Context, db *alkahest.Engine) error {
	err := orm.Transact(ctx, db, func(s *orm.Session) error {
		u, err := orm.Get(ctx, s, Users, 1)
		if err != nil {
			return err
		}
		u.Name += "!"
		return nil
	})
	return err
}

func TestForUpdateOnSQLiteIsRefused(t *testing.T) {
	ctx := t.Context()
	db := newDatabase(ctx)
	defer db.Close(ctx)
	s := orm.NewSession(db)
	defer s.Close(ctx)
	locked, err := orm.Select(Users).Where(Users.ID.Eq(1)).ForUpdate().One(ctx, s)
	var unsupported *compile.UnsupportedError
	if !errors.As(err, &unsupported) {
		t.Errorf("got %v and the error %v, want an *UnsupportedError", locked, err)
	}
}

func TestReadOnlySessionRefusesAFlush(t *testing.T) {
	ctx := t.Context()
	db := newDatabase(ctx)
	defer db.Close(ctx)
	s := orm.NewSession(db, orm.ReadOnly())
	defer s.Close(ctx)
	s.Add(&User{Name: "Dave"})
	if err := s.Flush(ctx); !errors.Is(err, sqlerr.ErrReadOnly) {
		t.Errorf("got %v, want %v", err, sqlerr.ErrReadOnly)
	}
}
