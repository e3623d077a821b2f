package dialecttest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// money is a number of cents in the program, and a decimal in the database.
type money struct{ cents int64 }

var moneyType = sqltype.Decorate("money", sqltype.Numeric{Precision: 12, Scale: 2},
	func(m money) (sqltype.Decimal, error) { return sqltype.NewDecimal(m.cents, 2), nil },
	func(d sqltype.Decimal) (money, error) {
		var m money
		_, err := fmt.Sscan(strings.Replace(d.String(), ".", "", 1), &m.cents)
		return m, err
	})

// ticket is an id that a program keeps apart from other numbers.
type ticket struct{ n int64 }

var ticketType = sqltype.Decorate("ticket", sqltype.Integer{Bits: 64},
	func(t ticket) (int64, error) { return t.n, nil },
	func(n int64) (ticket, error) { return ticket{n}, nil })

// lower is text in lower case, and nothing where it is empty.
var lowerType = sqltype.Decorate("lower", sqltype.String{Length: 40},
	func(s string) (*string, error) {
		if strings.ContainsRune(s, '!') {
			return nil, errors.New("no exclamation")
		}
		if s = strings.ToLower(s); s == "" {
			return nil, nil
		}
		return &s, nil
	},
	func(s *string) (string, error) {
		if s == nil {
			return "", nil
		}
		return *s, nil
	})

// wordsType is an array, and a document where there are no arrays.
var wordsType = sqltype.WithVariantOf[[]string](sqltype.Array{Elem: text}, sqltype.JSON{}, "sqlite", "mysql", "mssql", "oracle")

