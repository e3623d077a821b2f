package cases

import (
	"time"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// NewSchema declares the tables. other is the name of the schema beside the one
// in use; "" where there is none, which puts its table into the one in use.
func NewSchema(other string) *Schema {
	s := &Schema{MetaData: schema.NewMetaData(), Other: other}
	s.people()
	s.sales()
	s.keys()
	s.generated()
	if err := s.Resolve(); err != nil {
		panic(err)
	}
	return s
}

func (s *Schema) people() {
	s.Users = Users{
		ID: schema.Integer(schema.PrimaryKey()), Name: schema.String(50, schema.NotNull()), Fullname: schema.String(100), Age: schema.Integer(),
		ManagerID: schema.Integer(schema.ForeignKey("users.id")), CreatedAt: schema.DateTime(), Active: schema.Boolean(schema.NotNull()),
	}
	declare(s.MetaData, &s.Users.Source, "users", &s.Users)
	s.Addresses = Addresses{
		ID: schema.Integer(schema.PrimaryKey()), UserID: schema.Integer(schema.NotNull(), schema.ForeignKey("users.id")),
		Email: schema.String(200, schema.NotNull()),
	}
	declare(s.MetaData, &s.Addresses.Source, "addresses", &s.Addresses)
	s.Nodes = Nodes{ID: schema.Integer(schema.PrimaryKey()), ParentID: schema.Integer(schema.ForeignKey("nodes.id")), Data: schema.String(30)}
	declare(s.MetaData, &s.Nodes.Source, "nodes", &s.Nodes)
}

func (s *Schema) sales() {
	s.Orders = Orders{
		ID: schema.Integer(schema.PrimaryKey()), UserID: schema.Integer(schema.ForeignKey("users.id")), Total: schema.Numeric(10, 2),
		Status: schema.String(20), PlacedOn: schema.Date(),
	}
	declare(s.MetaData, &s.Orders.Source, "orders", &s.Orders)
	s.Items = Items{
		ID: schema.Integer(schema.PrimaryKey()), OrderID: schema.Integer(schema.ForeignKey("orders.id")), SKU: schema.String(30),
		Qty: schema.Integer(), Price: schema.Numeric(8, 2),
	}
	declare(s.MetaData, &s.Items.Source, "items", &s.Items)
	s.Tags = Tags{ID: schema.Integer(schema.PrimaryKey()), Label: schema.String(30, schema.Unique())}
	declare(s.MetaData, &s.Tags.Source, "tags", &s.Tags)
	s.OrderTags = OrderTags{
		OrderID: schema.Integer(schema.PrimaryKey(), schema.ForeignKey("orders.id")), TagID: schema.Integer(schema.PrimaryKey(), schema.ForeignKey("tags.id")),
	}
	declare(s.MetaData, &s.OrderTags.Source, "order_tags", &s.OrderTags)
}

func (s *Schema) keys() {
	s.Docs = Docs{
		ID: schema.BigInteger(schema.PrimaryKey()), Title: schema.String(100), Body: schema.LongString(), Data: schema.JSONOf[any](),
		Score: schema.Double(), Blob: schema.LargeBinary(), Updated: schema.Timestamp(),
	}
	declare(s.MetaData, &s.Docs.Source, "docs", &s.Docs)
	s.Comp = Comp{A: schema.Integer(schema.PrimaryKey()), B: schema.Integer(schema.PrimaryKey()), V: schema.String(10)}
	declare(s.MetaData, &s.Comp.Source, "comp", &s.Comp)
	s.CompRef = CompRef{ID: schema.Integer(schema.PrimaryKey()), RA: schema.Integer(), RB: schema.Integer()}
	declare(s.MetaData, &s.CompRef.Source, "compref", &s.CompRef, schema.ForeignKeyOn([]string{"ra", "rb"}, "comp", []string{"a", "b"}))
	s.Order = Reserved{
		Select: schema.Integer(schema.PrimaryKey()), MixedCase: schema.String(10, schema.Named("MixedCase")),
		UserName: schema.String(10, schema.Named("user name")), Plain: schema.Integer(),
	}
	declare(s.MetaData, &s.Order.Source, "order", &s.Order)
	s.Stock = Stock{ID: schema.Integer(schema.PrimaryKey()), Qty: schema.Integer()}
	declare(s.MetaData, &s.Stock.Source, "stock", &s.Stock, schema.InSchema(s.Other))
	if s.Other != "" {
		s.OtherTags = Tags{ID: schema.Integer(schema.PrimaryKey()), Label: schema.String(30)}
		declare(s.MetaData, &s.OtherTags.Source, "tags", &s.OtherTags, schema.InSchema(s.Other))
	}
}

func (s *Schema) generated() {
	length := &expr.Func{Name: "length", Args: []expr.Expression{expr.Value("abcd")}, Type: sqltype.Integer{Bits: 32}}
	s.Deflt = Deflt{
		ID: schema.Integer(schema.PrimaryKey()), N: schema.Integer(schema.DefaultValue[int32](7)), F: schema.Integer(schema.DefaultExpr(length)),
		S: schema.String(10, schema.ServerDefaultValue("x")), T: schema.DateTime(schema.ServerDefault(expr.SQL("CURRENT_TIMESTAMP"))),
		U: schema.Integer(schema.UpdateValue[int32](9)), UF: schema.DateTime(schema.UpdateExpr(expr.SQL("CURRENT_TIMESTAMP"))),
	}
	declare(s.MetaData, &s.Deflt.Source, "deflt", &s.Deflt)
	s.OnlyPK = OnlyPK{ID: schema.Integer(schema.PrimaryKey())}
	declare(s.MetaData, &s.OnlyPK.Source, "onlypk", &s.OnlyPK)
	s.Foo = Foo{A: schema.Integer(schema.PrimaryKey()), B: schema.Integer()}
	declare(s.MetaData, &s.Foo.Source, "foo", &s.Foo)
	s.SeqT = SeqT{ID: schema.Integer(schema.PrimaryKey(), schema.NewSequence("seqt_id_seq", schema.Start(100), schema.Increment(1))), V: schema.String(10)}
	declare(s.MetaData, &s.SeqT.Source, "seqt", &s.SeqT)
	s.MySeq = schema.NewSequence("myseq", schema.Start(500))
	s.OtherSeq = schema.NewSequence("myseq", schema.InSchema(s.Other), schema.Start(600))
	for _, q := range []*schema.Sequence{s.MySeq, s.OtherSeq} {
		if q == s.OtherSeq && s.Other == "" {
			continue
		}
		if err := s.AddSequence(q); err != nil {
			panic(err)
		}
	}
}

// date is a day, or a moment on the wall.
func date(year int, month time.Month, day int, clock ...int) time.Time {
	clock = append(clock, 0, 0, 0)
	return time.Date(year, month, day, clock[0], clock[1], clock[2], 0, time.UTC)
}
