package mysql

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// The functions are those of
// https://dev.mysql.com/doc/refman/8.4/en/date-and-time-functions.html.

func extract(c *compile.Compiler, x *expr.Extract) {
	switch x.Unit {
	case expr.Weekday:
		c.Text("(")
		c.Call("DAYOFWEEK", x.X)
		c.Text(" - 1)")
	case expr.YearDay:
		c.Call("DAYOFYEAR", x.X)
	case expr.ISOWeek:
		c.Text("WEEK(")
		c.Expression(x.X)
		c.Text(", 3)")
	case expr.Epoch:
		c.Text("TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', ")
		c.Expression(x.X)
		c.Text(")")
	case expr.Week:
		c.NoUnit("EXTRACT of", x.Unit)
	default:
		c.Text("EXTRACT(" + x.Unit.String() + " FROM ")
		c.Expression(x.X)
		c.Text(")")
	}
}

func dateAdd(c *compile.Compiler, x *expr.DateAdd) {
	if x.Unit > expr.Microsecond {
		c.NoUnit("dates plus", x.Unit)
		return
	}
	c.CastLike(x.X, func() {
		c.Text("DATE_ADD(")
		c.Expression(x.X)
		c.Text(", INTERVAL ")
		c.Expression(x.N)
		c.Text(" " + x.Unit.String() + ")")
	})
}

func dateDiff(c *compile.Compiler, x *expr.DateDiff) {
	if x.Unit < expr.Week || x.Unit > expr.Microsecond {
		c.NoUnit("differences of dates in", x.Unit)
		return
	}
	c.Text("TIMESTAMPDIFF(" + x.Unit.String() + ", ")
	compile.List(c, ", ", []expr.Expression{x.A, x.B}, c.Expression)
	c.Text(")")
}

var beginnings = map[expr.Unit]string{
	expr.Year: "%Y-01-01 00:00:00", expr.Month: "%Y-%m-01 00:00:00", expr.Day: "%Y-%m-%d 00:00:00",
	expr.Hour: "%Y-%m-%d %H:00:00", expr.Minute: "%Y-%m-%d %H:%i:00", expr.Second: "%Y-%m-%d %H:%i:%s",
}

func dateTrunc(c *compile.Compiler, x *expr.DateTrunc) {
	format, ok := beginnings[x.Unit]
	if !ok {
		c.NoUnit("the truncation of dates to", x.Unit)
		return
	}
	c.CastLike(x.X, func() {
		c.Text("DATE_FORMAT(")
		c.Expression(x.X)
		c.Text(", '" + format + "')")
	})
}

// clock asks for the moment with its fraction, in UTC, as moments are stored.
func clock(c *compile.Compiler, x expr.Clock) {
	if _, ok := x.SQLType().(sqltype.Date); ok {
		c.Text("CURRENT_DATE")
		return
	}
	c.Text("UTC_TIMESTAMP(6)")
}
