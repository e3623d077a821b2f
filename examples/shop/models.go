package main

import (
	"time"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

// Customer places orders.
type Customer struct {
	ID     int64
	Name   string
	Email  string
	Orders orm.Many[Order]
}

// Product is what is sold. Prices are in cents.
type Product struct {
	ID    int64
	SKU   string
	Name  string
	Price int64
}

// Order is what a customer bought at once.
type Order struct {
	ID         int64
	CustomerID int64
	Placed     time.Time // filled by the database
	Customer   orm.One[Customer]
	Items      orm.Many[Item]
	Payments   orm.Many[Payment]
}

// Item is a product of an order: an association object, with columns of its own.
type Item struct {
	OrderID   int64
	ProductID int64
	Pieces    int64
	Price     int64 // of one, on the day of the order
	Order     orm.One[Order]
	Product   orm.One[Product]
}

type customerTable struct {
	orm.Table[Customer]
	ID     schema.Int64
	Name   schema.Text
	Email  schema.Text
	Orders orm.HasMany[Customer, Order]
}

type productTable struct {
	orm.Table[Product]
	ID    schema.Int64
	SKU   schema.Text
	Name  schema.Text
	Price schema.Int64
}

type orderTable struct {
	orm.Table[Order]
	ID         schema.Int64
	CustomerID schema.Int64
	Placed     schema.Time
	Customer   orm.BelongsTo[Order, Customer]
	Items      orm.HasMany[Order, Item]
	Payments   orm.HasMany[Order, Payment]
}

type itemTable struct {
	orm.Table[Item]
	OrderID   schema.Int64
	ProductID schema.Int64
	Pieces    schema.Int64
	Price     schema.Int64
	Order     orm.BelongsTo[Item, Order]
	Product   orm.BelongsTo[Item, Product]
}

// Base holds the tables of the shop.
var Base = orm.NewBase()

// Customers is the table of customers. Their orders are deleted with them.
var Customers = orm.Declare(Base, "shop_customers", customerTable{
	ID:     schema.BigInteger(schema.PrimaryKey()),
	Name:   schema.String(80),
	Email:  schema.String(120, schema.Unique()),
	Orders: orm.HasMany[Customer, Order]{}.CascadeDelete(),
})

// Products is the table of products.
var Products = orm.Declare(Base, "shop_products", productTable{
	ID:   schema.BigInteger(schema.PrimaryKey()),
	SKU:  schema.String(20, schema.Unique()),
	Name: schema.String(80),
})

// Orders is the table of orders. An item that is taken out of one is deleted.
var Orders = orm.Declare(Base, "shop_orders", orderTable{
	ID:         schema.BigInteger(schema.PrimaryKey()),
	CustomerID: schema.BigInteger(schema.ForeignKey("shop_customers.id"), schema.Indexed()),
	Placed:     schema.Timestamp(schema.ServerDefault(expr.SQL("CURRENT_TIMESTAMP"))),
	Items:      orm.HasMany[Order, Item]{}.DeleteOrphans(),
	Payments:   orm.HasMany[Order, Payment]{}.CascadeDelete(),
})

// Items is the table between orders and products.
var Items = orm.Declare(Base, "shop_items", itemTable{
	OrderID:   schema.BigInteger(schema.PrimaryKey(), schema.ForeignKey("shop_orders.id")),
	ProductID: schema.BigInteger(schema.PrimaryKey(), schema.ForeignKey("shop_products.id")),
})

// Bought are the products of an order, through its items.
var Bought = orm.Through(Orders.Items, Items.Product, func(p *Product) *Item {
	return &Item{Pieces: 1, Price: p.Price}
})
