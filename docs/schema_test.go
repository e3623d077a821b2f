package docs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/mysql"
	"github.com/alkahest-go/alkahest/dialect/postgres"
	"github.com/alkahest-go/alkahest/dialect/sqlite"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

var Shop = orm.NewBase()

// Product is sold by the piece.
type Product struct {
	Code    string
	Name    string
	Price   sqltype.Decimal
	Stock   int32
	Kind    Kind
	Created time.Time
}

// Kind is the kind of a product.
type Kind string

type productTable struct {
	orm.Table[Product]
	Code    schema.Text
	Name    schema.Text
	Price   schema.Decimal
	Stock   schema.Int32
	Kind    schema.TextOf[Kind]
	Created schema.Time
}

var Products = orm.Declare(Shop, "products", productTable{
	Code:    schema.String(20, schema.PrimaryKey()),
	Name:    schema.String(100, schema.Indexed()),
	Price:   schema.Numeric(12, 2, schema.Check("price_not_negative", expr.SQL("price >= 0"))),
	Stock:   schema.Integer(schema.ServerDefaultValue[int32](0), schema.ZeroIsValue()),
	Kind:    schema.EnumOf("product_kind", []Kind{"book", "record"}),
	Created: schema.Timestamp(schema.DefaultFunc(time.Now)),
})

// Line is a line of an order.
type Line struct {
	OrderNo, LineNo int64
	ProductCode     string
	Pieces          int64
}

type lineTable struct {
	orm.Table[Line]
	OrderNo, LineNo schema.Int64
	ProductCode     schema.Text
	Pieces          schema.Int64
}

var Lines = orm.Declare(Shop, "order_lines", lineTable{ProductCode: schema.String(20)},
	schema.PrimaryKeyOn("", "order_no", "line_no"),
	schema.ForeignKeyOn([]string{"product_code"}, "products", []string{"code"}, schema.OnDelete(schema.Restrict)),
	schema.UniqueOn("", "order_no", "product_code"),
	schema.CheckOn("pieces_positive", expr.SQL("pieces > 0")),
	schema.IndexOn("", "product_code", "order_no"),
	schema.TableComment("what was ordered"),
)

func shop(ctx context.Context, db *alkahest.Engine, use func(s *orm.Session) error) error {
	if err := db.CreateAll(ctx, Shop.MetaData); err != nil {
		return err
	}
	defer db.DropAll(ctx, Shop.MetaData)
	return orm.Transact(ctx, db, use)
}

// sell adds a product and a line of it.
func sell(s *orm.Session) error {
	price, err := sqltype.ParseDecimal("12.50")
	if err != nil {
		return err
	}
	book := &Product{Code: "b1", Name: "Alchemy", Price: price, Kind: "book"}
	s.Add(book)
	s.Add(&Line{OrderNo: 1, LineNo: 1, ProductCode: "b1", Pieces: 2})
	if err := s.Commit(context.Background()); err != nil {
		return err
	}
	if book.Created.IsZero() {
		return errors.New("the default did not reach the object")
	}
	return nil
}

func TestSchemaOfThePage(t *testing.T) {
	ctx := t.Context()
	db, err := alkahest.Open(ctx, "sqlite://")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(ctx)
	if err := shop(ctx, db, sell); err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, fk := range Lines.Schema().ForeignKeys {
		names["foreign key"] = fk.Name
	}
	names["primary key"] = Lines.Schema().PrimaryKey.Name
	names["unique"] = Lines.Schema().Uniques[0].Name
	names["index"] = Lines.Schema().Indexes[0].Name
	want := map[string]string{
		"foreign key": "order_lines_product_code_fkey", "primary key": "order_lines_pkey",
		"unique": "order_lines_order_no_product_code_key", "index": "order_lines_product_code_order_no_idx",
	}
	if diff := cmp.Diff(names, want); diff != "" {
		t.Errorf("got, then want:\n%s", diff)
	}
}

func Example_generators() {
	ctx := context.Background()
	db, err := alkahest.Open(ctx, "sqlite://")
	must(err)
	defer db.Close(ctx)
	must(generators(ctx, db))
	// Output: 100 105 1000 1001
}

// Order gets its id from a sequence.
type Order struct{ ID int64 }

type orderTable struct {
	orm.Table[Order]
	ID schema.Int64
}

// Invoice gets its id from an identity.
type Invoice struct{ ID int64 }

type invoiceTable struct {
	orm.Table[Invoice]
	ID schema.Int64
}

var paper = declarePaper(orm.NewBase())

func declarePaper(base *orm.Base) *orm.Base {
	orm.Declare(base, "orders", orderTable{
		ID: schema.BigInteger(schema.PrimaryKey(), schema.NewSequence("order_id_seq", schema.Start(100), schema.Increment(5))),
	})
	orm.Declare(base, "invoices", invoiceTable{
		ID: schema.BigInteger(schema.PrimaryKey(), schema.NewIdentity(schema.Start(1000))),
	})
	return base
}

