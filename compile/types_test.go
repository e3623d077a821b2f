package compile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect/mssql"
	"github.com/alkahest-go/alkahest/dialect/mysql"
	"github.com/alkahest-go/alkahest/dialect/oracle"
	"github.com/alkahest-go/alkahest/dialect/postgres"
	"github.com/alkahest-go/alkahest/dialect/sqlite"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// typeGroup is a group of types with a sentence that says what it shows.
type typeGroup struct {
	name, doc string
	types     []sqltype.Type
}

// TestTypeNames holds the name of each type on each product, in the column of a
// table, or why it has none.
func TestTypeNames(t *testing.T) {
	for _, g := range typeGroups {
		t.Run(g.name, func(t *testing.T) { golden(t, "types/"+g.name, renderTypes(g)) })
	}
}

func renderTypes(g typeGroup) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n", g.doc)
	for _, typ := range g.types {
		fmt.Fprintf(&b, "\n%s\n", typ)
		for _, p := range products {
			fmt.Fprintf(&b, "  %-10s  %s\n", p.name, columnType(p, typ))
		}
	}
	return b.String()
}

// columnType returns what follows the name of a column of the type.
func columnType(p product, typ sqltype.Type) string {
	m := schema.NewMetaData()
	tab, err := schema.NewTable(m, "t", schema.NewColumn("c", typ))
	if err != nil {
		return "wrong: " + err.Error()
	}
	if err := m.Resolve(); err != nil {
		return "wrong: " + err.Error()
	}
	list, err := compile.Element(schema.CreateTable{Table: tab}, p.rules())
	if err != nil {
		return "refused: " + err.Error()
	}
	lines := strings.Split(strings.Join(list, "; "), "\n")
	parts := lines[1 : len(lines)-1]
	for i := range parts {
		parts[i] = strings.Trim(strings.TrimSpace(parts[i]), ",")
	}
	parts[0] = strings.Trim(parts[0][len("`c` ")-1:], " ")
	return strings.Join(parts, ", ")
}

var redOrGreen = sqltype.NewLabels("red", "it's green")

