package inspect_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// hostile are names that are taken for something else where they are not quoted.
var hostile = []string{"select", "Order", "two words", `dou"ble`, "it's", "back`tick", "größe", "名前", "a-b", "1st", "semi;colon", "(paren)", "UPPER", "colon:name", "dollar$", "per%cent"}

// maker makes random models for one product.
type maker struct {
	*rand.Rand
	product string
	n       int
}

func (r *maker) name(kind string) string {
	r.n++
	return fmt.Sprintf("%s %s%d", hostile[r.IntN(len(hostile))], kind, r.n)
}

func (r *maker) chance(percent int) bool { return r.IntN(100) < percent }

func (r *maker) is(products ...string) bool {
	for _, p := range products {
		if p == r.product {
			return true
		}
	}
	return false
}

// values are types with a default of theirs.
func (r *maker) column() (sqltype.Type, schema.Option) {
	choice := r.IntN(13)
	switch choice {
	case 0:
		return sqltype.Integer{Bits: []int{16, 32, 64}[r.IntN(3)]}, schema.ServerDefaultValue(int64(r.IntN(100)))
	case 1:
		return sqltype.Numeric{Precision: 5 + r.IntN(10), Scale: r.IntN(5)}, schema.ServerDefault(expr.SQL("3.5"))
	case 2:
		return sqltype.Float{Bits: 64}, schema.ServerDefaultValue(1.5)
	case 3:
		return sqltype.Boolean{}, schema.ServerDefaultValue(r.chance(50))
	case 4:
		return sqltype.String{Length: 1 + r.IntN(60)}, schema.ServerDefaultValue("'")
	case 5:
		return sqltype.Text{}, schema.ServerDefaultValue("a ':name' \"b\"")
	case 6:
		return sqltype.LargeBinary{}, nil
	case 7:
		return sqltype.Date{}, nil
	case 8:
		return sqltype.DateTime{Precision: 6}, schema.ServerDefault(expr.SQL("CURRENT_TIMESTAMP"))
	case 9:
		return sqltype.UUID{}, nil
	case 10:
		return sqltype.JSON{Binary: r.chance(50)}, nil
	case 11:
		return sqltype.Time{Precision: 6}, nil
	}
	r.n++
	return sqltype.Enum{Name: fmt.Sprintf("kind%d", r.n), Labels: sqltype.NewLabels("a", "it's", `b\c`, "größe", `"`)}, nil
}

func (r *maker) key() []schema.Option {
	opts := []schema.Option{schema.PrimaryKey()}
	switch r.IntN(6) {
	case 0:
		return append(opts, schema.NewIdentity(schema.Start(int64(1+r.IntN(50)))))
	case 1:
		return append(opts, schema.NewIdentity(schema.Increment(5)))
	case 2:
		return append(opts, schema.Autoincrements(schema.AutoincrementNo))
	case 3:
		if r.is("postgresql") {
			return append(opts, schema.NewSequence(r.name("seq"), schema.Start(7), schema.Max(99999)))
		}
	}
	return opts
}

// table makes a table that references some of the others.
func (r *maker) table(t testing.TB, m *schema.MetaData, others []*schema.Table) *schema.Table {
	t.Helper()
	name := r.name("t")
	id := r.name("id")
	items := []schema.TableItem{schema.NewColumn(id, sqltype.Integer{Bits: 64}, r.key()...)}
	var short []string
	for range 1 + r.IntN(7) {
		typ, def := r.column()
		var opts []schema.Option
		if r.chance(40) {
			opts = append(opts, schema.NotNull())
		}
		if def != nil && r.chance(50) {
			opts = append(opts, def)
		}
		if r.chance(30) {
			opts = append(opts, schema.Comment("it's a \"comment\" — \\ größe"))
		}
		c := schema.NewColumn(r.name("c"), typ, opts...)
		items = append(items, c)
		switch typ.(type) {
		case sqltype.Integer, sqltype.Date, sqltype.String:
			short = append(short, c.Name)
		}
	}
	if r.chance(40) {
		items = append(items, schema.TableComment("a table; it's one"))
	}
	items = append(items, r.constraints(short)...)
	for _, o := range others {
		if r.chance(40) {
			items = append(items, r.reference(o)...)
		}
	}
	made, err := schema.NewTable(m, name, items...)
	must(t, err)
	must(t, made.AddItems(r.indexes(made, id, short)...))
	return made
}

