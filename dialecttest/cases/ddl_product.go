package cases

import (
	"github.com/alkahest-go/alkahest/dialect/postgres"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// ddlProducts are tables with what one product has.
var ddlProducts = []Case{
	ddl("ddl-table-031", made("mo", column("id", int32Type, schema.PrimaryKey(), schema.NewIdentity(schema.Start(100))),
		schema.TableOption("mysql.engine", "InnoDB"), schema.TableOption("mysql.charset", "utf8mb4"), schema.TableOption("mysql.row_format", "COMPRESSED"),
		schema.TableOption("mariadb.engine", "Aria"), schema.TableOption("mariadb.row_format", "DYNAMIC"))),
	ddl("ddl-table-032", made("mo", column("a", sqltype.Integer{Bits: 32, Unsigned: true}, schema.PrimaryKey()),
		column("b", sqltype.Exactly("TINYINT", sqltype.Integer{Bits: 8}, 1).On("mysql")),
		column("c", sqltype.Enum{Labels: sqltype.NewLabels("a", "b")}),
		column("d", sqltype.Exactly("SET('x', 'y')", sqltype.Text{}).On("mysql")),
		column("e", sqltype.Exactly("LONGTEXT", sqltype.Text{}).On("mysql")),
		column("f", sqltype.Exactly("TIMESTAMP NULL", sqltype.DateTime{}).On("mysql")),
		column("g", sqltype.DATETIME(6)),
		column("h", sqltype.Exactly("YEAR", sqltype.Integer{Bits: 16}).On("mysql")))),
	ddl("ddl-table-034", func(*Schema) []schema.Element {
		t := postgresTypes()
		return []schema.Element{
			schema.If(schema.On("postgresql"), schema.CreateEnum{Column: t.Column("p")}),
			postgres.CreateDomain{Name: "dm", Type: int32Type, Checks: []*schema.CheckConstraint{{Condition: expr.SQL("VALUE > 0")}}},
			schema.CreateTable{Table: t},
		}
	}).after(func(*Schema) []schema.Element {
		return []schema.Element{schema.If(schema.On("postgresql"), schema.DDL("CREATE EXTENSION IF NOT EXISTS hstore"))}
	}),
	ddl("ddl-table-036", made("so", column("id", int32Type, schema.PrimaryKey()),
		schema.TableOption("sqlite.without_rowid", "true"), schema.TableOption("sqlite.strict", "true"))),
	ddl("ddl-table-038", made("oc", column("id", int32Type, schema.PrimaryKey(), schema.ColumnOption("sqlite.on_conflict_primary_key", "FAIL")),
		column("a", int32Type), column("b", int32Type, schema.NotNull(), schema.ColumnOption("sqlite.on_conflict_not_null", "REPLACE")),
		schema.UniqueWith(schema.UniqueConstraint{Options: map[string]string{"sqlite.on_conflict": "IGNORE"}}, "a"))),
	ddl("ddl-table-039", made("oo", column("id", int32Type, schema.PrimaryKey()), schema.Temporary(),
		schema.TableOption("oracle.on_commit", "PRESERVE ROWS"), schema.TableOption("oracle.compress", "BASIC"))),
	ddl("ddl-table-040", made("ot",
		column("a", sqltype.Exactly("NUMBER", sqltype.Numeric{Precision: 10, Scale: 2}, 10, 2).On("oracle")),
		column("b", sqltype.Exactly("VARCHAR2", sqltype.String{Length: 10}, 10).On("oracle")),
		column("c", sqltype.Exactly("NCLOB", sqltype.Text{}).On("oracle")),
		column("d", sqltype.Exactly("RAW", sqltype.LargeBinary{Length: 16}, 16).On("oracle")),
		column("e", sqltype.Exactly("BINARY_DOUBLE", sqltype.Float{Bits: 64}).On("oracle")),
		column("g", sqltype.Exactly("INTERVAL DAY() TO SECOND", sqltype.Text{}, 2).On("oracle")),
		column("h", sqltype.Exactly("LONG", sqltype.Text{}).On("oracle")),
		column("i", sqltype.Exactly("DATE", sqltype.DateTime{}).On("oracle")),
		column("j", sqltype.Exactly("TIMESTAMP WITH LOCAL TIME ZONE", sqltype.DateTime{Zone: true}).On("oracle")),
		column("k", sqltype.Exactly("FLOAT", sqltype.Float{Bits: 32}, 16).On("oracle")))),
	ddl("ddl-table-042", made("mc", column("id", int32Type, schema.NewIdentity()), column("b", int32Type),
		schema.PrimaryKeyWith(schema.PrimaryKeyConstraint{Options: map[string]string{"mssql.clustered": "false"}}, "b"),
		schema.UniqueWith(schema.UniqueConstraint{Options: map[string]string{"mssql.clustered": "true"}}, "id"))),
	ddl("ddl-table-044", made("td", column("a", decorated(10)), column("b", decorated(20)))),
}

// decorated is text whose values have a mark.
func decorated(length int) sqltype.Type {
	return sqltype.Decorate("marked", sqltype.String{Length: length},
		func(s string) (string, error) { return "<" + s, nil }, func(s string) (string, error) { return s[1:], nil })
}

func postgresTypes() *schema.Table {
	return alone("pt", column("a", postgres.JSONB()), column("b", sqltype.Array{Elem: sqltype.Array{Elem: int32Type}}),
		column("c", postgres.INET()), column("d", postgres.CIDR()), column("e", postgres.MACADDR()), column("f", postgres.TSVECTOR()),
		column("g", sqltype.Exactly("HSTORE", sqltype.Text{}).On("postgresql")), column("h", postgres.INT4RANGE()),
		column("i", postgres.BIT(4)), column("j", postgres.VARBIT(0)),
		column("k", sqltype.Exactly("INTERVAL DAY TO SECOND", sqltype.Text{}).On("postgresql")), column("l", sqltype.UUID{}),
		column("m", sqltype.TIMESTAMPTZ(3)), column("n", postgres.MONEY()), column("o", postgres.OID()),
		column("p", sqltype.Enum{Name: "pe", Labels: sqltype.NewLabels("x")}), column("q", postgres.BYTEA()),
		column("r", sqltype.Exactly("dm", int32Type).On("postgresql")), column("s", postgres.TSRANGE()), column("t", postgres.DATEMULTIRANGE()),
		column("u", postgres.XML()))
}
