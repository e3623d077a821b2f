package cases

import (
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

var (
	int32Type = sqltype.Integer{Bits: 32}
	int64Type = sqltype.Integer{Bits: 64}
)

func textOf(n int) sqltype.Type { return sqltype.String{Length: n} }

// alone declares a table in a MetaData of its own.
func alone(name string, items ...schema.TableItem) *schema.Table {
	return among(schema.NewMetaData(), name, items...)
}

func among(m *schema.MetaData, name string, items ...schema.TableItem) *schema.Table {
	t := schema.MustTable(m, name, items...)
	if err := m.Resolve(); err != nil {
		panic(err)
	}
	return t
}

// made is CREATE TABLE of a table that stands alone.
func made(name string, items ...schema.TableItem) func(*Schema) []schema.Element {
	return func(*Schema) []schema.Element {
		return []schema.Element{schema.CreateTable{Table: alone(name, items...)}}
	}
}

func column(name string, t sqltype.Type, opts ...schema.Option) *schema.Column {
	return schema.NewColumn(name, t, opts...)
}

var ddlTables = []Case{
	ddl("ddl-table-001", func(s *Schema) []schema.Element { return []schema.Element{schema.CreateTable{Table: s.Users.Table}} }),
	ddl("ddl-table-002", func(s *Schema) []schema.Element {
		return []schema.Element{schema.CreateTable{Table: s.Tags.Table, IfNotExists: true}}
	}),
	ddl("ddl-table-005", func(s *Schema) []schema.Element {
		return []schema.Element{schema.CreateTable{Table: s.OrderTags.Table}}
	}).
		after(func(s *Schema) []schema.Element {
			return []schema.Element{
				schema.CreateTable{Table: s.Users.Table}, schema.CreateTable{Table: s.Orders.Table}, schema.CreateTable{Table: s.Tags.Table},
			}
		}),
	ddl("ddl-table-007", func(s *Schema) []schema.Element { return []schema.Element{schema.CreateTable{Table: s.Deflt.Table}} }),
	ddl("ddl-table-009", func(*Schema) []schema.Element { return everyType() }),
	ddl("ddl-table-013", func(s *Schema) []schema.Element {
		t := alone("labelled", schema.InSchema(s.Other), column("a", sqltype.Enum{Name: "my_enum", Labels: sqltype.NewLabels("x", "it's")}))
		return []schema.Element{schema.CreateEnum{Column: t.Column("a")}}
	}),
	ddl("ddl-table-015", made("ty", column("a", sqltype.WithVariant(sqltype.WithVariant(
		sqltype.String{Length: 10, Collation: "utf8mb4_bin"}, sqltype.String{Length: 10, Collation: "C"}, "postgresql"),
		sqltype.String{Length: 10, Collation: "NOCASE"}, "sqlite")))),
	ddl("ddl-table-016", made("ty",
		column("a", sqltype.WithVariant(sqltype.WithVariant(textOf(10), sqltype.VARCHAR(20), "mysql"), sqltype.Exactly("CITEXT", sqltype.Text{}), "postgresql")),
		column("b", sqltype.WithVariant(int64Type, int32Type, "sqlite")))).
		after(func(*Schema) []schema.Element {
			return []schema.Element{schema.If(schema.On("postgresql"), schema.DDL("CREATE EXTENSION IF NOT EXISTS citext"))}
		}),
	ddl("ddl-table-017", made("ck", column("id", int32Type, schema.PrimaryKey()), column("q", int32Type, schema.Check("ck_q", expr.SQL("q > 0"))),
		column("r", int32Type), schema.CheckOn("", expr.SQL("r < 100")), schema.CheckOn("r_not_5", expr.SQL("r <> 5")))),
	ddl("ddl-table-019", made("fk", column("id", int32Type, schema.PrimaryKey()),
		column("p", int32Type, schema.ForeignKey("fk.id", schema.OnDelete(schema.Cascade), schema.OnUpdate(schema.SetNull), schema.Deferred(),
			schema.ConstraintName("fk_self"), schema.Matching(schema.MatchFull))))),
	ddl("ddl-table-020", func(*Schema) []schema.Element { return []schema.Element{schema.CreateTable{Table: byConvention()}} }),
	ddl("ddl-table-022", made("cp", column("x", int32Type), column("y", int32Type, schema.ComputedAs(expr.SQL("x + 2"), schema.Stored)))),
	ddl("ddl-table-023", made("cp", column("x", int32Type), column("y", int32Type, schema.ComputedAs(expr.SQL("x + 2"), schema.Virtual)))),
	ddl("ddl-table-024", made("idn", column("id", int32Type, schema.PrimaryKey(), schema.AlwaysIdentity(schema.Start(100), schema.Increment(10))),
		column("v", textOf(5)))),
	ddl("ddl-table-026", made("cm", column("id", int32Type, schema.Comment("the id's")), schema.TableComment("a table"))),
	ddl("ddl-table-028", func(*Schema) []schema.Element {
		t := alone("cm", column("id", int32Type, schema.Comment("cc")))
		return []schema.Element{schema.SetComment{Table: t, Column: t.Column("id")}}
	}).after(made("cm", column("id", int32Type))),
	ddl("ddl-table-029", made("sd", column("a", int32Type, schema.ServerDefaultValue(int32(5))), column("b", int32Type, schema.ServerDefault(expr.SQL("5"))),
		column("c", textOf(9), schema.ServerDefaultValue("it's")), column("d", sqltype.DateTime{}, schema.ServerDefault(expr.SQL("CURRENT_TIMESTAMP"))),
		column("e", sqltype.Boolean{}, schema.ServerDefault(expr.TRUE)), column("f", int32Type, schema.ServerDefault(expr.SQL("(1 + 2)"))),
		column("g", textOf(5), schema.ServerDefault(expr.SQL("lower('AB')"))))),
	ddl("ddl-table-030", made("nn", column("a", int32Type, schema.NotNull()), column("b", int32Type), column("C", int32Type),
		column("d", int32Type, schema.PrimaryKey(), schema.Nullable(), schema.Autoincrements(schema.AutoincrementNo)))),
}

func everyType() []schema.Element {
	labels := sqltype.Enum{Name: "ety", Labels: sqltype.NewLabels("x", "yy")}
	t := alone("ty", column("a", int32Type), column("b", sqltype.Integer{Bits: 16}), column("c", int64Type), column("d", sqltype.Boolean{}),
		column("e", sqltype.Date{}), column("f", sqltype.DateTime{}), column("g", sqltype.Time{}), column("h", sqltype.Interval{Precision: 6}),
		column("i", sqltype.Float{Bits: 32}), column("j", sqltype.Float{Bits: 64}), column("k", sqltype.Numeric{Precision: 12, Scale: 4}),
		column("l", textOf(20)), column("m", sqltype.Text{}), column("p", sqltype.LargeBinary{}), column("q", sqltype.LargeBinary{Length: 16}),
		column("r", sqltype.JSON{}), column("s", sqltype.UUID{}), column("t", labels), column("v", sqltype.DateTime{Zone: true}),
		column("z", sqltype.Numeric{Precision: 10}))
	return []schema.Element{schema.If(schema.On("postgresql"), schema.CreateEnum{Column: t.Column("t")}), schema.CreateTable{Table: t}}
}

func byConvention() *schema.Table {
	m := schema.NewMetaData()
	m.Naming = schema.Naming{
		PrimaryKey: "pk_{table}", ForeignKey: "fk_{table}_{columns}_{referenced}", Unique: "uq_{table}_{columns}", Check: "ck_{table}_{name}", Index: "ix_{table}_{columns}",
	}
	return among(m, "nc", column("id", int32Type, schema.PrimaryKey()), column("a", int32Type, schema.ForeignKey("nc.id")), column("b", int32Type),
		schema.UniqueOn("", "a", "b"), schema.CheckOn("bpos", expr.SQL("b > 1")))
}
