package postgres

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

var fields = map[expr.Unit]string{
	expr.Year: "YEAR", expr.Quarter: "QUARTER", expr.Month: "MONTH", expr.Day: "DAY", expr.Hour: "HOUR", expr.Minute: "MINUTE",
	expr.Second: "SECOND", expr.Microsecond: "MICROSECOND", expr.Weekday: "DOW", expr.YearDay: "DOY", expr.ISOWeek: "WEEK", expr.Epoch: "EPOCH",
}

// extract cuts the fraction that some fields have; MICROSECOND counts the
// seconds too (https://www.postgresql.org/docs/current/functions-datetime.html).
func extract(c *compile.Compiler, x *expr.Extract) {
	field, ok := fields[x.Unit]
	if !ok {
		c.NoUnit("EXTRACT of", x.Unit)
		return
	}
	c.Text("CAST(FLOOR(EXTRACT(" + field + " FROM ")
	c.Expression(x.X)
	c.Text("))")
	if x.Unit == expr.Microsecond {
		c.Text(" AS BIGINT) % 1000000")
		return
	}
	c.Text(" AS BIGINT)")
}

var intervals = map[expr.Unit]string{
	expr.Year: "1 year", expr.Quarter: "3 months", expr.Month: "1 month", expr.Week: "7 days", expr.Day: "1 day",
	expr.Hour: "1 hour", expr.Minute: "1 minute", expr.Second: "1 second", expr.Microsecond: "1 microsecond",
}

func dateAdd(c *compile.Compiler, x *expr.DateAdd) {
	if _, ok := sqltype.Base(x.N.SQLType()).(sqltype.Interval); ok {
		c.CastLike(x.X, func() {
			c.Operand(x.X, expr.OpAdd, false)
			c.Text(" + ")
			c.CastAs(x.N, "INTERVAL")
		})
		return
	}
	unit, ok := intervals[x.Unit]
	if !ok {
		c.NoUnit("dates plus", x.Unit)
		return
	}
	c.CastLike(x.X, func() {
		c.Operand(x.X, expr.OpAdd, false)
		c.Text(" + ")
		c.Operand(x.N, expr.OpMul, false)
		c.Text(" * INTERVAL '" + unit + "'")
	})
}

// perSecond is how many of the units a second has, or of how many seconds the
// unit is.
var perSecond = map[expr.Unit]string{
	expr.Week: " / 604800", expr.Day: " / 86400", expr.Hour: " / 3600", expr.Minute: " / 60", expr.Second: "", expr.Microsecond: " * 1000000",
}

func dateDiff(c *compile.Compiler, x *expr.DateDiff) {
	unit, ok := perSecond[x.Unit]
	if !ok {
		c.NoUnit("differences of dates in", x.Unit)
		return
	}
	c.Text("CAST(TRUNC((EXTRACT(EPOCH FROM ")
	c.Expression(x.B)
	c.Text(") - EXTRACT(EPOCH FROM ")
	c.Expression(x.A)
	c.Text("))" + unit + ") AS BIGINT)")
}

// elapsed counts hours, as a difference of moments has days, and one of dates is
// a number of them.
func elapsed(c *compile.Compiler, x *expr.Elapsed) {
	c.Text("(")
	dateDiff(c, &expr.DateDiff{Unit: expr.Microsecond, A: x.A, B: x.B})
	c.Text(" * INTERVAL '1 microsecond')")
}

var beginnings = map[expr.Unit]string{
	expr.Year: "year", expr.Month: "month", expr.Day: "day", expr.Hour: "hour", expr.Minute: "minute", expr.Second: "second",
}

func dateTrunc(c *compile.Compiler, x *expr.DateTrunc) {
	unit, ok := beginnings[x.Unit]
	if !ok {
		c.NoUnit("the truncation of dates to", x.Unit)
		return
	}
	c.CastLike(x.X, func() {
		c.Text("date_trunc('" + unit + "', ")
		c.Expression(x.X)
		c.Text(")")
	})
}
