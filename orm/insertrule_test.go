package orm_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Cell has one field whose zero may mean "not set".
type Cell[T any] struct {
	ID int64
	V  T
}

type cellTable[T any] struct {
	orm.Table[Cell[T]]
	ID schema.Int64
	V  schema.Val[T]
}

// kind is a column of the table of INSERT's rule.
type kind[T any] struct {
	name            string
	typ             sqltype.Type
	filled, nonZero T
	saysUnset       bool
	generators      bool // the type can be generated
}

// filler is a row of it.
type filler[T any] struct {
	name      string
	option    func(k kind[T], table string) schema.Option
	generated bool
}

type document struct{ X int }

func fillers[T any]() []filler[T] {
	return []filler[T]{
		{name: "nothing"},
		{"sequence", func(_ kind[T], table string) schema.Option {
			return schema.NewSequence(table+"_v", schema.Start(500))
		}, true},
		{"identity", func(kind[T], string) schema.Option { return schema.NewIdentity(schema.Start(500)) }, true},
		{"value", func(k kind[T], _ string) schema.Option { return schema.DefaultValue(k.filled) }, false},
		{"func", func(k kind[T], _ string) schema.Option { return schema.DefaultFunc(func() T { return k.filled }) }, false},
		{"expr", func(k kind[T], _ string) schema.Option {
			return schema.DefaultExpr(expr.NewBind(sqltype.CodecOf[T](k.typ), k.filled))
		}, false},
		{"server", func(k kind[T], _ string) schema.Option { return schema.ServerDefaultValue(k.filled) }, false},
	}
}

var rules = []struct {
	name   string
	option schema.Option
}{{"none", nil}, {"unset", schema.ZeroIsUnset()}, {"value", schema.ZeroIsValue()}}

// cells declares the tables of one kind, and returns the checks of those that
// the law allows.
func cells[T any](t *testing.T, base *orm.Base, k kind[T]) []func(t *testing.T, db *database) {
	var checks []func(t *testing.T, db *database)
	for _, f := range fillers[T]() {
		for _, rule := range rules {
			if f.generated && !k.generators {
				continue
			}
			name := strings.Join([]string{"cell", k.name, f.name, rule.name}, "_")
			opts := []schema.Option{}
			if f.option != nil {
				opts = append(opts, f.option(k, name))
			}
			if rule.option != nil {
				opts = append(opts, rule.option)
			}
			declare := func(b *orm.Base) *cellTable[T] {
				return orm.Declare(b, name, cellTable[T]{
					ID: schema.BigInteger(schema.PrimaryKey()), V: schema.ColumnOf[T](k.typ, opts...),
				})
			}
			unset := f.option != nil && (rule.name == "unset" || rule.name == "none" && k.saysUnset)
			if f.option == nil && rule.name == "unset" || f.option != nil && rule.name == "none" && !k.saysUnset {
				alone := orm.NewBase()
				declare(alone)
				if err := alone.Check(); err == nil || !strings.Contains(err.Error(), "orm.Cell") && !strings.Contains(err.Error(), ".V:") {
					t.Errorf("%s: got %v, want an error of the field V", name, err)
				}
				continue
			}
			table := declare(base)
			checks = append(checks, func(t *testing.T, db *database) {
				t.Helper()
				cellCheck(t, db, table, k, name, unset, f.generated)
			})
		}
	}
	return checks
}

