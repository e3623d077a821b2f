package dialecttest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// shape is a table of random columns. Its rows are known by the natural key
// "nat".
type shape struct {
	table *schema.Table
	// told are whole numbers that the database may fill, and references: what
	// the program was told of them is what has to be in the row.
	told []*schema.Column
	// payload are all other columns but the natural key. Their values follow from
	// that, so that a row which got another's values is seen.
	payload []*schema.Column
	// explicit says that the first of told takes values of the program's own;
	// falls that its generator descends; jumps that there is room far above it.
	explicit, falls, jumps bool
	// make makes an object that is to be the row; nil for a table without entity.
	make func(w *writer, r *record) *object

	highest atomic.Int64
	mu      sync.Mutex
	rows    map[int64]*record // that are committed, by natural key
}

// record is a row: its natural key, and what the program was told of it.
type record struct {
	n   int64
	got []int64 // for each of told
}

// What is in got in place of a number.
const (
	unknown = -1<<63 + iota
	null
)

func (s *shape) nat() *schema.Column { return s.table.Column("nat") }

func (s *shape) noteHighest(id int64) {
	for {
		old := s.highest.Load()
		if id <= old || s.highest.CompareAndSwap(old, id) {
			return
		}
	}
}

// finish sorts the columns of a shape that is declared.
func (s *shape) finish(told ...string) *shape {
	s.rows = map[int64]*record{}
	for _, name := range told {
		s.told = append(s.told, s.table.Column(name))
	}
	for _, c := range s.table.Columns() {
		if c != s.nat() && !slices.Contains(s.told, c) {
			s.payload = append(s.payload, c)
		}
	}
	return s
}

// generator is a way in which a column of whole numbers is filled.
type generator struct {
	options       func(name string) []schema.Option
	always, falls bool
}

func noOptions(string) []schema.Option { return nil }

func drawGenerator(r *rand.Rand) generator {
	g := generator{options: noOptions}
	opts := schema.GeneratorOptions()
	switch r.IntN(4) {
	case 0:
		opts = schema.GeneratorOptions(schema.Start(1 + r.Int64N(1000)))
	case 1:
		opts = schema.GeneratorOptions(schema.Start(1+r.Int64N(10)), schema.Increment(2+r.Int64N(5)))
	case 2:
		opts = schema.GeneratorOptions(schema.Start(5), schema.Increment(-1-r.Int64N(3)), schema.Min(-1<<30), schema.Max(1000))
		g.falls = true
	}
	switch r.IntN(7) {
	case 0, 1, 2:
		g.options = func(name string) []schema.Option { return []schema.Option{schema.NewSequence(name+"_ids", opts)} }
	case 3, 4:
		g.options = func(string) []schema.Option { return []schema.Option{schema.NewIdentity(opts)} }
	case 5:
		g.always = true
		g.options = func(string) []schema.Option { return []schema.Option{schema.AlwaysIdentity(opts)} }
	default:
		g.falls = false
	}
	return g
}

// inComposite returns the options of one column of a key of several.
func (g generator) inComposite(name string) []schema.Option {
	opts := append(g.options(name), schema.PrimaryKey())
	if len(opts) == 1 {
		opts = append(opts, schema.Autoincrements(schema.AutoincrementYes))
	}
	return opts
}

// declaration declares a shape on a base, under a name, with a generator.
type declaration func(base *orm.Base, name string, g generator) *shape

// drawShapes declares tables of random shape, each with a generator that the
// product takes.
func (x *trial) drawShapes(r *rand.Rand, base *orm.Base) []*shape {
	kinds := []declaration{thinShape, richShape, pairShape, codedShape, freeShape(r), freeShape(r), wideShape(r)}
	r.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
	shapes := []*shape{x.item}
	for i, declare := range kinds[:4] {
		name := fmt.Sprintf("dt_r%d_%d", x.round, i)
		g := drawGenerator(r)
		for x.refuses(declare(orm.NewBase(), name, g).table) {
			g = drawGenerator(r)
		}
		s := declare(base, name, g)
		s.falls = g.falls
		shapes = append(shapes, s)
	}
	return shapes
}

func (x *trial) refuses(t *schema.Table) bool {
	return x.rules.DDL.Check != nil && x.rules.DDL.Check(t) != nil
}

// freeShape draws a table that no entity has.
func freeShape(r *rand.Rand) declaration {
	types := []sqltype.Type{
		sqltype.String{Length: 30},
		bigInt,
		sqltype.Float{Bits: 64},
		sqltype.Boolean{},
		sqltype.DateTime{Precision: 6},
		sqltype.LargeBinary{},
		sqltype.Numeric{Precision: 12, Scale: 2},
		small,
	}
	r.Shuffle(len(types), func(i, j int) { types[i], types[j] = types[j], types[i] })
	types = types[:r.IntN(len(types))]
	key := sqltype.Type(bigInt)
	if r.IntN(3) == 0 {
		key = integer
	}
	keyless, composite := r.IntN(4) == 0, r.IntN(4) == 0
	referenced := !keyless && !composite && key == bigInt && r.IntN(2) == 0
	return func(base *orm.Base, name string, g generator) *shape {
		var items []schema.TableItem
		switch {
		case keyless: // the generator fills another column than the key
			opts := append(g.options(name), schema.NotNull())
			if len(opts) == 1 {
				opts = append(opts, schema.NewSequence(name+"_ids"))
			}
			items = append(items, column("id", key, opts...),
				column("nat", bigInt, schema.PrimaryKey(), schema.Autoincrements(schema.AutoincrementNo)))
		case composite:
			items = append(items, column("id", key, g.inComposite(name)...),
				column("tenant", integer, schema.PrimaryKey()), column("nat", bigInt, schema.NotNull(), schema.Unique()))
		default:
			items = append(items, column("id", key, append(g.options(name), schema.PrimaryKey())...),
				column("nat", bigInt, schema.NotNull(), schema.Unique()))
		}
		items = append(items, column("made", bigInt, schema.NotNull(), schema.ServerDefaultValue(int64(7))),
			column("calc", bigInt, schema.Check("", expr.SQL("calc >= 0"))))
		told := []string{"id", "made", "calc"}
		if referenced {
			items, told = append(items, column("parent", bigInt, schema.ForeignKey(name+".id"))), append(told, "parent")
		}
		for i, t := range types {
			items = append(items, column(number("c", i), t))
		}
		s := &shape{explicit: !g.always && !keyless, jumps: key == bigInt && !g.falls}
		s.table = schema.MustTable(base.MetaData, name, items...)
		return s.finish(told...)
	}
}

// wideShape draws a table of so many columns that a statement does not take
// many rows of it.
func wideShape(r *rand.Rand) declaration {
	width := 15 + r.IntN(30)
	return func(base *orm.Base, name string, g generator) *shape {
		items := []schema.TableItem{column("id", bigInt, append(g.options(name), schema.PrimaryKey())...), column("nat", bigInt, schema.Unique())}
		for i := range width {
			items = append(items, column(number("c", i), bigInt))
		}
		s := &shape{table: schema.MustTable(base.MetaData, name, items...), explicit: !g.always, jumps: !g.falls}
		return s.finish("id")
	}
}
