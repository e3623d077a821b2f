package dialecttest

import (
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

// object is an entity that is to be a row.
type object struct {
	record *record
	entity any
	into   orm.AddOption
	// told returns what the entity says of the columns of the same name, 0 for
	// what was not filled.
	told   func() []int64
	before []int64 // what it said before it was inserted
}

// maker makes objects of an entity.
func maker[E any](t orm.Source[E], fill func(w *writer, e *E, r *record), told func(e *E) []int64) func(w *writer, r *record) *object {
	into := orm.Into(t)
	return func(w *writer, r *record) *object {
		e := new(E)
		fill(w, e, r)
		o := &object{record: r, entity: e, into: into, told: func() []int64 { return told(e) }}
		o.before = o.told()
		return o
	}
}

// maybeExplicit returns an id for one row in eight, and 0 for the others.
func (w *writer) maybeExplicit(s *shape) int64 {
	if w.takesExplicit(s) && w.one(8) {
		return w.explicitID(s)
	}
	return 0
}

func orNull(p *int64) int64 {
	if p == nil {
		return null
	}
	return *p
}

func textFor(c *schema.Column, n int64) *string {
	v := valueOf(c, n)
	if v.IsNull() {
		return nil
	}
	s := v.Text()
	return &s
}

// item is a row of the table that the target's triggers are for.
type item struct {
	ID   int64
	Nat  int64
	Note *string
}

type itemTable struct {
	orm.Table[item]
	ID   schema.Int64
	Nat  schema.Int64
	Note schema.Text
}

type logged struct {
	ID   int64
	Note *string
}

type logTable struct {
	orm.Table[logged]
	ID   schema.Int64
	Note schema.Text
}

func itemShape(base *orm.Base) *shape {
	t := orm.Declare(base, "dt_item", itemTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Nat: schema.BigInteger(schema.Unique()), Note: schema.String(20),
	})
	orm.Declare(base, "dt_log", logTable{ID: schema.BigInteger(schema.PrimaryKey()), Note: schema.String(20)})
	s := &shape{table: t.Schema(), explicit: true, jumps: true}
	s.make = maker(t, func(w *writer, e *item, r *record) {
		e.ID, e.Nat, e.Note = w.maybeExplicit(s), r.n, textFor(s.table.Column("note"), r.n)
	}, func(e *item) []int64 { return []int64{e.ID} })
	return s.finish("id")
}

// thin is a row of nothing but its keys.
type thin struct{ ID, Nat int64 }

type thinTable struct {
	orm.Table[thin]
	ID  schema.Int64
	Nat schema.Int64
}

func thinShape(base *orm.Base, name string, g generator) *shape {
	t := orm.Declare(base, name, thinTable{
		ID: schema.BigInteger(append(g.options(name), schema.PrimaryKey())...), Nat: schema.BigInteger(schema.Unique()),
	})
	s := &shape{table: t.Schema(), explicit: !g.always, jumps: !g.falls}
	s.make = maker(t, func(w *writer, e *thin, r *record) { e.ID, e.Nat = w.maybeExplicit(s), r.n }, func(e *thin) []int64 { return []int64{e.ID} })
	return s.finish("id")
}

// rich is a row of which the database fills several columns, one of them by
// another generator. It references a row of its own table.
type rich struct {
	ID, Nat     int64
	Ser, Parent *int64
	Made        int64
	Note        *string
	Data        []byte
}

type richTable struct {
	orm.Table[rich]
	ID     schema.Int64
	Nat    schema.Int64
	Ser    schema.Int64
	Parent schema.Int64
	Made   schema.Int64
	Note   schema.Text
	Data   schema.Bytes
}

func richShape(base *orm.Base, name string, g generator) *shape {
	t := orm.Declare(base, name, richTable{
		ID: schema.BigInteger(append(g.options(name), schema.PrimaryKey())...), Nat: schema.BigInteger(schema.Unique()),
		Ser:    schema.BigInteger(schema.NewSequence(name+"_ser", schema.Start(500), schema.Increment(3))),
		Parent: schema.BigInteger(schema.ForeignKey(name + ".id")),
		Made:   schema.BigInteger(schema.ServerDefaultValue(int64(7)), schema.ZeroIsUnset()),
		Note:   schema.String(20), Data: schema.LargeBinary(schema.NotNull()),
	})
	s := &shape{table: t.Schema(), explicit: !g.always, jumps: !g.falls}
	s.make = maker(t, func(w *writer, e *rich, r *record) {
		e.ID, e.Nat, e.Note = w.maybeExplicit(s), r.n, textFor(s.table.Column("note"), r.n)
		e.Data = valueOf(s.table.Column("data"), r.n).Bytes()
		if w.one(3) {
			e.Made = 1 + w.r.Int64N(100)
		}
		if p := w.anyKnown(s); p != nil && p.got[0] != unknown && w.one(2) {
			e.Parent = &p.got[0]
		}
	}, func(e *rich) []int64 { return []int64{e.ID, e.Made, orNull(e.Ser), orNull(e.Parent)} })
	return s.finish("id", "made", "ser", "parent")
}

// pair is a row whose key has two columns, one of them generated.
type pair struct {
	ID     int64
	Tenant int32
	Nat    int64
}

type pairTable struct {
	orm.Table[pair]
	ID     schema.Int64
	Tenant schema.Int32
	Nat    schema.Int64
}

func pairShape(base *orm.Base, name string, g generator) *shape {
	t := orm.Declare(base, name, pairTable{
		ID:     schema.BigInteger(g.inComposite(name)...),
		Tenant: schema.Integer(schema.PrimaryKey()), Nat: schema.BigInteger(schema.Unique()),
	})
	s := &shape{table: t.Schema(), explicit: !g.always, jumps: !g.falls}
	s.make = maker(t, func(w *writer, e *pair, r *record) {
		e.ID, e.Nat, e.Tenant = w.maybeExplicit(s), r.n, int32(valueOf(s.table.Column("tenant"), r.n).Int64())
	}, func(e *pair) []int64 { return []int64{e.ID} })
	return s.finish("id")
}

// coded is a row whose key the program knows, and of which the database
// generates another column.
type coded struct {
	Code string
	Nat  int64
	Ser  int64
}

type codedTable struct {
	orm.Table[coded]
	Code schema.Text
	Nat  schema.Int64
	Ser  schema.Int64
}

func codedShape(base *orm.Base, name string, g generator) *shape {
	opts := g.options(name)
	if len(opts) == 0 {
		opts = []schema.Option{schema.NewSequence(name + "_ids")}
	}
	t := orm.Declare(base, name, codedTable{
		Code: schema.String(40, schema.PrimaryKey()), Nat: schema.BigInteger(schema.Unique()), Ser: schema.BigInteger(append(opts, schema.NotNull(), schema.ZeroIsUnset())...),
	})
	s := &shape{table: t.Schema()}
	s.make = maker(t, func(_ *writer, e *coded, r *record) {
		e.Code, e.Nat = valueOf(s.table.Column("code"), r.n).Text(), r.n
	}, func(e *coded) []int64 { return []int64{e.Ser} })
	return s.finish("ser")
}