func cellCheck[T any](t *testing.T, db *database, table *cellTable[T], k kind[T], name string, unset, generated bool) {
	t.Helper()
	var zero T
	s := session(t, db)
	left, set, asked := &Cell[T]{}, &Cell[T]{V: k.nonZero}, &Cell[T]{}
	s.Add(left, orm.Into(table))
	s.Add(set, orm.Into(table))
	s.Add(asked, orm.Into(table), orm.Explicit(table.V))
	if err := s.Commit(t.Context()); err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	want := zero
	if unset {
		want = k.filled
	}
	if unset && generated {
		want = left.V
		if fmt.Sprint(want) < "500" {
			t.Errorf("%s: got %v, want 500 or more", name, want)
		}
	}
	same(t, name+": left out", left.V, want)
	same(t, name+": set", set.V, k.nonZero)
	same(t, name+": asked for", asked.V, zero)
	s = session(t, db)
	for _, e := range []*Cell[T]{left, set, asked} {
		read, err := orm.Get(t.Context(), s, table, e.ID)
		must(t, err)
		same(t, name+": read", read, e)
	}
	must(t, s.Close(t.Context()))
}

func TestRuleOfZeroOnInsert(t *testing.T) {
	base := orm.NewBase()
	moment := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	checks := cells(t, base, kind[int64]{"int", sqltype.Integer{Bits: 64}, 42, 7, false, true})
	for _, more := range [][]func(t *testing.T, db *database){
		cells(t, base, kind[string]{"string", sqltype.String{Length: 20}, "default", "given", false, false}),
		cells(t, base, kind[bool]{"bool", sqltype.Boolean{}, true, true, false, false}),
		cells(t, base, kind[float64]{"float", sqltype.Float{Bits: 64}, 1.5, 2.5, false, false}),
		cells(t, base, kind[uuid.UUID]{"uuid", sqltype.UUID{}, uuid.UUID{4, 2}, uuid.UUID{7}, true, false}),
		cells(t, base, kind[*string]{"pointer", sqltype.String{Length: 20}, ptr("default"), ptr("given"), true, false}),
		cells(t, base, kind[*int64]{"intpointer", sqltype.Integer{Bits: 64}, ptr(int64(42)), ptr(int64(0)), true, false}),
		cells(t, base, kind[sql.Null[int64]]{"null", sqltype.Integer{Bits: 64}, sql.Null[int64]{V: 42, Valid: true}, sql.Null[int64]{Valid: true}, true, false}),
		cells(t, base, kind[document]{"json", sqltype.JSON{}, document{42}, document{7}, false, false}),
	} {
		checks = append(checks, more...)
	}
	times := cells(t, base, kind[time.Time]{"time", sqltype.DateTime{Precision: 6, Zone: true}, moment, moment.AddDate(0, 0, 1), true, false})
	checks = append(checks, times...)
	must(t, base.Check())
	everywhere(t, base, func(t *testing.T, db *database) {
		for _, check := range checks {
			check(t, db)
		}
	})
}

// Keyed is mapped once for each way in which a key is generated.
type Keyed struct {
	ID   int64
	Name string
}

type keyedTable struct {
	orm.Table[Keyed]
	ID   schema.Int64
	Name schema.Text
}

func TestGeneratedKeys(t *testing.T) {
	base := orm.NewBase()
	declare := func(name string, opts ...schema.Option) *keyedTable {
		return orm.Declare(base, name, keyedTable{
			ID: schema.BigInteger(append(opts, schema.PrimaryKey())...), Name: schema.String(50),
		})
	}
	auto := declare("key_auto")
	sequence := declare("key_sequence", schema.NewSequence("key_seq", schema.Start(100), schema.Increment(5)))
	identity := declare("key_identity", schema.NewIdentity(schema.Start(1000)))
	value := declare("key_value", schema.ZeroIsValue())
	everywhere(t, base, func(t *testing.T, db *database) {
		for _, c := range []struct {
			name  string
			table *keyedTable
			want  []int64
		}{
			{"auto", auto, []int64{1, 2, 70}},
			{"sequence", sequence, []int64{100, 105, 70}},
			{"identity", identity, []int64{1000, 1001, 70}},
		} {
			s := session(t, db)
			list := []*Keyed{{Name: "a"}, {Name: "b"}, {ID: 70, Name: "c"}}
			for _, u := range list {
				s.Add(u, orm.Into(c.table))
			}
			must(t, s.Flush(t.Context()))
			same(t, c.name, []int64{list[0].ID, list[1].ID, list[2].ID}, c.want)
			zero := &Keyed{Name: "zero"}
			s.Add(zero, orm.Into(c.table), orm.Explicit(c.table.ID))
			must(t, s.Commit(t.Context()))
			same(t, c.name+" explicit", zero.ID, 0)
			s = session(t, db)
			read, err := orm.Get(t.Context(), s, c.table, 0)
			must(t, err)
			same(t, c.name+" with the key 0", read.Name, "zero")
			must(t, s.Close(t.Context()))
		}
		s := session(t, db)
		s.Add(&Keyed{Name: "zero"}, orm.Into(value))
		must(t, s.Commit(t.Context()))
		wantRows(t, db, value.Schema(), "0 zero")
	})
}

