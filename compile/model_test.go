package compile_test

import (
	"reflect"
	"strings"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// declare declares a table from a struct of columns, whose fields name them.
func declare(m *schema.MetaData, name string, columns any, items ...schema.TableItem) *schema.Table {
	found := schema.StructColumns(reflect.ValueOf(columns))
	for i := range found {
		found[i].Name = strings.ToLower(found[i].GoName)
	}
	t, _, err := schema.DeclareTable(m, name, found, items...)
	if err != nil {
		panic(err)
	}
	return t
}

type userColumns struct {
	ID     schema.Int64
	Name   schema.Text
	Nick   schema.Text
	Age    schema.Int32
	Score  schema.Float64
	Active schema.Bool
	Joined schema.Time
}

type orderColumns struct {
	ID     schema.Int64
	UserID schema.Int64
	Total  schema.Decimal
	Note   schema.Text
}

// shop is what the statements of the tests speak of.
var (
	shop  = schema.NewMetaData()
	users = userColumns{
		ID:     schema.BigInteger(schema.PrimaryKey()),
		Name:   schema.String(50),
		Nick:   schema.String(20, schema.Nullable()),
		Age:    schema.Integer(),
		Score:  schema.Double(),
		Active: schema.Boolean(),
		Joined: schema.DateTime(),
	}
	usersTable = declare(shop, "users", &users)
	orders     = orderColumns{
		ID:     schema.BigInteger(schema.PrimaryKey()),
		UserID: schema.BigInteger(schema.References(users.ID)),
		Total:  schema.Numeric(10, 2),
		Note:   schema.String(100, schema.Nullable()),
	}
	ordersTable  = declare(shop, "orders", &orders)
	drawers      = struct{ ID schema.Int64 }{schema.BigInteger(schema.PrimaryKey())}
	drawersTable = declare(shop, "drawers", &drawers)
	tickets      = schema.NewSequence(`ticket's "seq`, schema.Start(10))
	manager      = &expr.Alias{Of: usersTable, Name: "manager"}
	managers     = aliased(users, manager)
)

func init() { must(shop.AddSequence(tickets)) }

func aliased(u userColumns, alias *expr.Alias) userColumns {
	if err := schema.BindAlias(schema.StructColumns(reflect.ValueOf(&u)), alias); err != nil {
		panic(err)
	}
	return u
}

// rich is a schema with one of everything that DDL can say.
func rich() *schema.MetaData {
	m := schema.NewMetaData()
	var team struct {
		ID, Lead schema.Int64
		Name     schema.Text
	}
	team.ID = schema.BigInteger(schema.PrimaryKey(), schema.NewSequence("team_id_seq", schema.Start(100), schema.Increment(1)))
	team.Lead = schema.BigInteger(schema.Nullable(), schema.ForeignKey("person.id"))
	team.Name = schema.String(40, schema.Unique(), schema.Comment("what it's called"))
	declare(m, "team", &team, schema.TableComment(`a team's "members" \ person`))

	var person struct {
		ID, Team schema.Int64
		Mood     schema.Text
		Age      schema.Int32
		Email    schema.Text
		Deleted  schema.Bool
	}
	person.ID = schema.BigInteger(schema.PrimaryKey())
	person.Team = schema.BigInteger(schema.ForeignKey("team.id", schema.OnDelete(schema.Cascade), schema.OnUpdate(schema.Restrict)))
	person.Mood = schema.EnumOf("mood", []string{"happy", "it's ok", `back\slash`}, schema.ServerDefaultValue("it's ok"))
	person.Age = schema.Integer(schema.ServerDefaultValue(int32(-1)))
	person.Email = schema.String(80, schema.Indexed())
	person.Deleted = schema.Boolean(schema.ServerDefaultValue(false))
	t := declare(m, "person", &person)
	must(t.AddItems(
		schema.CheckOn("age_is_sane", person.Age.Ge(-1).And(person.Age.Lt(200))),
		schema.UniqueOn("", "team", "email"),
		schema.AddIndex(schema.Index{Name: "person_age", Terms: []expr.Order{person.Age.Desc(), person.Email.Asc()}}),
	))

	var membership struct {
		Team, Person schema.Int64
		Since        schema.Time
	}
	membership.Team = schema.BigInteger(schema.PrimaryKey())
	membership.Person = schema.BigInteger(schema.PrimaryKey(), schema.ForeignKey("person.id"))
	membership.Since = schema.Timestamp(schema.ServerDefault(expr.SQL("CURRENT_TIMESTAMP")))
	declare(m, "membership", &membership, schema.ForeignKeyOn([]string{"team"}, "team", []string{"id"}))
	must(m.Resolve())
	return m
}

// everyType is a table with a column of each type that all products have.
func everyType() *schema.MetaData {
	m := schema.NewMetaData()
	must(second(schema.NewTable(m, "every_type",
		schema.NewColumn("id", sqltype.Integer{Bits: 32}, schema.PrimaryKey(), schema.NewIdentity(schema.Start(5))),
		schema.NewColumn("small", sqltype.Integer{Bits: 16}),
		schema.NewColumn("big", sqltype.Integer{Bits: 64}),
		schema.NewColumn("unsigned_small", sqltype.Integer{Bits: 16, Unsigned: true}),
		schema.NewColumn("unsigned_big", sqltype.Integer{Bits: 64, Unsigned: true}),
		schema.NewColumn("price", sqltype.Numeric{Precision: 12, Scale: 3}),
		schema.NewColumn("ratio", sqltype.Float{Bits: 64}),
		schema.NewColumn("ratio32", sqltype.Float{Bits: 32}),
		schema.NewColumn("yes", sqltype.Boolean{}),
		schema.NewColumn("code", sqltype.String{Length: 3, Fixed: true}),
		schema.NewColumn("title", sqltype.String{Length: 200}),
		schema.NewColumn("body", sqltype.Text{}),
		schema.NewColumn("blob", sqltype.LargeBinary{}),
		schema.NewColumn("digest", sqltype.LargeBinary{Length: 32}),
		schema.NewColumn("day", sqltype.Date{}),
		schema.NewColumn("clock", sqltype.Time{Precision: 6}),
		schema.NewColumn("seen", sqltype.DateTime{Precision: 3}),
		schema.NewColumn("at", sqltype.DateTime{Precision: 6, Zone: true}),
		schema.NewColumn("token", sqltype.UUID{}),
		schema.NewColumn("doc", sqltype.JSON{}),
		schema.NewColumn("docb", sqltype.JSON{Binary: true}),
		schema.NewColumn("mood", sqltype.Enum{Name: "every_mood", Labels: sqltype.NewLabels("a", "b")}),
	)))
	return m
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func second[T any](_ T, err error) error { return err }
