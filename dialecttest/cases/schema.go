package cases

import (
	"reflect"
	"strings"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// Schema is the tables that the statements speak of.
type Schema struct {
	*schema.MetaData
	// Other is the name of the schema beside the one in use.
	Other string

	Users     Users
	Addresses Addresses
	Orders    Orders
	Items     Items
	Tags      Tags
	OrderTags OrderTags
	Nodes     Nodes
	Docs      Docs
	Comp      Comp
	CompRef   CompRef
	Order     Reserved
	Stock     Stock
	// OtherTags are in the schema Other, if there is one.
	OtherTags Tags
	Deflt     Deflt
	SeqT      SeqT
	OnlyPK    OnlyPK
	Foo       Foo
	// MySeq and OtherSeq start at 500 and 600; OtherSeq is in the schema Other.
	MySeq, OtherSeq *schema.Sequence
}

// Source is what every struct of columns has.
type Source struct {
	// From is the table, or the alias to which the columns belong.
	From expr.Source
	// Table is the table itself, also of an alias.
	Table *schema.Table
}

// Users are people, some of whom manage others.
type Users struct {
	Source
	ID        schema.Int32
	Name      schema.Text
	Fullname  schema.Text
	Age       schema.Int32
	ManagerID schema.Int32
	CreatedAt schema.Time
	Active    schema.Bool
}

// Addresses are those of users.
type Addresses struct {
	Source
	ID     schema.Int32
	UserID schema.Int32
	Email  schema.Text
}

// Orders are those of users.
type Orders struct {
	Source
	ID       schema.Int32
	UserID   schema.Int32
	Total    schema.Decimal
	Status   schema.Text
	PlacedOn schema.Time
}

// Items are the lines of an order.
type Items struct {
	Source
	ID      schema.Int32
	OrderID schema.Int32
	SKU     schema.Text
	Qty     schema.Int32
	Price   schema.Decimal
}

// Tags have a label that is unique.
type Tags struct {
	Source
	ID    schema.Int32
	Label schema.Text
}

// OrderTags are the tags of orders.
type OrderTags struct {
	Source
	OrderID schema.Int32
	TagID   schema.Int32
}

// Nodes are a tree.
type Nodes struct {
	Source
	ID       schema.Int32
	ParentID schema.Int32
	Data     schema.Text
}

// Docs have a column of each of the larger types.
type Docs struct {
	Source
	ID      schema.Int64
	Title   schema.Text
	Body    schema.Text
	Data    schema.JSON[any]
	Score   schema.Float64
	Blob    schema.Bytes
	Updated schema.Time
}

// Comp has a key of two columns.
type Comp struct {
	Source
	A, B schema.Int32
	V    schema.Text
}

// CompRef references Comp.
type CompRef struct {
	Source
	ID     schema.Int32
	RA, RB schema.Int32
}

// Reserved has names that must be quoted.
type Reserved struct {
	Source
	Select    schema.Int32
	MixedCase schema.Text
	UserName  schema.Text
	Plain     schema.Int32
}

// Stock is in the schema Other.
type Stock struct {
	Source
	ID  schema.Int32
	Qty schema.Int32
}

// Deflt has defaults of each kind.
type Deflt struct {
	Source
	ID schema.Int32
	N  schema.Int32
	F  schema.Int32
	S  schema.Text
	T  schema.Time
	U  schema.Int32
	UF schema.Time
}

// SeqT has a key that a sequence fills, from 100.
type SeqT struct {
	Source
	ID schema.Int32
	V  schema.Text
}

// OnlyPK has nothing but a generated key.
type OnlyPK struct {
	Source
	ID schema.Int32
}

// Foo is a table that statements know by its name alone.
type Foo struct {
	Source
	A, B schema.Int32
}

// declare declares the table of a struct of columns and binds the columns. A
// column that is not named in its literal has its field's name in snake case.
func declare(m *schema.MetaData, src *Source, name string, columns any, items ...schema.TableItem) {
	found := schema.StructColumns(reflect.ValueOf(columns))
	for i := range found {
		found[i].Name = snake(found[i].GoName)
		found[i].Nullable = true
	}
	t, _, err := schema.DeclareTable(m, name, found, items...)
	if err != nil {
		panic(err)
	}
	src.From, src.Table = t, t
}

func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		upper := r >= 'A' && r <= 'Z'
		if upper && i > 0 && name[i-1] >= 'a' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

// as binds the columns of a copied struct to an alias of its table.
func as(src *Source, name string, columns any) {
	alias := &expr.Alias{Of: src.Table, Name: name}
	if err := schema.BindAlias(schema.StructColumns(reflect.ValueOf(columns)), alias); err != nil {
		panic(err)
	}
	src.From = alias
}

// As is the table under another name.
func (t Users) As(name string) Users { as(&t.Source, name, &t); return t }

// As is the table under another name.
func (t Orders) As(name string) Orders { as(&t.Source, name, &t); return t }

// As is the table under another name.
func (t Nodes) As(name string) Nodes { as(&t.Source, name, &t); return t }

// As is the table under another name.
func (t Addresses) As(name string) Addresses { as(&t.Source, name, &t); return t }

// Columns are the columns of the table in their order.
func (s Source) Columns() []expr.Expression {
	var all []expr.Expression
	for _, c := range s.Table.Columns() {
		if s.From == expr.Source(s.Table) {
			all = append(all, c.Ref())
			continue
		}
		all = append(all, &expr.Column{From: s.From, Name: c.Name, Codec: c.Codec})
	}
	return all
}