// A default of the client's wins over the generator that the key has beside it.
func TestDefaultBesideAGenerator(t *testing.T) {
	base := orm.NewBase()
	next := int64(499)
	declare := func(name string, d schema.Option) *keyedTable {
		return orm.Declare(base, name, keyedTable{
			ID: schema.BigInteger(schema.PrimaryKey(), schema.Autoincrements(schema.AutoincrementYes), schema.ZeroIsUnset(), d), Name: schema.String(50),
		})
	}
	called := declare("key_called", schema.DefaultFunc(func() int64 { next++; return next }))
	computed := declare("key_computed", schema.DefaultExpr(expr.NewBind(sqltype.CodecOf[int64](sqltype.Integer{Bits: 64}), 900)))
	everywhere(t, base, func(t *testing.T, db *database) {
		next = 499
		s := session(t, db)
		list := []*Keyed{{Name: "a"}, {Name: "b"}, {Name: "c"}, {ID: 700, Name: "d"}}
		for _, u := range list {
			s.Add(u, orm.Into(called))
		}
		one := &Keyed{Name: "one"}
		s.Add(one, orm.Into(computed))
		must(t, s.Commit(t.Context()))
		same(t, "called", []int64{list[0].ID, list[1].ID, list[2].ID, list[3].ID}, []int64{500, 501, 502, 700})
		same(t, "computed", one.ID, 900)
		wantRows(t, db, called.Schema(), "500 a", "501 b", "502 c", "700 d")
		wantRows(t, db, computed.Schema(), "900 one")
	})
}

// A client's default may be the next value of a sequence, for the key and for
// another column.
func TestSequenceAsClientDefault(t *testing.T) {
	base := orm.NewBase()
	keys, numbers := schema.NewSequence("key_next", schema.Start(100), schema.Increment(5)), schema.NewSequence("n_next", schema.Start(7))
	table := orm.Declare(base, "key_drawn", cellTable[int64]{
		ID: schema.BigInteger(schema.PrimaryKey(), schema.ZeroIsUnset(), schema.DefaultExpr(keys.Next())),
		V:  schema.ColumnOf[int64](sqltype.Integer{Bits: 64}, schema.ZeroIsUnset(), schema.DefaultExpr(numbers.Next())),
	})
	everywhere(t, base, func(t *testing.T, db *database) {
		drawn := int64(0)
		for _, n := range []int{1, 3, 130} {
			s := session(t, db)
			list := make([]*Cell[int64], n)
			for i := range list {
				list[i] = &Cell[int64]{}
				s.Add(list[i], orm.Into(table))
			}
			must(t, s.Commit(t.Context()))
			s = session(t, db)
			for _, e := range list {
				same(t, "drawn", *e, Cell[int64]{ID: 100 + 5*drawn, V: 7 + drawn})
				read, err := orm.Get(t.Context(), s, table, e.ID)
				must(t, err)
				same(t, "read", read, e)
				drawn++
			}
			must(t, s.Close(t.Context()))
		}
	})
}