var typeGroups = []typeGroup{
	{"integers", "Sizes that a product lacks are the next larger one.", []sqltype.Type{
		sqltype.Integer{Bits: 8},
		sqltype.Integer{Bits: 16},
		sqltype.Integer{Bits: 24},
		sqltype.Integer{Bits: 32},
		sqltype.Integer{Bits: 64},
		sqltype.Integer{Bits: 8, Unsigned: true},
		sqltype.Integer{Bits: 16, Unsigned: true},
		sqltype.Integer{Bits: 24, Unsigned: true},
		sqltype.Integer{Bits: 32, Unsigned: true},
		sqltype.Integer{Bits: 64, Unsigned: true},
	}},
	{"numbers", "Numbers that are exact and numbers that are not.", []sqltype.Type{
		sqltype.Numeric{},
		sqltype.Numeric{Precision: 10},
		sqltype.Numeric{Precision: 12, Scale: 2},
		sqltype.Numeric{Precision: 65, Scale: 30},
		sqltype.Float{Bits: 32},
		sqltype.Float{Bits: 64},
		sqltype.Boolean{},
	}},
	{"text", "Text, bytes and documents.", []sqltype.Type{
		sqltype.String{},
		sqltype.String{Length: 50},
		sqltype.String{Length: 50, Collation: "C"},
		sqltype.String{Length: 4, Fixed: true},
		sqltype.String{Length: 20000},
		sqltype.Text{},
		sqltype.Text{Collation: "NOCASE"},
		sqltype.LargeBinary{},
		sqltype.LargeBinary{Length: 16},
		sqltype.LargeBinary{Length: 16, Fixed: true},
		sqltype.LargeBinary{Length: 100000},
		sqltype.UUID{},
		sqltype.JSON{},
		sqltype.JSON{Binary: true},
		sqltype.Array{Elem: sqltype.Integer{Bits: 32}},
		sqltype.Array{Elem: sqltype.Array{Elem: sqltype.String{Length: 5}}},
	}},
	{"times", "Days, times and moments.", []sqltype.Type{
		sqltype.Date{},
		sqltype.Time{},
		sqltype.Time{Precision: 6},
		sqltype.DateTime{},
		sqltype.DateTime{Precision: 3},
		sqltype.DateTime{Precision: 6},
		sqltype.DateTime{Zone: true},
		sqltype.DateTime{Precision: 6, Zone: true},
	}},
	{"exact", "Types by the names of standard SQL, which are written as they are or refused.", []sqltype.Type{
		sqltype.CHAR(4), sqltype.VARCHAR(50), sqltype.NCHAR(4), sqltype.NVARCHAR(50), sqltype.TEXT(), sqltype.CLOB(), sqltype.BLOB(),
		sqltype.BINARY(16), sqltype.VARBINARY(16), sqltype.BOOLEAN(), sqltype.SMALLINT(), sqltype.INTEGER(), sqltype.BIGINT(),
		sqltype.NUMERIC(12, 2), sqltype.DECIMAL(12, 2), sqltype.FLOAT(24), sqltype.FLOAT(53), sqltype.REAL(), sqltype.DOUBLE(),
		sqltype.DATE(), sqltype.TIME(6), sqltype.TIMESTAMP(6), sqltype.TIMESTAMPTZ(6), sqltype.DATETIME(6),
	}},
	{"intervals", "Lengths of time, which are microseconds where a product has no type for them.", []sqltype.Type{sqltype.Interval{}, sqltype.Interval{Precision: 6}}},
	{"enums", "Labels as a type or as text, with a check or without, in a schema and of a length.", []sqltype.Type{
		sqltype.Enum{Name: "e", Labels: redOrGreen},
		sqltype.Enum{Name: "e", Labels: redOrGreen, AsText: true},
		sqltype.Enum{Name: "e", Labels: redOrGreen, Unchecked: true},
		sqltype.Enum{Name: "e", Labels: redOrGreen, AsText: true, Unchecked: true, Length: 30},
		sqltype.Enum{Name: "e", Labels: redOrGreen, Schema: "other"},
		sqltype.Array{Elem: sqltype.Enum{Name: "e", Labels: redOrGreen, Schema: "other"}},
	}},
	{"postgresql", "Types that PostgreSQL alone has.", []sqltype.Type{
		postgres.JSONPATH(), postgres.HSTORE(), postgres.INET(), postgres.CIDR(), postgres.MACADDR(), postgres.MACADDR8(), postgres.BIT(4), postgres.VARBIT(0), postgres.VARBIT(8),
		postgres.MONEY(), postgres.OID(), postgres.REGCLASS(), postgres.REGCONFIG(), postgres.TSVECTOR(), postgres.TSQUERY(), postgres.CITEXT(), postgres.XML(),
		postgres.INTERVAL(3), postgres.TIMETZ(6), postgres.BYTEA(), postgres.INT4RANGE(), postgres.INT8RANGE(), postgres.NUMRANGE(), postgres.DATERANGE(), postgres.TSRANGE(),
		postgres.TSTZRANGE(), postgres.INT4MULTIRANGE(), postgres.INT8MULTIRANGE(), postgres.NUMMULTIRANGE(), postgres.DATEMULTIRANGE(), postgres.TSMULTIRANGE(),
		postgres.TSTZMULTIRANGE(),
		sqltype.Array{Elem: postgres.INET()},
	}},
	{"mysql", "Types that MySQL and MariaDB, or one of them, have.", []sqltype.Type{
		mysql.ZEROFILL(8, 3), mysql.ZEROFILL(64, 20), mysql.YEAR(), mysql.BIT(1), mysql.SET("a", "it's"), mysql.SET("a,b"), mysql.TINYTEXT(), mysql.MEDIUMTEXT(),
		mysql.LONGTEXT(), mysql.TINYBLOB(), mysql.MEDIUMBLOB(), mysql.LONGBLOB(), mysql.INET4(), mysql.INET6(), sqltype.DATETIME(3), sqltype.TIME(3), sqltype.TIMESTAMP(3),
	}},
	{"mssql", "Types that SQL Server alone has.", []sqltype.Type{
		mssql.DATETIME(), mssql.SMALLDATETIME(), mssql.MONEY(), mssql.SMALLMONEY(), mssql.ROWVERSION(), mssql.XML(), mssql.SQL_VARIANT(), mssql.VARCHAR(10),
		mssql.CHAR(10), mssql.NTEXT(), mssql.IMAGE(),
	}},
	{"oracle", "Types that Oracle alone has.", []sqltype.Type{
		oracle.NUMBER(10, 2), oracle.VARCHAR2(10), oracle.NVARCHAR2(10), oracle.NCLOB(), oracle.RAW(16), oracle.LONG(), oracle.ROWID(), oracle.FLOAT(63),
		oracle.TIMESTAMPLTZ(6), oracle.DATE(), oracle.INTERVALYM(4), oracle.INTERVALDS(), oracle.VECTOR(3),
	}},
	{"sqlite", "Times in forms of their own on SQLite.", []sqltype.Type{sqlite.TimeText("2006-01-02T15:04"), sqlite.UnixTime(1e6)}},
	{"own", "Types that a program names itself, for all products, some, or each another.", []sqltype.Type{
		sqltype.Exactly("GEOMETRY", sqltype.LargeBinary{}),
		sqltype.Exactly("MACADDR8", sqltype.Text{}).On("postgresql"),
		sqltype.Exactly("INET6", sqltype.Text{}).On("mariadb"),
		sqltype.WithVariant(sqltype.Text{}, sqltype.Exactly("TINYTEXT", sqltype.Text{}).On("mysql"), "mysql"),
		sqltype.Array{Elem: sqltype.Exactly("MACADDR8", sqltype.Text{}).On("postgresql")},
	}},
}
