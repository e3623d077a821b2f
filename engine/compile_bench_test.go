package engine

import (
	"testing"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/postgres"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// benchmarked are two tables and their columns.
type benchmarked struct {
	people, orders *schema.Table
	id, age, buyer expr.Num[int64]
	name, status   expr.TextOf[string]
	total          expr.Num[sqltype.Decimal]
}

func newBenchmarked() *benchmarked {
	m := schema.NewMetaData()
	big, short, money := sqltype.Integer{Bits: 64}, sqltype.String{Length: 50}, sqltype.Numeric{Precision: 10, Scale: 2}
	b := &benchmarked{
		people: schema.MustTable(m, "people", schema.NewColumn("id", big, schema.PrimaryKey()), schema.NewColumn("name", short), schema.NewColumn("age", big)),
		orders: schema.MustTable(m, "orders", schema.NewColumn("id", big, schema.PrimaryKey()), schema.NewColumn("buyer", big),
			schema.NewColumn("total", money), schema.NewColumn("status", short)),
	}
	whole, text := sqltype.CodecOf[int64](big), sqltype.CodecOf[string](short)
	b.id, b.age, b.buyer = expr.NewNum[int64](b.people.C("id"), whole), expr.NewNum[int64](b.people.C("age"), whole), expr.NewNum[int64](b.orders.C("buyer"), whole)
	b.name, b.status = expr.NewText[string](b.people.C("name"), text), expr.NewText[string](b.orders.C("status"), text)
	b.total = expr.NewNum[sqltype.Decimal](b.orders.C("total"), sqltype.CodecOf[sqltype.Decimal](money))
	return b
}

// query is what programs send most: some columns of two tables, two conditions
// with values, an order and a limit.
func (b *benchmarked) query(age int64, status string) *expr.Select {
	return expr.NewSelect(b.id, b.name, b.total).From(b.people).Join(b.orders, b.buyer.EqExpr(b.id)).
		Where(b.age.Gt(age), b.status.Eq(status)).OrderBy(b.name.Asc()).Limit(20)
}

// benchmarkedLink is a connection that compiles as any other, and sends nothing.
func benchmarkedLink() *link {
	caps := dialect.Capabilities{Product: "PostgreSQL", Version: dialect.Version{15}}
	s := &server{dialect: postgres.Dialect, caps: caps, rules: postgres.Dialect.Rules(caps)}
	s.cache.limit = 500
	return &link{server: s}
}

func (b *benchmarked) bound(t testing.TB, l *link) *compile.Compiled {
	c, args, err := l.bind(b.query(30, "paid"), nil)
	if err != nil || len(args) != 3 {
		t.Fatalf("got %d values, %v, want 3", len(args), err)
	}
	return c
}

// BenchmarkBuildAndFetch is building a typical query, its key, and its compiled
// form from the cache with the values bound: at most 2 µs.
func BenchmarkBuildAndFetch(b *testing.B) {
	q, l := newBenchmarked(), benchmarkedLink()
	b.ReportAllocs()
	for b.Loop() {
		q.bound(b, l)
	}
}

// BenchmarkCompile is compiling a typical query that is in no cache: at most
// 30 µs.
func BenchmarkCompile(b *testing.B) {
	q, l := newBenchmarked(), benchmarkedLink()
	s := q.query(30, "paid")
	b.ReportAllocs()
	for b.Loop() {
		k := &expr.Key{}
		s.AppendKey(k)
		if _, err := compile.Statement(s, k, l.server.rules); err != nil {
			b.Fatal(err)
		}
	}
}

// A typical query that was compiled once is not compiled again, and costs few
// allocations from its first method to its bound values.
func TestTypicalQueryAllocatesLittle(t *testing.T) {
	q, l := newBenchmarked(), benchmarkedLink()
	first := q.bound(t, l)
	if n := testing.AllocsPerRun(100, func() {
		if q.bound(t, l) != first {
			t.Fatal("the query was compiled again")
		}
	}); n > 25 {
		t.Errorf("got %v allocations, want at most 25", n)
	}
}
