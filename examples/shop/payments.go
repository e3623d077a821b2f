package main

import (
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

// Payment is what all payments have. Each is a card's or a transfer.
type Payment struct {
	ID      int64
	OrderID int64
	Kind    string
	Amount  int64
}

// CardPayment is a payment by card.
type CardPayment struct {
	Payment
	LastDigits string
}

// Transfer is a payment by bank.
type Transfer struct {
	Payment
	IBAN string
}

type paymentColumns[E any] struct {
	ID      schema.Int64
	OrderID schema.Int64
	Kind    schema.Text
	Amount  schema.Int64
}

type paymentTable struct {
	orm.Table[Payment]
	paymentColumns[Payment]
}

// Discriminator tells the kinds of payments apart.
func (t *paymentTable) Discriminator() orm.Discriminator {
	return orm.DiscriminatedBy(t.Kind, orm.Abstract)
}

type cardPaymentTable struct {
	orm.Table[CardPayment]
	paymentColumns[CardPayment]
	LastDigits schema.Text
}

type transferTable struct {
	orm.Table[Transfer]
	paymentColumns[Transfer]
	IBAN schema.Text
}

// Payments is the table of what all payments have.
var Payments = orm.Declare(Base, "shop_payments", paymentTable{paymentColumns: paymentColumns[Payment]{
	ID:      schema.BigInteger(schema.PrimaryKey()),
	OrderID: schema.BigInteger(schema.ForeignKey("shop_orders.id"), schema.Indexed()),
	Kind:    schema.String(10),
}})

// CardPayments has a table for what only cards have, and Transfers lie in the table of
// payments.
var (
	CardPayments = orm.Inherit(Payments, orm.JoinedTable("shop_card_payments", "card"), cardPaymentTable{
		LastDigits: schema.String(4),
	})
	Transfers = orm.Inherit(Payments, orm.SingleTable("transfer"), transferTable{
		IBAN: schema.String(34),
	})
)
