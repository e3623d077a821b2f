package docs

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

type Address struct{ Street, City string }

type Customer struct {
	ID       int64
	Home     Address
	Delivery *Address // nil: NULL in both columns
}

type addressColumns struct {
	orm.Composite[Address]
	Street, City schema.Text
}

// Is in a place that deliveries go to.
func (c addressColumns) Near() expr.Pred { return c.City.In("Graz", "Linz") }

type customerTable struct {
	orm.Table[Customer]
	ID       schema.Int64
	Home     addressColumns
	Delivery addressColumns
}

var Mapping = orm.NewBase()

var Customers = orm.Declare(Mapping, "customers", customerTable{
	ID:       schema.BigInteger(schema.PrimaryKey()),
	Home:     addressColumns{Street: schema.String(80), City: schema.String(40)},
	Delivery: addressColumns{Street: schema.String(80), City: schema.String(40)},
})

type Firm struct {
	ID   int64
	Seat struct {
		City string `db:",size=40"`
	} `db:",embed"` // seat_city
	Branch *struct {
		City string `db:",size=40"`
	} `db:"other_,embed"` // other_city
}

var Firms = orm.Map[Firm](Mapping, "firms")

func Example_valueObjects() {
	ctx := context.Background()
	db, err := alkahest.Open(ctx, "sqlite:///:memory:")
	must(err)
	defer db.Close(ctx)
	must(db.CreateAll(ctx, Mapping.MetaData))
	must(findCustomers(ctx, db))
	// Output: 1 Graz 1
}

func findCustomers(ctx context.Context, db *alkahest.Engine) error {
	s := orm.NewSession(db)
	defer s.Close(ctx)
	graz := Address{Street: "Hauptplatz 1", City: "Graz"}
	orm.AddAll(s, &Customer{Home: graz}, &Customer{Home: Address{City: "Wien"}, Delivery: &graz})
	here, err := orm.Select(Customers).Where(Customers.Home.Eq(graz)).All(ctx, s)
	if err != nil {
		return err
	}
	there, err := orm.Select(Customers).Where(Customers.Delivery.IsNotNull(), Customers.Delivery.Near()).All(ctx, s)
	if err != nil {
		return err
	}
	moved := expr.NewUpdate(Customers.Schema()).Set(Customers.Home.Set(graz)...).Where(Customers.Home.City.Eq("Wien"))
	tx, err := s.Tx(ctx)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, moved)
	if err != nil {
		return err
	}
	fmt.Println(len(here), there[0].Delivery.City, n.RowsAffected)
	return nil
}

type Paper struct {
	ID    int64
	Title string
	Text  orm.Deferred[string]
}

type paperTable struct {
	orm.Table[Paper]
	ID    schema.Int64
	Title schema.Text
	Text  schema.Text
}

var Papers = orm.Declare(Mapping, "papers", paperTable{
	ID:    schema.BigInteger(schema.PrimaryKey()),
	Title: schema.String(80),
	Text:  schema.LongString(),
})

func Example_deferred() {
	ctx := context.Background()
	db, err := alkahest.Open(ctx, "sqlite:///:memory:")
	must(err)
	defer db.Close(ctx)
	must(db.CreateAll(ctx, Mapping.MetaData))
	must(readPapers(ctx, db))
	// Output:
	// orm: docs.Paper.Text was not read: ask for it by Undefer in the query, or by orm.LoadColumns, or set it
	// It was a dark night.
}

func readPapers(ctx context.Context, db *alkahest.Engine) error {
	s := orm.NewSession(db)
	defer s.Close(ctx)
	s.Add(&Paper{Title: "Night", Text: orm.DeferredOf("It was a dark night.")})
	if err := s.Commit(ctx); err != nil {
		return err
	}
	papers, err := orm.Select(Papers).All(ctx, s) // SELECT id, title
	if err != nil {
		return err
	}
	_, err = papers[0].Text.Get()
	fmt.Println(err)
	if err := orm.LoadColumns(ctx, s, papers, Papers.Text); err != nil { // one statement for all of them
		return err
	}
	text, err := papers[0].Text.Get()
	fmt.Println(text)
	return err
}

type Sale struct {
	ID, Price, Pieces int64
	Total             int64               // filled in each SELECT
	Lines             orm.Deferred[int64] // filled where a query asks
	Rebate            *int64              // filled by what a query says
}

// IsBig is the same in Go as Sales.Big is in SQL.
func (o *Sale) IsBig() bool { return o.Price*o.Pieces > 1000 }

type saleTable struct {
	orm.Table[Sale]
	ID, Price, Pieces schema.Int64
	Total             orm.Property[int64]
	Lines             orm.Property[int64]
	Rebate            orm.QueryExpression[int64]
	Big               orm.Hybrid[Sale, bool]
}

// Properties speaks of a table that refers back to this one.
func (t *saleTable) Properties() {
	t.Lines.Define(expr.NumOfQuery[int64](expr.NewSelect(expr.CountAll()).From(SaleLines.Schema()).Where(SaleLines.SaleID.EqExpr(t.ID))))
}

