package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/orm"
)

// fill adds two customers; what they have comes with them.
func fill(_ context.Context, s *orm.Session) error {
	tea := &Product{SKU: "TEA", Name: "Green tea", Price: 450}
	cup := &Product{SKU: "CUP", Name: "Cup", Price: 900}
	pot := &Product{SKU: "POT", Name: "Teapot", Price: 3200}
	orm.AddAll(s, tea, cup, pot)

	ada := &Customer{Name: "Ada", Email: "ada@example.org"}
	first := &Order{}
	for _, product := range []*Product{tea, pot} {
		item := &Item{Pieces: 2, Price: product.Price}
		item.Product.Set(product)
		first.Items.Add(item)
	}
	first.Payments.Add(
		orm.Up[Payment](&CardPayment{Payment: Payment{Amount: 4000}, LastDigits: "4242"}),
		orm.Up[Payment](&Transfer{Payment: Payment{Amount: 100}, IBAN: "AT611904300234573201"}),
	)
	ada.Orders.Add(first)

	bob := &Customer{Name: "Bob", Email: "bob@example.org"}
	second := &Order{}
	if err := Bought.Add(second, tea, cup); err != nil {
		return err
	}
	bob.Orders.Add(second)

	orm.AddAll(s, ada, bob)
	return nil // Transact commits
}

// change takes an item out of an order, and gives the order to somebody else.
func change(ctx context.Context, s *orm.Session) error {
	ada, err := orm.Select(Customers).Where(Customers.Name.Eq("Ada")).
		With(Customers.Orders.With(Orders.Items.With(Items.Product))).One(ctx, s)
	if err != nil {
		return err
	}
	bob, err := orm.Select(Customers).Where(Customers.Name.Eq("Bob")).With(Customers.Orders).One(ctx, s)
	if err != nil {
		return err
	}
	orders, err := ada.Orders.All()
	if err != nil {
		return err
	}
	items, err := orders[0].Items.All()
	if err != nil {
		return err
	}
	for _, item := range items {
		if p, err := item.Product.Get(); err != nil {
			return err
		} else if p.SKU != "POT" {
			item.Pieces++
		} else if err := orders[0].Items.Remove(item); err != nil {
			return err
		}
	}
	bob.Orders.Add(orders[0]) // which leaves Ada
	if err := s.Flush(ctx); err != nil {
		return err
	}
	left, err := ada.Orders.All()
	if err != nil {
		return err
	}
	got, err := bob.Orders.All()
	if err != nil {
		return err
	}
	fmt.Printf("  Ada has %d orders, Bob has %d\n", len(left), len(got))
	return nil
}

// undo shows that a savepoint gives objects back what they had.
func undo(ctx context.Context, s *orm.Session) error {
	cup, err := orm.Select(Products).Where(Products.SKU.Eq("CUP")).One(ctx, s)
	if err != nil {
		return err
	}
	sp, err := s.BeginNested(ctx)
	if err != nil {
		return err
	}
	cup.Price = 1
	s.Add(&Product{SKU: "CUP", Name: "Another cup"})
	if err := s.Flush(ctx); err == nil {
		return errors.New("two products have the same SKU")
	}
	if err := sp.Rollback(ctx); err != nil {
		return err
	}
	fmt.Println("  a cup is", cup.Price, "again")
	return nil
}

// closeShop deletes everything: orders, items and payments go with their customers.
func closeShop(ctx context.Context, s *orm.Session) error {
	customers, err := orm.Select(Customers).All(ctx, s)
	if err != nil {
		return err
	}
	products, err := orm.Select(Products).All(ctx, s)
	if err != nil {
		return err
	}
	for _, c := range customers {
		s.Delete(c)
	}
	for _, p := range products {
		s.Delete(p)
	}
	if err := s.Flush(ctx); err != nil {
		return err
	}
	n, err := orm.Select(Payments).Count(ctx, s)
	fmt.Println("  payments left:", n)
	return err
}
