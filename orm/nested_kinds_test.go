package orm_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// TestJSONOfDerivedEntities loads as JSON what is of several types, in an order
// that the flush keeps, and what belongs to one of several tables.
func TestJSONOfDerivedEntities(t *testing.T) {
	for name, place := range map[string]orm.Placement{"one table": orm.SingleTable("image"), "joined": orm.JoinedTable("image_blocks", "image")} {
		m := newPages(place)
		t.Run(name, func(t *testing.T) {
			everywhere(t, m.base, func(t *testing.T, db *database) {
				ctx := t.Context()
				s := session(t, db, orm.Models(m.base))
				page := &Page{}
				image := &ImageBlock{Path: "p.png"}
				page.Blocks.Add(&Block{}, &image.Block, &Block{})
				page.Hints.Add(&Hint{}, &Hint{})
				image.Hints.Add(&Hint{})
				orm.AddAll(s, page)
				s.Add(image)
				must(t, s.Commit(ctx))
				s = another(t, db, s)
				got, err := orm.Select(m.pages).With(m.pages.Blocks.JSON(), m.pages.Hints.JSON()).One(ctx, s)
				must(t, err)
				blocks, err := got.Blocks.All()
				must(t, err)
				hints, err := got.Hints.All()
				must(t, err)
				whole, _ := orm.As[ImageBlock](blocks[1])
				_, plain := orm.As[ImageBlock](blocks[0])
				same(t, "blocks", []any{len(blocks), blocks[2].Place, whole.Path, len(hints), !plain}, []any{3, 2, "p.png", 2, true})
				list, err := orm.Select(m.hints).OrderBy(m.hints.ID.Asc()).With(m.hints.Page.JSON(), m.hints.Image.JSON().With(m.images.Hints.JSON())).All(ctx, s)
				must(t, err)
				seen := ""
				for _, h := range list {
					page, err := h.Page.Get()
					must(t, err)
					image, err := h.Image.Get()
					must(t, err)
					seen += fmt.Sprint(page == got, image == whole, " ")
				}
				same(t, "what hints are of", len(seen), len("true false true false false true "))
				db.wantSent(t, "select pages", "select hints")
			})
		})
	}
}

// Till has receipts, whose lists are arrays where the database has them.
type Till struct {
	ID       int64
	Receipts orm.Many[Receipt]
}

type Receipt struct {
	ID      int64
	TillID  int64
	Words   []string
	Numbers []int64
	Days    []time.Time
	Sums    []sqltype.Decimal
	Ratios  []float32
	Flags   [][]bool
}

type tillTable struct {
	orm.Table[Till]
	ID       schema.Int64
	Receipts orm.HasMany[Till, Receipt]
}

type receiptTable struct {
	orm.Table[Receipt]
	ID      schema.Int64
	TillID  schema.Int64
	Words   schema.Val[[]string]
	Numbers schema.Val[[]int64]
	Days    schema.Val[[]time.Time]
	Sums    schema.Val[[]sqltype.Decimal]
	Ratios  schema.Val[[]float32]
	Flags   schema.Val[[][]bool]
}

func listOf[T any](elem sqltype.Type) schema.Val[T] {
	return schema.ColumnOf[T](sqltype.WithVariantOf[T](sqltype.JSON{}, sqltype.Array{Elem: elem}, "postgresql"))
}

// TestJSONOfArrays reads lists that are arrays on PostgreSQL, and JSON elsewhere.
func TestJSONOfArrays(t *testing.T) {
	base := orm.NewBase()
	tills := orm.Declare(base, "tills", tillTable{ID: schema.BigInteger(schema.PrimaryKey())})
	orm.Declare(base, "receipts", receiptTable{
		ID: schema.BigInteger(schema.PrimaryKey()), TillID: schema.BigInteger(schema.ForeignKey("tills.id")),
		Words: listOf[[]string](sqltype.Text{}), Numbers: listOf[[]int64](sqltype.Integer{Bits: 64}), Days: listOf[[]time.Time](sqltype.DateTime{Precision: 6}),
		Sums: listOf[[]sqltype.Decimal](sqltype.Numeric{Precision: 12, Scale: 3}), Ratios: listOf[[]float32](sqltype.Float{Bits: 32}), Flags: listOf[[][]bool](sqltype.Array{Elem: sqltype.Boolean{}}),
	})
	everywhere(t, base, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		till := &Till{}
		till.Receipts.Add(
			&Receipt{
				Words: []string{"a,b", `"c"`, "{}", "", "null"}, Numbers: []int64{1 << 62, -1}, Days: []time.Time{time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)},
				Sums: []sqltype.Decimal{sqltype.MustParseDecimal("1.500")}, Ratios: []float32{0.1}, Flags: [][]bool{{true, false}, {false, true}},
			},
			&Receipt{Words: []string{}, Numbers: []int64{}, Days: []time.Time{}, Sums: []sqltype.Decimal{}, Ratios: []float32{}, Flags: [][]bool{}})
		s.Add(till)
		must(t, s.Commit(ctx))
		var texts [2]string
		for i, l := range []orm.Loader[Till]{tills.Receipts.JSON(), tills.Receipts} {
			s = another(t, db, s)
			got, err := orm.Select(tills).With(l).One(ctx, s)
			must(t, err)
			list, err := got.Receipts.All()
			must(t, err)
			for _, r := range list {
				texts[i] += fmt.Sprintf("%q %v %v %v %v %v\n", r.Words, r.Numbers, r.Days, r.Sums, r.Ratios, r.Flags)
			}
		}
		same(t, "lists", texts[0], texts[1])
	})
}
