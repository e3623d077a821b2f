package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
)

// read loads customers with all that belongs to them, by one statement for each
// relationship.
func read(ctx context.Context, s *orm.Session) error {
	customers, err := orm.Select(Customers).
		OrderBy(Customers.Name.Asc()).
		With(Customers.Orders.With(Orders.Items.With(Items.Product))).
		All(ctx, s)
	if err != nil {
		return err
	}
	for _, c := range customers {
		orders, err := c.Orders.All()
		if err != nil {
			return err
		}
		for _, o := range orders {
			products, err := Bought.All(o)
			if err != nil {
				return err
			}
			fmt.Printf("  %s bought %d products\n", c.Name, len(products))
			var missing *orm.NotLoadedError
			if _, err := o.Payments.All(); errors.As(err, &missing) {
				fmt.Printf("  the %s were not loaded\n", missing.Field)
			}
		}
	}
	return nil
}

// find asks for customers by what is at the end of three relationships.
func find(ctx context.Context, s *orm.Session) error {
	tea := Orders.Items.Any(Items.Product.Has(Products.SKU.Eq("TEA")))
	pot := Orders.Items.Any(Items.Product.Has(Products.SKU.Eq("POT")))
	customers, err := orm.Select(Customers).
		Where(Customers.Orders.Any(tea, expr.Not(pot))).
		All(ctx, s)
	if err != nil {
		return err
	}
	for _, c := range customers {
		fmt.Println("  tea without a pot:", c.Name)
	}
	return nil
}

// sale is a row of a report.
type sale struct {
	Name   string
	Pieces int64
	Cents  int64
}

// count adds up what was sold, in rows that are no entities.
func count(ctx context.Context, s *orm.Session) error {
	rows, err := orm.SelectAs[sale](
		Products.Name,
		expr.Sum[int64](Items.Pieces).As("pieces"),
		expr.Sum[int64](Items.Pieces.MulExpr(Items.Price)).As("cents"),
	).
		From(Items).
		Join(Items.Product).
		GroupBy(Products.Name).
		OrderBy(Products.Name.Asc()).
		All(ctx, s)
	if err != nil {
		return err
	}
	for _, r := range rows {
		fmt.Printf("  %s: %d for %d.%02d\n", r.Name, r.Pieces, r.Cents/100, r.Cents%100)
	}
	return nil
}

// pay reads payments of all kinds, each as what it is.
func pay(ctx context.Context, s *orm.Session) error {
	payments, err := orm.Select(Payments).OrderBy(Payments.Amount.Desc()).All(ctx, s)
	if err != nil {
		return err
	}
	for _, p := range payments {
		switch p := orm.WholeOf(p).(type) {
		case *CardPayment:
			fmt.Println("  card", p.LastDigits, p.Amount)
		case *Transfer:
			fmt.Println("  transfer", p.IBAN, p.Amount)
		}
	}
	cards, err := orm.Select(CardPayments).Where(CardPayments.LastDigits.Eq("4242"), CardPayments.Amount.Gt(1000)).All(ctx, s)
	fmt.Println("  big ones by card:", len(cards))
	return err
}
