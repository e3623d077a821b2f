package crowd

import (
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

// Row is known by its code, whatever its generated values.
type Row struct {
	ID     int64
	Code   string
	Number int64
}

type rowTable struct {
	orm.Table[Row]
	ID     schema.Int64
	Code   schema.Text
	Number schema.Int64
}

// kind is one generator and the table that it fills a column of.
type kind struct {
	name  string
	table *rowTable
	// number says that the generator fills Number and not the key.
	number bool
	// pool names the generator where several kinds draw from it.
	pool string
	// once says that a value is never given again, also after a rollback.
	once bool
	// low and high are the limits of a generator that starts anew after its
	// last value; equal where it does not. even says that it then has given each
	// value as often as any other, but for one time.
	low, high int64
	even      bool
}

// value returns what the generator gave the row.
func (k *kind) value(r *Row) int64 {
	if k.number {
		return r.Number
	}
	return r.ID
}

func (k *kind) cycles() bool { return k.low != k.high }

// model declares the tables of one product's kinds.
type model struct {
	base  *orm.Base
	kinds []*kind
}

func (m *model) add(name string, key, number []schema.Option, items ...schema.TableItem) *kind {
	key = append([]schema.Option{schema.PrimaryKey()}, key...)
	number = append([]schema.Option{schema.ZeroIsUnset()}, number...)
	table := orm.Declare(m.base, "crowd_"+name, rowTable{
		ID: schema.BigInteger(key...), Code: schema.String(40, schema.Unique()), Number: schema.BigInteger(number...),
	}, items...)
	k := &kind{name: name, table: table, pool: name}
	m.kinds = append(m.kinds, k)
	return k
}

// seven fills Number where no generator does.
var seven = []schema.Option{schema.ServerDefaultValue(int64(7))}

// key adds a kind whose generator fills the key.
func (m *model) key(name string, options ...schema.Option) *kind { return m.add(name, options, seven) }

// column adds a kind whose generator fills another column.
func (m *model) column(name string, options ...schema.Option) *kind {
	k := m.add(name, nil, options)
	k.number = true
	return k
}

// shared adds two kinds that draw from one sequence.
func (m *model) shared() {
	s := schema.NewSequence("crowd_shared_seq", schema.Start(10), schema.Increment(2))
	m.key("shared_a", s).pool = "shared"
	m.column("shared_b", s).pool = "shared"
}

// cycle adds a kind whose generator starts anew after few values.
func (m *model) cycle(even bool) {
	k := m.column("cycle", schema.NewSequence("crowd_cycle_seq", schema.Min(3), schema.Max(99), schema.Start(50), schema.Increment(1), schema.Cycle(true)))
	k.low, k.high, k.even = 3, 99, even
}

func newModel(product string) *model {
	m := &model{base: orm.NewBase()}
	switch product {
	case "sqlite":
		m.sqlite()
	case "postgres15", "postgres18":
		m.postgres()
	case "mariadb":
		m.mariaDB()
	case "mysql":
		m.mySQL()
	}
	for _, k := range m.kinds {
		k.once = product != "sqlite" && !k.cycles() // what SQLite rolls back it gives again
	}
	return m
}

func (m *model) sqlite() {
	m.key("rowid")
	m.add("autoincrement", nil, seven, schema.TableOption("sqlite.autoincrement", "true"))
	m.key("identity", schema.NewIdentity(schema.Start(1000)))
	m.key("native", schema.NewSequence("crowd_native_seq", schema.Start(5000)))
	m.key("table", schema.NewSequence("crowd_table_seq", schema.Start(100), schema.Increment(7)))
	m.key("falling", schema.NewSequence("crowd_falling_seq", schema.Start(-1), schema.Increment(-3)))
	m.shared()
	m.cycle(true)
}

func (m *model) postgres() {
	m.key("identity", schema.NewIdentity(schema.Start(1000), schema.Increment(3)))
	m.key("always", schema.AlwaysIdentity())
	m.key("sequence", schema.NewSequence("crowd_sequence_seq", schema.Start(100), schema.Increment(7)))
	m.key("cached", schema.NewSequence("crowd_cached_seq", schema.Start(-1), schema.Increment(-2), schema.Cache(20)))
	m.shared()
	m.column("fallback", schema.ServerDefault(m.alone("crowd_default_seq").Next()))
	m.cycle(false)
}

func (m *model) mariaDB() {
	m.key("auto")
	m.key("identity", schema.NewIdentity(schema.Start(1000)))
	m.key("sequence", schema.NewSequence("crowd_sequence_seq", schema.Start(100), schema.Increment(7)))
	m.key("cached", schema.NewSequence("crowd_cached_seq", schema.Start(-1), schema.Increment(-2), schema.Cache(20)))
	m.shared()
	m.cycle(false)
}

func (m *model) mySQL() {
	m.key("auto")
	m.key("native", schema.NewSequence("crowd_native_seq", schema.Start(5000)))
	m.key("table", schema.NewSequence("crowd_table_seq", schema.Start(100), schema.Increment(7)))
	m.key("falling", schema.NewSequence("crowd_falling_seq", schema.Start(-1), schema.Increment(-3)))
	m.shared()
	m.cycle(false)
}

// alone makes a sequence that no column declares.
func (m *model) alone(name string) *schema.Sequence {
	s := schema.NewSequence(name)
	if err := m.base.AddSequence(s); err != nil {
		panic(err)
	}
	return s
}
