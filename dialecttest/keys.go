package dialecttest

import (
	"fmt"

	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// KeyConfiguration is one way to say what fills the key of a table, or another
// generated column. Each table is named t, and has a column x of text beside.
type KeyConfiguration struct {
	// Name is the configuration in the words of SQLAlchemy, whose inventory this
	// is.
	Name string
	// Declare declares the table, or returns the error of its declaration.
	Declare func(m *schema.MetaData) (*schema.Table, error)
	// Sends are the columns that a row sends beside x; a column whose client
	// default is a function is sent as well.
	Sends []KeyValue
	// Bare rows send no x.
	Bare bool
	// Back are the columns whose values come back.
	Back []string
	// Want are those values of four rows, for each a value of each of Back. A
	// database may refuse the table by name instead.
	Want [][]int64
	// Fails says why rows can't be inserted, "" where they can; FailsTogether
	// why three can't after the first, and MayFail why a database may refuse
	// them.
	Fails, FailsTogether, MayFail string
	// Differs says what is otherwise than in SQLAlchemy, and why; "" where nothing
	// is.
	Differs string
}

// KeyValue is a value that row i, counted from 0, sends for a column.
type KeyValue struct {
	Column string
	Value  func(i int) sqltype.Value
}

// KeyConfigurations returns all of them. other is a schema beside the one that
// is in use.
func KeyConfigurations(other string) []KeyConfiguration {
	all := typedKeys()
	all = append(all, sequenceKeys(other)...)
	all = append(all, identityKeys()...)
	all = append(all, compositeKeys()...)
	all = append(all, otherKeys()...)
	for i := range all {
		all[i].Differs = keyDifferences[all[i].Name]
	}
	return all
}

// pk declares the column id.
func pk(t sqltype.Type, opts ...schema.Option) schema.TableItem {
	return schema.NewColumn("id", t, append([]schema.Option{schema.PrimaryKey()}, opts...)...)
}

func declared(items ...schema.TableItem) func(m *schema.MetaData) (*schema.Table, error) {
	return func(m *schema.MetaData) (*schema.Table, error) {
		return schema.NewTable(m, "t", append(items, column("x", sqltype.String{Length: 20}))...)
	}
}

// once declares a table with new items for each MetaData, to which sequences
// belong.
func once(items func() []schema.TableItem) func(m *schema.MetaData) (*schema.Table, error) {
	return func(m *schema.MetaData) (*schema.Table, error) { return declared(items()...)(m) }
}

// by are the ids of four rows.
func by(start, step int64) [][]int64 {
	return [][]int64{{start}, {start + step}, {start + 2*step}, {start + 3*step}}
}

// idAnd are four rows with two numbers from 1 and from n.
func idAnd(n int64) [][]int64 {
	return [][]int64{{1, n}, {2, n + 1}, {3, n + 2}, {4, n + 3}}
}

// counting sends first, first+1, …
func counting(name string, first int64) KeyValue {
	return KeyValue{name, func(i int) sqltype.Value { return sqltype.Int64Value(first + int64(i)) }}
}

// counter is a client default that gives first, first+1, …
func counter(first int32) schema.Option {
	next := first - 1
	return schema.DefaultFunc(func() int32 { next++; return next })
}

var idBack = []string{"id"}

func typedKeys() []KeyConfiguration {
	yes := schema.Autoincrements(schema.AutoincrementYes)
	return []KeyConfiguration{
		{Name: "Integer pk", Declare: declared(pk(integer)), Back: idBack, Want: by(1, 1)},
		{Name: "BigInteger pk", Declare: declared(pk(bigInt)), Back: idBack, Want: by(1, 1)},
		{Name: "SmallInteger pk", Declare: declared(pk(small)), Back: idBack, Want: by(1, 1)},
		{Name: "BigInteger().with_variant(Integer, 'sqlite') pk", Declare: declared(pk(bigInt)), Back: idBack, Want: by(1, 1)},
		{Name: "Numeric(10, 0) pk", Declare: declared(pk(sqltype.Numeric{Precision: 10}, yes)), Back: idBack, Want: by(1, 1)},
		{Name: "String(5) pk", Declare: declared(pk(sqltype.String{Length: 5})), Fails: "nothing fills the key"},
	}
}

func sequenceKeys(other string) []KeyConfiguration {
	sequence := func(t sqltype.Type, opts ...schema.SequenceOption) func(m *schema.MetaData) (*schema.Table, error) {
		return once(func() []schema.TableItem { return []schema.TableItem{pk(t, schema.NewSequence("s", opts...))} })
	}
	return []KeyConfiguration{
		{Name: "Sequence('s') on Integer pk", Declare: sequence(integer), Back: idBack, Want: by(1, 1)},
		{Name: "Sequence('s', start=100, increment=1) on pk", Declare: sequence(integer, schema.Start(100), schema.Increment(1)), Back: idBack, Want: by(100, 1)},
		{Name: "Sequence('s', start=1) on BigInteger pk", Declare: sequence(bigInt, schema.Start(1)), Back: idBack, Want: by(1, 1)},
		{Name: "Sequence with every kwarg", Declare: sequence(bigInt, schema.Start(5), schema.Increment(2), schema.Min(1), schema.Max(1000), schema.Cycle(true),
			schema.Cache(10), schema.InOrder(true), schema.OfType(bigInt)), Back: idBack, Want: by(5, 2)},
		{Name: "Sequence(nominvalue, nomaxvalue, cycle=False, increment=-1)", Declare: sequence(integer, schema.Increment(-1), schema.NoMin(), schema.NoMax(),
			schema.Cycle(false), schema.InOrder(false)), Back: idBack, Want: by(-1, -1)},
		{Name: "Sequence('s', optional=True)", Declare: sequence(integer, schema.Optional()), Back: idBack, Want: by(1, 1)},
		{Name: "Sequence('s', schema='sch')", Declare: sequence(integer, schema.InSchema(other)), Back: idBack, Want: by(1, 1)},
		{Name: "Sequence as server_default (seq.next_value()), metadata-level", Declare: once(func() []schema.TableItem {
			s := schema.NewSequence("s", schema.Start(100), schema.Increment(1))
			return []schema.TableItem{pk(integer, s, schema.ServerDefault(s.Next()))}
		}), Back: idBack, Want: by(100, 1)},
		{Name: "server_default=seq.next_value() only", Declare: once(func() []schema.TableItem {
			return []schema.TableItem{pk(integer, schema.ServerDefault(schema.NewSequence("s").Next()))}
		}), Back: idBack, Want: by(1, 1)},
		{Name: "Sequence on a non-pk column", Declare: once(func() []schema.TableItem {
			return []schema.TableItem{pk(integer), column("n", integer, schema.NewSequence("s"))}
		}), Back: []string{"id", "n"}, Want: idAnd(1)},
	}
}

func identityKeys() []KeyConfiguration {
	return []KeyConfiguration{
		{Name: "Identity()", Declare: declared(pk(integer, schema.NewIdentity())), Back: idBack, Want: by(1, 1)},
		{
			Name: "Identity(always=True, start=42, increment=3)", Declare: declared(pk(integer, schema.AlwaysIdentity(schema.Start(42), schema.Increment(3)))),
			Back: idBack, Want: by(42, 3),
		},
		{Name: "Identity(always=False, start=100)", Declare: declared(pk(bigInt, schema.NewIdentity(schema.Start(100)))), Back: idBack, Want: by(100, 1)},
		{Name: "Identity with every kwarg", Declare: declared(pk(integer, schema.NewIdentity(schema.OnNull(), schema.Start(5), schema.Increment(2), schema.Min(1),
			schema.Max(1000), schema.Cycle(true), schema.Cache(10), schema.InOrder(true)))), Back: idBack, Want: by(5, 2)},
		{Name: "Identity on non-pk column", Declare: declared(pk(integer, schema.Autoincrements(schema.AutoincrementNo)), column("n", integer,
			schema.NewIdentity(schema.Start(7)))), Sends: []KeyValue{counting("id", 1)}, Back: []string{"id", "n"}, Want: idAnd(7)},
		{
			Name: "Identity on nullable non-pk", Declare: declared(pk(sqltype.String{Length: 5}), column("n", integer, schema.NewIdentity(), schema.Nullable())),
			Sends: []KeyValue{{"id", func(i int) sqltype.Value { return sqltype.TextValue(fmt.Sprint("k", i)) }}}, Back: []string{"n"}, Want: by(1, 1),
		},
	}
}

func compositeKeys() []KeyConfiguration {
	yes := schema.Autoincrements(schema.AutoincrementYes)
	key := func(name string, opts ...schema.Option) schema.TableItem {
		return column(name, integer, append([]schema.Option{schema.PrimaryKey()}, opts...)...)
	}
	return []KeyConfiguration{
		{Name: "autoincrement=False", Declare: declared(pk(integer, schema.Autoincrements(schema.AutoincrementNo))), Fails: "nothing fills the key"},
		{Name: "composite pk, no autoincrement flag", Declare: declared(key("a"), key("b")), Sends: []KeyValue{counting("b", 1)}, Fails: "nothing fills a"},
		{
			Name: "composite pk, autoincrement=True on first", Declare: declared(key("a", yes), key("b")), Sends: []KeyValue{counting("b", 11)},
			Back: []string{"a"}, Want: by(1, 1),
		},
		{
			Name: "composite pk, autoincrement=True on second", Declare: declared(key("a"), key("b", yes)), Sends: []KeyValue{counting("a", 11)},
			Back: []string{"b"}, Want: by(1, 1),
		},
		{Name: "composite pk, autoincrement=True on both", Declare: declared(key("a", yes), key("b", yes))},
		{Name: "autoincrement=True on String", Declare: declared(pk(sqltype.String{Length: 5}, yes))},
	}
}

func otherKeys() []KeyConfiguration {
	yes := schema.Autoincrements(schema.AutoincrementYes)
	reuse := schema.TableOption("sqlite.autoincrement", "true")
	child := func(opts ...schema.Option) func(m *schema.MetaData) (*schema.Table, error) {
		return func(m *schema.MetaData) (*schema.Table, error) {
			if _, err := schema.NewTable(m, "p", pk(integer)); err != nil {
				return nil, err
			}
			return declared(pk(integer, append(opts, schema.ForeignKey("p.id"))...))(m)
		}
	}
	return []KeyConfiguration{
		{Name: "autoincrement=True with client default", Declare: once(func() []schema.TableItem {
			return []schema.TableItem{pk(integer, yes, counter(5))}
		}), Back: idBack, Want: by(5, 1)},
		{Name: "client callable default", Declare: once(func() []schema.TableItem { return []schema.TableItem{pk(integer, counter(77))} }), Back: idBack, Want: by(77, 1)},
		{
			Name: "server_default=text('99') on Integer pk", Declare: declared(pk(integer, schema.ServerDefaultValue(int32(99)))), Back: idBack, Want: [][]int64{{99}},
			FailsTogether: "the default is the same for all rows", MayFail: "a database without RETURNING does not tell it",
		},
		{Name: "sqlite_autoincrement=True", Declare: declared(pk(integer), reuse), Back: idBack, Want: by(1, 1)},
		{Name: "sqlite_autoincrement=True with BigInteger", Declare: declared(pk(bigInt), reuse), Back: idBack, Want: by(1, 1)},
		{Name: "FK pk, autoincrement='auto'", Declare: child(), Sends: []KeyValue{counting("id", 1)}, Back: idBack, Want: by(1, 1)},
		{Name: "FK pk, autoincrement='ignore_fk'", Declare: child(schema.Autoincrements(schema.AutoincrementIgnoreForeignKey)), Back: idBack, Want: by(1, 1)},
		{Name: "table with only an Integer pk; insert() with no values", Declare: func(m *schema.MetaData) (*schema.Table, error) {
			return schema.NewTable(m, "t", pk(integer))
		}, Bare: true, Back: idBack, Want: by(1, 1)},
		{Name: "two nullable cols, insert() with no values", Declare: declared(pk(integer), column("y", integer)), Bare: true, Back: idBack, Want: by(1, 1)},
		{Name: "implicit_returning=False on Table", Declare: declared(pk(integer)), Back: idBack, Want: by(1, 1)},
		{Name: "implicit_returning=False + Sequence", Declare: once(func() []schema.TableItem {
			return []schema.TableItem{pk(integer, schema.NewSequence("s"))}
		}), Back: idBack, Want: by(1, 1)},
		{
			Name: "explicit NULL for the pk", Declare: declared(pk(integer)), Sends: []KeyValue{{"id", func(int) sqltype.Value { return sqltype.NullValue() }}},
			Back: idBack, Want: by(1, 1), MayFail: "NULL is no key",
		},
		{Name: "explicit id value", Declare: declared(pk(integer)), Sends: []KeyValue{counting("id", 41)}, Back: idBack, Want: by(41, 1)},
	}
}
