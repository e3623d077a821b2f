package mssql

import (
	"strings"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// The functions are those of
// https://learn.microsoft.com/sql/t-sql/functions/date-and-time-data-types-and-functions-transact-sql.

func extract(c *compile.Compiler, x *expr.Extract) {
	part := strings.ToLower(x.Unit.String())
	switch x.Unit {
	case expr.Weekday: // whatever the first day of the session's week is
		c.Text("((DATEPART(weekday, ")
		c.Expression(x.X)
		c.Text(") + @@DATEFIRST - 1) % 7)")
		return
	case expr.Epoch:
		c.Text("DATEDIFF_BIG(second, '1970-01-01', ")
		c.Expression(x.X)
		c.Text(")")
		return
	case expr.Week:
		c.NoUnit("EXTRACT of", x.Unit)
		return
	case expr.ISOWeek:
		part = "iso_week"
	case expr.YearDay:
		part = "dayofyear"
	}
	c.Text("DATEPART(" + part + ", ")
	c.Expression(x.X)
	c.Text(")")
}

func dateAdd(c *compile.Compiler, x *expr.DateAdd) {
	if x.Unit > expr.Microsecond {
		c.NoUnit("dates plus", x.Unit)
		return
	}
	c.Text("DATEADD(" + strings.ToLower(x.Unit.String()) + ", ")
	compile.List(c, ", ", []expr.Expression{x.N, x.X}, c.Expression)
	c.Text(")")
}

var inMicroseconds = map[expr.Unit]string{
	expr.Week: "604800000000", expr.Day: "86400000000", expr.Hour: "3600000000", expr.Minute: "60000000", expr.Second: "1000000", expr.Microsecond: "1",
}

// dateDiff counts microseconds, as DATEDIFF counts the units that begin.
func dateDiff(c *compile.Compiler, x *expr.DateDiff) {
	unit, ok := inMicroseconds[x.Unit]
	if !ok {
		c.NoUnit("differences of dates in", x.Unit)
		return
	}
	c.Text("(DATEDIFF_BIG(microsecond, ")
	compile.List(c, ", ", []expr.Expression{x.A, x.B}, c.Expression)
	c.Text(") / " + unit + ")")
}

// dateTrunc writes DATETRUNC, which SQL Server 2022 is the first to have.
func dateTrunc(c *compile.Compiler, x *expr.DateTrunc) {
	if x.Unit > expr.Second || x.Unit == expr.Week || x.Unit == expr.Quarter {
		c.NoUnit("the truncation of dates to", x.Unit)
		return
	}
	c.Text("DATETRUNC(" + strings.ToLower(x.Unit.String()) + ", ")
	c.Expression(x.X)
	c.Text(")")
}

func clock(c *compile.Compiler, x expr.Clock) {
	if _, ok := x.SQLType().(sqltype.Date); ok {
		c.Text("CAST(SYSDATETIME() AS DATE)")
		return
	}
	c.Text("SYSDATETIMEOFFSET()")
}