func generators(ctx context.Context, db *alkahest.Engine) error {
	if err := db.CreateAll(ctx, paper.MetaData); err != nil {
		return err
	}
	orders, invoices := []*Order{{}, {}}, []*Invoice{{}, {}}
	err := orm.Transact(ctx, db, func(s *orm.Session) error {
		orm.AddAll(s, orders...)
		orm.AddAll(s, invoices...)
		return nil
	})
	fmt.Println(orders[0].ID, orders[1].ID, invoices[0].ID, invoices[1].ID)
	return err
}

func TestTableWithoutStruct(t *testing.T) {
	ctx := t.Context()
	meta := schema.NewMetaData()
	logs, err := schema.NewTable(meta, "logs",
		schema.NewColumn("id", sqltype.Integer{Bits: 64}, schema.PrimaryKey()),
		schema.NewColumn("line", sqltype.Text{}, schema.NotNull()),
	)
	if err != nil {
		t.Fatal(err)
	}
	db, err := alkahest.Open(ctx, "sqlite://")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(ctx)
	if err := db.CreateAll(ctx, meta); err != nil {
		t.Fatal(err)
	}
	lines, err := engine.Collect[string](ctx, db, expr.NewSelect(logs.C("line")))
	if err != nil || len(lines) != 0 {
		t.Errorf("got %v and the error %v, want no lines", lines, err)
	}
}

// Everything has a field of each type.
type Everything struct {
	Small   int16
	Medium  int32
	Big     int64
	Exact   sqltype.Decimal
	Double  float64
	Real    float32
	Truth   bool
	Short   string
	Long    string
	Data    []byte
	Day     time.Time
	Clock   time.Duration
	Wall    time.Time
	Moment  time.Time
	Unique  uuid.UUID
	Textual []int
	Parsed  []int
}

type everythingTable struct {
	orm.Table[Everything]
	Small        schema.Int16
	Medium       schema.Int32
	Big          schema.Int64
	Exact        schema.Decimal
	Double       schema.Float64
	Real         schema.Float32
	Truth        schema.Bool
	Short, Long  schema.Text
	Data         schema.Bytes
	Day          schema.Time
	Clock        schema.Clock
	Wall, Moment schema.Time
	Unique       schema.UUID
	Textual      schema.JSON[[]int]
	Parsed       schema.JSON[[]int]
}

var all = orm.Declare(orm.NewBase(), "everything", everythingTable{
	Small: schema.SmallInteger(), Medium: schema.Integer(), Big: schema.BigInteger(), Exact: schema.Numeric(12, 2),
	Double: schema.Double(), Real: schema.Real(), Truth: schema.Boolean(), Short: schema.String(50), Long: schema.LongString(),
	Data: schema.LargeBinary(), Day: schema.Date(), Clock: schema.TimeOfDay(), Wall: schema.DateTime(), Moment: schema.Timestamp(),
	Unique: schema.Uuid(), Textual: schema.JSONOf[[]int](), Parsed: schema.JSONBOf[[]int](),
})

// columnsOfThePage are the columns of the first table of schema.md.
var columnsOfThePage = map[string]schema.Columner{
	"SmallInteger()": all.Small, "Integer()": all.Medium, "BigInteger()": all.Big, "Numeric(12, 2)": all.Exact,
	"Double()": all.Double, "Real()": all.Real, "Boolean()": all.Truth, "String(50)": all.Short, "LongString()": all.Long,
	"LargeBinary()": all.Data, "Date()": all.Day, "TimeOfDay()": all.Clock, "DateTime()": all.Wall, "Timestamp()": all.Moment,
	"Uuid()": all.Unique, "JSONOf[T]()": all.Textual, "JSONBOf[T]()": all.Parsed,
}

func TestTypesOfThePage(t *testing.T) {
	page, err := os.ReadFile("schema.md")
	if err != nil {
		t.Fatal(err)
	}
	maria := dialect.Capabilities{Product: "MariaDB", Version: dialect.Version{10, 11}, Sequences: true}
	rules := []*compile.Rules{
		sqlite.Dialect.Rules(dialect.Capabilities{}), postgres.Dialect.Rules(dialect.Capabilities{}), mysql.Dialect.Rules(maria),
	}
	row := regexp.MustCompile("(?m)^\\| `(\\w+(?:\\[T\\])?\\([^)]*\\))` \\| `[^|]+ \\| `([^`]+)` \\| `([^`]+)` \\| `([^`]+)` \\|$")
	found := row.FindAllStringSubmatch(string(page), -1)
	if len(found) != len(columnsOfThePage) {
		t.Errorf("got %d rows, want %d", len(found), len(columnsOfThePage))
	}
	for _, m := range found {
		c, ok := columnsOfThePage[m[1]]
		if !ok {
			t.Errorf("%s is in the page and not in the test", m[1])
			continue
		}
		got := make([]string, len(rules))
		for i, r := range rules {
			if got[i], err = r.TypeName(c.Definition().Type); err != nil {
				t.Error(err)
			}
		}
		if diff := cmp.Diff(strings.Join(got, " | "), strings.Join(m[2:], " | ")); diff != "" {
			t.Errorf("%s: got, then want:\n%s", m[1], diff)
		}
	}
}
