package orm_test

import (
	"errors"
	"runtime"
	"testing"
	"weak"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
)

func TestReadersHoldObjectsWeakly(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		ctx := t.Context()
		ids := people(t, db, "Alice", "Bob")
		s := session(t, db, orm.Weakly())
		alice, err := orm.Get(ctx, s, Users, ids[0])
		must(t, err)
		list, err := orm.Select(Users).OrderBy(Users.ID.Asc()).All(ctx, s)
		must(t, err)
		if list[0] != alice {
			t.Error("a row has several objects while the program has one")
		}
		alice.Name = "changed"
		again, err := orm.Get(ctx, s, Users, ids[0])
		must(t, err)
		if again != alice || alice.Name != "Alice" {
			t.Errorf("read again: got %v", *again)
		}
		bob := weak.Make(list[1])
		list = nil
		runtime.GC()
		if bob.Value() != nil {
			t.Error("the session keeps what nobody has")
		}
		anew, err := orm.Get(ctx, s, Users, ids[1])
		must(t, err)
		same(t, "read anew", anew.Name, "Bob")
		s.Add(&User{Name: "new"})
		if err := s.Flush(ctx); !errors.Is(err, sqlerr.ErrReadOnly) {
			t.Errorf("a new object: got %v, want ErrReadOnly", err)
		}
		runtime.KeepAlive(alice)
	})
}