// decoratedTypes try types that stand for others.
func decoratedTypes() []test {
	words := func(a, b []string) bool { return slices.Equal(a, b) }
	spelled := sqltype.WithVariantOf[uuid.UUID](sqltype.UUID{}, sqltype.String{Length: 36, Fixed: true}, "sqlite", "postgresql", "mysql")
	ids := []uuid.UUID{{}, uuid.MustParse("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), uuid.Max}
	tags := sqltype.Decorate("tags", wordsType,
		func(s string) ([]string, error) { return strings.Fields(s), nil },
		func(l []string) (string, error) { return strings.Join(l, " "), nil })
	return []test{
		round("decorated", moneyType, equal[money], money{}, money{1250}, money{-1}, money{999999999999}),
		round("decorated integer", ticketType, equal[ticket], ticket{}, ticket{1}, ticket{-1}),
		round("variant of the same kind", sqltype.WithVariant(text, sqltype.String{Length: 1000}, "sqlite", "postgresql", "mysql"), equal[string], texts...),
		round("variant of another kind", spelled, equal[uuid.UUID], ids...),
		round("array or document", wordsType, words, []string{}, []string{"a"}, []string{"it's", `"b"`, "", "漢"}),
		round("decorated variant", tags, equal[string], "", "a", "a b c"),
		{name: "decorated NULL", doc: "A decorator may turn a value into NULL, and NULL into a value.", run: decoratedNull},
		{name: "decorated comparison", doc: "What a decorated column is compared with goes through the decorator.", run: decoratedComparison},
		{name: "decorator that refuses", doc: "A decorator's error is an error before anything is sent.", run: decoratorRefuses},
		{name: "decorated key", doc: "A generated key of a decorated type comes back as the decorator's, one and many.", run: decoratedKey},
		{name: "decorated rows in bulk", doc: "Rows in bulk go through decorators and variants.", run: decoratedBulk},
	}
}

func decoratedNull(c *T) {
	t := c.table("dt_lower", plainID(), column("v", lowerType))
	v := sqltype.CodecOf[string](lowerType)
	for i, s := range []string{"", "LOUD"} {
		c.exec(c.engine, expr.NewInsert(t).Values(set(t, "id", int64(i)), expr.Assignment{Target: t.C("v"), Value: expr.NewBind(v, s)}))
	}
	c.wantRows(c.engine, expr.NewSelect(t.C("id"), expr.NewScalar[string](t.C("v"), v).IsNull()).OrderBy(num(t, "id").Asc()), "0|true", "1|false")
	got, err := engine.Collect[string](c.Context(), c.engine, expr.NewSelect(expr.NewScalar[string](t.C("v"), v)).OrderBy(num(t, "id").Asc()))
	if err != nil || !slices.Equal(got, []string{"", "loud"}) {
		c.Errorf("got %q, %v, want \"\" and loud", got, err)
	}
}

func decoratedComparison(c *T) {
	t := c.table("dt_lower", plainID(), column("v", lowerType), column("tag", wordsType))
	v := expr.NewScalar[string](t.C("v"), sqltype.CodecOf[string](lowerType))
	for i, s := range []string{"Red", "GREEN"} {
		c.exec(c.engine, expr.NewInsert(t).Values(set(t, "id", int64(i)), expr.Assignment{Target: t.C("v"), Value: expr.NewBind(sqltype.CodecOf[string](lowerType), s)}))
	}
	c.wantRows(c.engine, expr.NewSelect(t.C("id")).Where(v.Eq("grEEn")), "1")
	c.wantRows(c.engine, expr.NewSelect(t.C("id")).Where(v.In("RED", "blue")), "0")
}

func decoratorRefuses(c *T) {
	t := c.table("dt_lower", plainID(), column("v", lowerType))
	bad := expr.NewInsert(t).Values(set(t, "id", int64(1)), expr.Assignment{Target: t.C("v"), Value: expr.NewBind(sqltype.CodecOf[string](lowerType), "loud!")})
	_, err := c.engine.Exec(c.Context(), bad)
	var refused *sqlerr.ValueError
	if !errors.As(err, &refused) {
		c.Errorf("got %v, want a ValueError", err)
	} else if strings.Contains(err.Error(), "loud") {
		c.Errorf("the error shows the value: %v", err)
	}
	c.wantRows(c.engine, expr.NewSelect(t.C("id")))
}

func decoratedKey(c *T) {
	t := c.table("dt_ticket", schema.NewColumn("id", ticketType, schema.PrimaryKey()), column("note", sqltype.String{Length: 20}))
	if t.AutoincrementColumn() == nil {
		c.Fatal("the key is not generated")
	}
	codec := sqltype.CodecOf[ticket](ticketType)
	for _, n := range []int{1, 2, 100} {
		c.exec(c.engine, expr.NewDelete(t).Where(expr.All()))
		b := newBatch(t, n, "note")
		var first ticket
		b.Store = func(i int, row sqltype.Row) error {
			var id ticket
			err := codec.Decode(row, 0, mem.Pointer(&id))
			if b.ids[i] = id.n; i == 0 {
				first = id
			}
			return err
		}
		c.insertBatch(b)
		c.checkIDs(t, b)
		c.wantRows(c.engine, expr.NewSelect(t.C("note")).Where(expr.NewScalar[ticket](t.C("id"), codec).Eq(first)), "n0")
	}
}

func decoratedBulk(c *T) {
	t := c.table("dt_wallet", schema.NewColumn("id", ticketType, schema.PrimaryKey()), column("note", sqltype.String{Length: 20}), column("balance", moneyType), column("tag", wordsType))
	cents, tags := sqltype.CodecOf[money](moneyType), sqltype.CodecOf[[]string](wordsType)
	for _, n := range []int{1, 3, 150} {
		c.exec(c.engine, expr.NewDelete(t).Where(expr.All()))
		b := newBatch(t, n, "note")
		b.Columns = []*schema.Column{t.Column("note"), t.Column("balance"), t.Column("tag")}
		b.Exprs = nil
		b.Returning = append(b.Returning, t.Column("tag"))
		returned := make([][]string, n)
		b.Bind = func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
			list := []string{number("tag", i), "both"}
			a, err := cents.Encode(mem.Pointer(&money{int64(i)}))
			if err != nil {
				return dst, err
			}
			v, err := tags.Encode(mem.Pointer(&list))
			return append(dst, sqltype.TextValue(number("n", i)), a, v), err
		}
		b.Store = func(i int, row sqltype.Row) error {
			b.ids[i] = row.Int64(0)
			return tags.Decode(row, 1, mem.Pointer(&returned[i]))
		}
		c.insertBatch(b)
		c.checkIDs(t, b)
		for i := range returned {
			if want := []string{number("tag", i), "both"}; !slices.Equal(returned[i], want) {
				c.Errorf("row %d of %d: got %q back, want %q", i, n, returned[i], want)
			}
		}
		c.wantRows(c.engine, expr.NewSelect(t.C("note")).Where(expr.NewScalar[money](t.C("balance"), cents).Eq(money{int64(n - 1)})), number("n", n-1))
	}
}
