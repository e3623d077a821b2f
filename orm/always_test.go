package orm_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// A value in a field whose column is generated always is refused before
// anything is sent, beside other objects too, unless orm.Explicit says that it
// is meant.
func TestValueForAlwaysColumn(t *testing.T) {
	base := orm.NewBase()
	table := orm.Declare(base, "items_always", itemTable{
		ID: schema.BigInteger(schema.PrimaryKey(), schema.AlwaysIdentity()), Code: schema.String(40, schema.Unique()), Note: schema.String(40),
	})
	on(t, []string{"postgres15", "postgres18"}, base, func(t *testing.T, db *database) {
		s := session(t, db, orm.Models(base))
		own, generated := &Item{ID: 70, Code: "own"}, &Item{Code: "generated"}
		orm.AddAll(s, generated, own)
		db.forget()
		err := s.Flush(t.Context())
		var e *orm.EntityError
		if !errors.Is(err, sqlerr.ErrGeneratedAlways) || !errors.As(err, &e) || e.Field != "ID" || !strings.Contains(err.Error(), "items_always.id") || !strings.Contains(err.Error(), "orm.Explicit") {
			t.Errorf("got %v, want ErrGeneratedAlways of Item.ID, and how to override", err)
		}
		if n := len(db.sent); n > 0 || generated.ID != 0 {
			t.Errorf("%d statements were sent, and the id %d was given", n, generated.ID)
		}
		must(t, s.Rollback(t.Context()))
		zero, more := &Item{Code: "zero"}, &Item{Code: "more"}
		own.ID = 70
		s.Add(own, orm.Explicit(table.ID))
		s.Add(zero, orm.Explicit(table.ID))
		orm.AddAll(s, generated, more)
		must(t, s.Commit(t.Context()))
		must(t, s.Close(t.Context()))
		same(t, "own, zero", []int64{own.ID, zero.ID}, []int64{70, 0})
		byCode := map[string]int64{}
		r := session(t, db, orm.ReadOnly())
		all, err := orm.Select(table).NoTrack().All(t.Context(), r)
		must(t, err)
		for _, it := range all {
			byCode[it.Code] = it.ID
		}
		same(t, "rows", byCode, map[string]int64{"own": 70, "zero": 0, "generated": generated.ID, "more": more.ID})
	})
}
