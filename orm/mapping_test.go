package orm_test

import (
	"image"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

type pointTable struct {
	orm.Table[image.Point]
	X, Y schema.Int
}

func TestStructsOfOtherPackagesAreMapped(t *testing.T) {
	base := orm.NewBase()
	points := orm.Declare(base, "mapped_points", pointTable{
		X: schema.IntegerOf[int](64, schema.PrimaryKey()), Y: schema.IntegerOf[int](64, schema.PrimaryKey(), schema.Named("height")),
	})
	type config struct { // of no package of ours, with tags that other libraries read too
		ID   int64
		Name string `json:"name" db:"config_name,size=20"`
	}
	configs := orm.Map[config](base, "mapped_configs")
	everywhere(t, base, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		s.Add(&image.Point{X: 1, Y: 2})
		s.Add(&config{Name: "a"})
		must(t, s.Commit(ctx))
		wantRows(t, db, points.Schema(), "1 2")
		wantRows(t, db, configs.Schema(), "1 a")
		p, err := orm.Get(ctx, s, points, 1, 2)
		must(t, err)
		p.Y = 3
		must(t, s.Commit(ctx))
		wantRows(t, db, points.Schema(), "1 3")
	})
}

// mailColumn is a column with operators of the program's own.
type mailColumn struct{ schema.Text }

// At is that the address is one of the domain.
func (c mailColumn) At(domain string) expr.Pred { return c.EndsWith("@" + domain) }

// Eq ignores case, which hides the Eq of the column.
func (c mailColumn) Eq(address string) expr.Pred { return c.Lower().Eq(strings.ToLower(address)) }

type mailbox struct {
	ID   int64
	Mail string
}

type mailboxTable struct {
	orm.Table[mailbox]
	ID   schema.Int64
	Mail mailColumn
}

func TestColumnsWithOperatorsOfTheirOwn(t *testing.T) {
	base := orm.NewBase()
	boxes := orm.Declare(base, "mailboxes", mailboxTable{ID: schema.BigInteger(schema.PrimaryKey()), Mail: mailColumn{schema.String(50)}})
	everywhere(t, base, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		orm.AddAll(s, &mailbox{Mail: "Ann@one.example"}, &mailbox{Mail: "bob@two.example"})
		must(t, s.Flush(ctx))
		got, err := orm.Select(boxes).Where(boxes.Mail.At("two.example")).One(ctx, s)
		must(t, err)
		same(t, "by the domain", got.Mail, "bob@two.example")
		other := orm.Alias(boxes, "other")
		got, err = orm.Select(other).Where(other.Mail.Eq("ann@ONE.example")).One(ctx, s)
		must(t, err)
		same(t, "without case, by an alias", got.Mail, "Ann@one.example")
	})
}
