package oracle

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
)

// shown are the parts that TO_CHAR alone gives
// (https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/Format-Models.html).
var shown = map[expr.Unit]string{expr.Quarter: "Q", expr.YearDay: "DDD", expr.ISOWeek: "IW", expr.Microsecond: "FF6"}

func extract(c *compile.Compiler, x *expr.Extract) {
	if format, ok := shown[x.Unit]; ok {
		c.Text("TO_NUMBER(TO_CHAR(CAST(")
		c.Expression(x.X)
		c.Text(" AS TIMESTAMP(6)), '" + format + "'))")
		return
	}
	switch x.Unit {
	case expr.Year, expr.Month, expr.Day:
		c.Text("EXTRACT(" + x.Unit.String() + " FROM ")
		c.Expression(x.X)
		c.Text(")")
	case expr.Hour, expr.Minute, expr.Second:
		c.Text("FLOOR(EXTRACT(" + x.Unit.String() + " FROM CAST(")
		c.Expression(x.X)
		c.Text(" AS TIMESTAMP(6))))")
	case expr.Weekday: // counted from a Sunday, as the first day is the session's affair
		c.Text("MOD(TRUNC(CAST(")
		c.Expression(x.X)
		c.Text(" AS DATE)) - DATE '1950-01-01', 7)")
	case expr.Epoch:
		c.Text("FLOOR((CAST(")
		c.Expression(x.X)
		c.Text(" AS DATE) - DATE '1970-01-01') * 86400)")
	default:
		c.NoUnit("EXTRACT of", x.Unit)
	}
}

var intervals = map[expr.Unit]struct{ times, unit string }{
	expr.Week: {" * 7", "DAY"}, expr.Day: {"", "DAY"}, expr.Hour: {"", "HOUR"}, expr.Minute: {"", "MINUTE"}, expr.Second: {"", "SECOND"},
	expr.Microsecond: {" / 1000000", "SECOND"},
}

func dateAdd(c *compile.Compiler, x *expr.DateAdd) {
	unit, ok := intervals[x.Unit]
	if !ok {
		c.Unsupported("dates plus months, whose days are kept,", "call ADD_MONTHS by expr.Fn: of the last day of a month it gives the last day")
		return
	}
	c.CastLike(x.X, func() {
		c.Operand(x.X, expr.OpAdd, false)
		c.Text(" + NUMTODSINTERVAL(")
		c.Operand(x.N, expr.OpMul, false)
		c.Text(unit.times + ", '" + unit.unit + "')")
	})
}

var perDay = map[expr.Unit]string{expr.Week: " / 7", expr.Day: "", expr.Hour: " * 24", expr.Minute: " * 1440", expr.Second: " * 86400"}

// dateDiff subtracts dates, which have no fractions of a second.
func dateDiff(c *compile.Compiler, x *expr.DateDiff) {
	unit, ok := perDay[x.Unit]
	if !ok {
		c.NoUnit("differences of dates in", x.Unit)
		return
	}
	c.Text("TRUNC(ROUND((CAST(")
	c.Expression(x.B)
	c.Text(" AS DATE) - CAST(")
	c.Expression(x.A)
	c.Text(" AS DATE))" + unit + ", 9))")
}

var beginnings = map[expr.Unit]string{expr.Year: "YYYY", expr.Month: "MM", expr.Day: "DD", expr.Hour: "HH24", expr.Minute: "MI"}

func dateTrunc(c *compile.Compiler, x *expr.DateTrunc) {
	format, ok := beginnings[x.Unit]
	if !ok {
		c.NoUnit("the truncation of dates to", x.Unit)
		return
	}
	c.CastLike(x.X, func() {
		c.Text("TRUNC(")
		c.Expression(x.X)
		c.Text(", '" + format + "')")
	})
}