func (r *maker) constraints(short []string) []schema.TableItem {
	var items []schema.TableItem
	if len(short) > 0 && r.chance(50) {
		items = append(items, schema.UniqueOn([]string{"", r.name("u")}[r.IntN(2)], short[0]))
	}
	if len(short) > 1 && r.chance(50) {
		items = append(items, schema.UniqueOn(r.name("u"), short[1], short[0]))
	}
	if len(short) > 0 && r.chance(50) {
		column := quoted(short[0])
		if r.is("mysql") {
			column = "`" + strings.ReplaceAll(short[0], "`", "``") + "`"
		}
		items = append(items, schema.CheckOn(r.name("ck"), expr.VerbatimSQL(column+" IS NULL OR ':no place' <> 'it''s)'")))
	}
	return items
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

var actions = []schema.Action{schema.NoAction, schema.Restrict, schema.Cascade, schema.SetNull}

func (r *maker) reference(o *schema.Table) []schema.TableItem {
	name := r.name("fk")
	key := o.PrimaryKey.Columns[0]
	var opts []schema.ForeignKeyOption
	if r.chance(50) {
		opts = append(opts, schema.OnDelete(actions[r.IntN(4)]))
	}
	if r.chance(30) {
		opts = append(opts, schema.OnUpdate(actions[r.IntN(3)]))
	}
	if r.chance(40) {
		opts = append(opts, schema.ConstraintName(r.name("ref")))
	}
	if !r.is("mysql") && r.chance(30) {
		opts = append(opts, []schema.ForeignKeyOption{schema.Deferred(), schema.Deferrable()}[r.IntN(2)])
	}
	return []schema.TableItem{
		schema.NewColumn(name, sqltype.Integer{Bits: 64}, schema.Nullable()),
		schema.ForeignKeyOn([]string{name}, o.FullName(), []string{key.Name}, opts...),
	}
}

func (r *maker) indexes(t *schema.Table, id string, short []string) []schema.TableItem {
	var items []schema.TableItem
	for _, name := range short {
		if !r.chance(40) {
			continue
		}
		ix := schema.Index{Name: []string{"", r.name("ix")}[r.IntN(2)], Unique: r.chance(20), Terms: []expr.Order{{X: t.Column(name).Ref()}, {X: t.Column(id).Ref(), Desc: r.chance(50)}}}
		if !r.is("mysql") && r.chance(30) {
			ix.Where = expr.VerbatimSQL(quoted(name) + " IS NOT NULL")
		}
		if !r.is("mysql") && r.chance(30) {
			if c := t.Column(name); c.Type.Kind() == sqltype.KindText {
				ix.Name = r.name("ix")
				ix.Terms[0].X = expr.VerbatimSQL("lower(" + quoted(name) + ")")
			}
		}
		if r.is("postgresql") && r.chance(30) {
			ix.Terms[1].Nulls = []expr.Nulls{expr.NullsFirst, expr.NullsLast}[r.IntN(2)]
		}
		items = append(items, schema.AddIndex(ix))
	}
	return items
}

// model makes a model of a few tables, of which some reference others in circles.
func (r *maker) model(t testing.TB) *schema.MetaData {
	m := schema.NewMetaData()
	var tables []*schema.Table
	for range 1 + r.IntN(5) {
		tables = append(tables, r.table(t, m, tables))
	}
	if !r.is("sqlite") && len(tables) > 1 && r.chance(30) { // a circle
		must(t, tables[0].AddItems(r.reference(tables[len(tables)-1])...))
	}
	return m
}

// TestRoundTripOfRandomModels makes models by the library, reads them, drops
// them, and makes them again from what was read.
func TestRoundTripOfRandomModels(t *testing.T) {
	for _, product := range []string{"memory", "postgres15", "postgres18", "mariadb"} {
		t.Run(product, func(t *testing.T) {
			for seed := range uint64(60) {
				t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
					db := connect(t, freshURL(t, product))
					r := &maker{Rand: rand.New(rand.NewPCG(seed, 1)), product: db.Dialect().Name()}
					m := r.model(t)
					must(t, db.CreateAll(t.Context(), m))
					again := roundTrip(t, db, func() { must(t, db.DropAll(t.Context(), m)) })
					must(t, db.DropAll(t.Context(), again))
				})
			}
		})
	}
}
