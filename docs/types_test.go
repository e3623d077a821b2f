package docs

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

var Bank = orm.NewBase()

// Account is an account of the bank.
type Account struct {
	ID      AccountID
	Owner   string
	Balance Cents
	Tags    []string
}

type accountTable struct {
	orm.Table[Account]
	ID      schema.Val[AccountID]
	Owner   schema.Text
	Balance schema.Val[Cents]
	Tags    schema.Val[[]string]
}

// AccountID can't be mixed up with other numbers.
type AccountID struct{ n int64 }

// Cents is money.
type Cents int64

var (
	accountID = sqltype.Decorate("account id", sqltype.Integer{Bits: 64},
		func(id AccountID) (int64, error) { return id.n, nil },
		func(n int64) (AccountID, error) { return AccountID{n}, nil })
	money = sqltype.Decorate("money", sqltype.Numeric{Precision: 15, Scale: 2},
		func(c Cents) (sqltype.Decimal, error) { return sqltype.NewDecimal(int64(c), 2), nil },
		func(d sqltype.Decimal) (Cents, error) {
			n, err := strconv.ParseInt(strings.Replace(d.String(), ".", "", 1), 10, 64)
			return Cents(n), err
		})
)

var Accounts = orm.Declare(Bank, "accounts", accountTable{
	ID:      schema.ColumnOf[AccountID](accountID, schema.PrimaryKey()),
	Owner:   schema.String(50),
	Balance: schema.ColumnOf[Cents](money),
	Tags:    schema.ColumnOf[[]string](accountTags),
})

// A list is an array on PostgreSQL, and a document elsewhere.
var accountTags = sqltype.WithVariantOf[[]string](sqltype.JSON{}, sqltype.Array{Elem: sqltype.Text{}}, "postgresql")

func Example_decorators() {
	must(decorators(context.Background()))
	// Output:
	// {1}
	// Ada 1250 [old rich]
}

func decorators(ctx context.Context) error {
	db, err := alkahest.Open(ctx, "sqlite:///:memory:")
	if err != nil {
		return err
	}
	defer db.Close(ctx)
	if err := db.CreateAll(ctx, Bank.MetaData); err != nil {
		return err
	}
	return orm.Transact(ctx, db, func(s *orm.Session) error {
		ada := &Account{Owner: "Ada", Balance: 1250, Tags: []string{"old", "rich"}}
		s.Add(ada)
		if err := s.Flush(ctx); err != nil {
			return err
		}
		fmt.Println(ada.ID)
		found, err := orm.Select(Accounts).Where(Accounts.Balance.Eq(1250)).NoTrack().One(ctx, s)
		if err == nil {
			fmt.Println(found.Owner, int64(found.Balance), found.Tags)
		}
		return err
	})
}
