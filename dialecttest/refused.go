package dialecttest

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"time"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// refuse is a test in which each value is refused before anything is sent.
func refuse[V any](name string, t sqltype.Type, values ...V) test {
	return test{
		name: name, doc: "A value that the column can't hold is a ValueError, and nothing is sent.",
		needs: []need{typeNeed("the type "+t.String(), t)},
		run: func(c *T) {
			tab := c.table("dt_refused", plainID(), column("v", t))
			for i, v := range values {
				before := c.sent.Load()
				s := expr.NewInsert(tab).Values(set(tab, "id", int64(i)), set(tab, "v", v))
				_, err := c.engine.Exec(c.Context(), s)
				var refused *sqlerr.ValueError
				if !errors.As(err, &refused) {
					c.Errorf("value %d: got %v, want a ValueError", i, err)
				}
				if n := c.sent.Load() - before; n != 0 {
					c.Errorf("value %d: %d statements were sent, want none", i, n)
				}
			}
			c.wantCount(c.engine, tab, 0)
		},
	}
}

func refusedTests() []test {
	decimal := sqltype.MustParseDecimal
	noNumber := refuse("NaN and infinity", sqltype.Float{Bits: 64}, math.NaN(), math.Inf(1), math.Inf(-1))
	noNumber.needs = append(noNumber.needs, noNaN)
	tooExact := test{name: "digits that would be lost", doc: "A number with more digits than the product keeps exactly is refused.", needs: []need{fewDigits}, run: refusedDigits}
	return []test{
		refuse("overflow of smallint", small, int64(math.MaxInt16+1), math.MinInt16-1, math.MaxInt64),
		refuse("overflow of integer", integer, int64(math.MaxInt32+1), math.MinInt32-1, math.MinInt64),
		refuse("overflow of bigint", bigInt, uint64(math.MaxInt64+1), math.MaxUint64),
		refuse("negative in unsigned", sqltype.Integer{Bits: 32, Unsigned: true}, int64(-1), math.MaxUint32+1),
		refuse("overflow of numeric", sqltype.Numeric{Precision: 5, Scale: 2}, decimal("1000.00"), decimal("-1000"), decimal("999.995")),
		refuse("overflow of real", sqltype.Float{Bits: 32}, math.MaxFloat64, -1e300),
		refuse("invalid UTF-8 in varchar", sqltype.String{Length: 10}, "\xff\xfe", "a\x80", "\xed\xa0\x80", "\xc0\x80"),
		refuse("invalid UTF-8 in text", text, "\xff\xfe", "\xf4\x90\x80\x80"),
		refuse("NUL in varchar", sqltype.String{Length: 10}, "\x00", "a\x00b"),
		refuse("NUL in text", text, "a\x00"),
		refuse("too long for varchar", sqltype.String{Length: 3}, "abcd", "äöüß", "😀😀😀😀"),
		refuse("too long for a blob", sqltype.LargeBinary{Length: 2}, []byte{1, 2, 3}),
		refuse("label that an enum lacks", sqltype.Enum{Name: "dt_mood", Labels: sqltype.NewLabels("sad", "happy")}, "", "SAD", "angry", "sad' OR '1'='1"),
		refuse("wall clock out of UTC", sqltype.DateTime{Precision: 6}, time.Date(2026, 1, 1, 0, 0, 0, 0, time.FixedZone("", 3600))),
		refuse("time of day out of the day", sqltype.Time{Precision: 6}, -time.Second, 24*time.Hour, 100*time.Hour),
		refuse("JSON that is none", sqltype.JSON{}, json.RawMessage(`{"a":`), json.RawMessage(``), json.RawMessage(`{} {}`)),
		noNumber, tooExact,
		{name: "year beyond the calendar", doc: "A year that the product can't hold is refused, or comes back as it is.", run: farYears},
		{name: "too many values", doc: "A statement with more values than the product takes is refused with the limit, before it is sent.", run: tooManyValues},
		{name: "update without condition", doc: "An UPDATE or DELETE that says no condition is refused.", run: withoutCondition},
		{name: "foreign column", doc: "A column of a table that is not in FROM is refused.", run: foreignColumn},
		{name: "unknown column", doc: "A column that the table does not have is refused by name.", run: func(c *T) {
			t := c.table("dt_small", plainID())
			c.wantUnsent("ghost", expr.NewSelect(t.C("ghost")).From(t))
		}},
		{name: "unsupported construct", doc: "A type that the product lacks is an UnsupportedError with its name.", run: func(c *T) {
			_, err := c.rules.TypeName(sqltype.Array{Elem: bigInt})
			var refused *compile.UnsupportedError
			if err != nil && (!errors.As(err, &refused) || refused.Dialect != c.rules.Dialect) {
				c.Errorf("got %v, want an UnsupportedError of %s", err, c.rules.Dialect)
			}
		}},
		{name: "raw SQL without its value", doc: "A place of raw SQL without a value is refused.", run: func(c *T) {
			c.wantUnsent("name", expr.SQL("SELECT :name"))
		}},
		{name: "negative limit", doc: "A LIMIT below zero is refused.", run: func(c *T) {
			t := c.table("dt_small", plainID())
			c.wantUnsent("LIMIT", expr.NewSelect(t.C("id")).Limit(-1))
		}},
	}
}

