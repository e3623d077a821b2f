package docs

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

var Fleet = orm.NewBase()

// Trip is a way of a car.
type Trip struct {
	ID            int64
	Fuel          Fuel
	State         string
	Km, Price     sqltype.Decimal
	Start, Finish time.Time
	Notes         *json.RawMessage // nil is NULL
}

type tripTable struct {
	orm.Table[Trip]
	ID            schema.Int64
	Fuel          schema.Val[Fuel]
	State         schema.Text
	Km, Price     schema.Decimal
	Start, Finish schema.Time
	Notes         schema.JSON[*json.RawMessage]
}

// Fuel is what a car runs on.
type Fuel int

// The fuels.
const (
	Petrol Fuel = iota
	Diesel
	Current
)

func (f Fuel) String() string { return [...]string{"petrol", "diesel", "current"}[f] }

var fuel = sqltype.EnumBy(sqltype.Enum{Name: "fuel"}, Fuel.String, Petrol, Diesel, Current)

var Trips = orm.Declare(Fleet, "trips", tripTable{
	ID:     schema.BigInteger(schema.PrimaryKey()),
	Fuel:   schema.ColumnOf[Fuel](fuel),
	State:  schema.Labelled[string](sqltype.Enum{Name: "state", Labels: sqltype.NewLabels("planned", "done"), AsText: true, Length: 20}),
	Km:     schema.Numeric(10, 2),
	Price:  schema.Numeric(10, 2),
	Start:  schema.DateTime(),
	Finish: schema.DateTime(),
	Notes:  schema.JSONOf[*json.RawMessage](),
})

// Cost is what the trip costs: a product has the digits of both numbers.
func Cost() expr.Num[sqltype.Decimal] { return Trips.Km.MulExpr(Trips.Price) }

// Took is how long the trip took.
func Took() expr.Num[time.Duration] { return expr.TimeBetween(Trips.Start, Trips.Finish) }

func kinds(ctx context.Context, db *alkahest.Engine) error {
	start := time.Date(2026, 5, 1, 23, 0, 0, 0, time.UTC)
	null := json.RawMessage("null")
	err := orm.Transact(ctx, db, func(s *orm.Session) error {
		s.Add(&Trip{ID: 1, Fuel: Diesel, State: "done", Km: sqltype.MustParseDecimal("12.50"), Price: sqltype.MustParseDecimal("0.31"), Start: start, Finish: start.Add(90 * time.Minute)})
		s.Add(&Trip{ID: 2, Fuel: Current, State: "planned", Km: sqltype.MustParseDecimal("3.00"), Price: sqltype.MustParseDecimal("0.10"), Start: start, Finish: start, Notes: &null})
		return nil
	})
	if err != nil {
		return err
	}
	cost, err := engine.Scalar[sqltype.Decimal](ctx, db, expr.NewSelect(Cost()).Where(Trips.Fuel.Eq(Diesel)))
	if err != nil {
		return err
	}
	took, err := engine.Scalar[time.Duration](ctx, db, expr.NewSelect(Took()).Where(Took().Gt(time.Hour)))
	if err != nil {
		return err
	}
	without, err := engine.Collect[int64](ctx, db, expr.NewSelect(Trips.ID).Where(Trips.Notes.IsNull()))
	fmt.Println(cost.Round(4), took, without)
	return err
}

func Example_kinds() {
	ctx := context.Background()
	db, err := alkahest.Open(ctx, "sqlite:///:memory:")
	must(err)
	defer db.Close(ctx)
	must(db.CreateAll(ctx, Fleet.MetaData))
	must(kinds(ctx, db))
	// Output:
	// 3.8750 1h30m0s [1]
}