var Sales = orm.Declare(Mapping, "sales", saleTable{
	ID:    schema.BigInteger(schema.PrimaryKey()),
	Total: orm.PropertyOf(func(t *saleTable) expr.Of[int64] { return t.Price.MulExpr(t.Pieces) }),
	Big:   orm.HybridOf((*Sale).IsBig, func(t *saleTable) expr.Of[bool] { return t.Price.MulExpr(t.Pieces).Gt(1000) }),
})

type SaleLine struct{ ID, SaleID int64 }

type saleLineTable struct {
	orm.Table[SaleLine]
	ID, SaleID schema.Int64
}

var SaleLines = orm.Declare(Mapping, "sale_lines", saleLineTable{
	ID:     schema.BigInteger(schema.PrimaryKey()),
	SaleID: schema.BigInteger(schema.References(Sales.ID)),
})

func Example_properties() {
	ctx := context.Background()
	db, err := alkahest.Open(ctx, "sqlite:///:memory:")
	must(err)
	defer db.Close(ctx)
	must(db.CreateAll(ctx, Mapping.MetaData))
	must(readSales(ctx, db))
	// Output: 1200 0 800 true
}

func readSales(ctx context.Context, db *alkahest.Engine) error {
	s := orm.NewSession(db)
	defer s.Close(ctx)
	orm.AddAll(s, &Sale{Price: 10, Pieces: 3}, &Sale{Price: 400, Pieces: 3})

	sale, err := orm.Select(Sales).
		Where(Sales.Big.Eq(true)).
		OrderBy(Sales.Total.Desc()).
		Undefer(Sales.Lines).
		WithExpression(Sales.Rebate.As(Sales.Price.Mul(2))).
		One(ctx, s)
	if err != nil {
		return err
	}
	lines, err := sale.Lines.Get()
	fmt.Println(sale.Total, lines, *sale.Rebate, Sales.Big.Of(sale))
	return err
}

type Booking struct {
	ID       int64
	Mail     string
	In, Out  int64
	Approved bool
}

// Validate refuses what no column can refuse alone.
func (b *Booking) Validate() error {
	if b.Out < b.In {
		return errors.New("leaves before it comes")
	}
	return nil
}

type bookingTable struct {
	orm.Table[Booking]
	ID       schema.Int64
	Mail     schema.Text
	In, Out  schema.Int64
	Approved schema.Bool
}

var Bookings = orm.Declare(Mapping, "bookings", bookingTable{
	ID:       schema.BigInteger(schema.PrimaryKey()),
	Mail:     schema.String(80, orm.Validate(mail)),
	Approved: schema.Boolean(schema.ServerDefault(expr.SQL("FALSE")), orm.ReadOnlyColumn()),
})

func mail(v string) (string, error) {
	if !strings.Contains(v, "@") {
		return v, errors.New("is no address")
	}
	return strings.ToLower(v), nil
}

func Example_validators() {
	ctx := context.Background()
	db, err := alkahest.Open(ctx, "sqlite:///:memory:")
	must(err)
	defer db.Close(ctx)
	must(db.CreateAll(ctx, Mapping.MetaData))
	s := orm.NewSession(db)
	defer s.Close(ctx)
	b := &Booking{Mail: "Ann"}
	s.Add(b)
	fmt.Println(s.Flush(ctx))
	b.Mail, b.In = "Ann@one.example", 1
	fmt.Println(s.Flush(ctx))
	b.Out = 2
	fmt.Println(s.Flush(ctx), b.Mail)
	b.Approved = true
	fmt.Println(s.Flush(ctx))
	// Output:
	// orm: docs.Booking.Mail: is no address
	// orm: docs.Booking: leaves before it comes
	// <nil> ann@one.example
	// orm: docs.Booking.Approved: column bookings.approved is read-only: undo the change, or change the row by a statement
}

type Spending struct {
	CustomerID int64
	Total      int64
}

type spendingTable struct {
	orm.Table[Spending]
	CustomerID, Total schema.Int64
}

type Payment struct{ ID, CustomerID, Amount int64 }

type paymentTable struct {
	orm.Table[Payment]
	ID, CustomerID, Amount schema.Int64
}

var Payments = orm.Declare(Mapping, "payments", paymentTable{ID: schema.BigInteger(schema.PrimaryKey())})

var Spendings = orm.Declare(Mapping, "spendings", spendingTable{CustomerID: schema.BigInteger(schema.PrimaryKey())},
	schema.By(schema.Inline, expr.NewSelect(Payments.CustomerID, expr.Sum[int64](Payments.Amount).As("total")).
		From(Payments.Schema()).
		GroupBy(Payments.CustomerID)))

func Example_inline() {
	ctx := context.Background()
	db, err := alkahest.Open(ctx, "sqlite:///:memory:")
	must(err)
	defer db.Close(ctx)
	must(db.CreateAll(ctx, Mapping.MetaData))
	s := orm.NewSession(db)
	defer s.Close(ctx)
	orm.AddAll(s, &Payment{CustomerID: 7, Amount: 20}, &Payment{CustomerID: 7, Amount: 5})
	list, err := orm.Select(Spendings).Where(Spendings.Total.Gt(10)).All(ctx, s)
	must(err)
	d, err := orm.Describe(Spendings)
	must(err)
	fmt.Println(*list[0], d.PrimaryKey())
	// Output: {7 25} [CustomerID]
}