// wantUnsent runs a statement that must be refused, in words that hold the
// name, before it is sent.
func (c *T) wantUnsent(name string, s expr.Statement) {
	c.Helper()
	before := c.sent.Load()
	_, err := c.engine.Exec(c.Context(), s)
	if err == nil || !strings.Contains(err.Error(), name) {
		c.Errorf("got %v, want an error that names %q", err, name)
	}
	if n := c.sent.Load() - before; n != 0 {
		c.Errorf("%d statements were sent, want none", n)
	}
}

func refusedDigits(c *T) {
	t := c.table("dt_digits", plainID(), column("v", sqltype.Numeric{Precision: 30, Scale: 20}))
	for i, s := range []string{"12345678901234567890.5", "0.12345678912345678", "-12345678901234567.25"} {
		_, err := c.engine.Exec(c.Context(), expr.NewInsert(t).Values(set(t, "id", int64(i)), set(t, "v", sqltype.MustParseDecimal(s))))
		var refused *sqlerr.ValueError
		if !errors.As(err, &refused) {
			c.Errorf("%s: got %v, want a ValueError", s, err)
		}
	}
	c.wantCount(c.engine, t, 0)
}

func farYears(c *T) {
	t := c.table("dt_years", plainID(), column("v", sqltype.DateTime{Precision: 6}))
	for i, year := range []int{-4712, -1, 0, 1, 999, 10000, 294275, 500000} {
		at := time.Date(year, 3, 4, 5, 6, 7, 0, time.UTC)
		_, err := c.engine.Exec(c.Context(), expr.NewInsert(t).Values(set(t, "id", int64(i)), set(t, "v", at)))
		var refused *sqlerr.ValueError
		if err != nil {
			if !errors.As(err, &refused) {
				c.Errorf("year %d: got %v, want a ValueError", year, err)
			}
			continue
		}
		got, err := engine.Scalar[time.Time](c.Context(), c.engine, expr.NewSelect(t.C("v")).Where(num(t, "id").Eq(int64(i))))
		if err != nil || !got.Equal(at) {
			c.Errorf("year %d: got %v, %v, want %v", year, got, err, at)
		}
	}
}

func tooManyValues(c *T) {
	t := c.table("dt_small", plainID())
	limit := c.rules.MaxParameters
	if limit <= 0 {
		return
	}
	// A list of expressions: one of values alone would be sent as one.
	ids := make([]expr.Expression, limit+1)
	for i := range ids {
		ids[i] = expr.Unwrap(expr.Value(int64(i)))
	}
	q := func(n int) *expr.Select {
		in := &expr.In{X: t.C("id"), List: ids[:n]}
		return expr.NewSelect(expr.CountAll()).From(t).Where(expr.NewPred(in))
	}
	c.wantRows(c.engine, q(limit), "0")
	c.wantUnsent("parameters", q(limit+1))
}

func withoutCondition(c *T) {
	t := c.table("dt_small", plainID(), column("n", bigInt))
	c.exec(c.engine, expr.NewInsert(t).Values(set(t, "id", int64(1)), set(t, "n", int64(1))))
	c.wantUnsent("", expr.NewDelete(t))
	c.wantUnsent("", expr.NewUpdate(t).Set(set(t, "n", int64(2))))
	c.wantRows(c.engine, expr.NewSelect(t.C("n")), "1")
	c.exec(c.engine, expr.NewUpdate(t).Set(set(t, "n", int64(3))).Where(expr.All()))
	c.wantRows(c.engine, expr.NewSelect(t.C("n")), "3")
	c.exec(c.engine, expr.NewDelete(t).Where(expr.All()))
	c.wantCount(c.engine, t, 0)
}

func foreignColumn(c *T) {
	t := c.table("dt_here", plainID())
	other := c.table("dt_elsewhere", plainID())
	c.wantUnsent("dt_elsewhere", expr.NewSelect(t.C("id")).From(t).Where(num(other, "id").Eq(1)))
	c.wantUnsent("dt_elsewhere", expr.NewUpdate(t).Set(set(t, "id", int64(1))).Where(num(other, "id").Eq(1)))
	c.wantUnsent("dt_elsewhere", expr.NewDelete(t).Where(num(other, "id").Eq(1)))
	c.wantUnsent("dt_elsewhere", expr.NewInsert(t).Values(set(other, "id", int64(1))))
}
