package sqlite

import (
	"strconv"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Dates and times are text of fixed forms, which SQLite's functions read
// (https://www.sqlite.org/lang_datefunc.html).

// stored is how values of a type are written: the format of strftime up to the
// second, and what follows it.
type stored struct {
	format, fraction, end string
	// at is where the fraction begins, counted from 1.
	at int
}

func storedAs(t sqltype.Type) stored {
	switch t := t.(type) {
	case sqltype.Date:
		return stored{format: "%Y-%m-%d"}
	case sqltype.Time:
		return stored{format: "%H:%M:%S", fraction: ".000000", at: 9}
	case sqltype.DateTime:
		if t.Zone {
			return stored{format: "%Y-%m-%d %H:%M:%S", fraction: ".000000", end: "Z", at: 20}
		}
	}
	return stored{format: "%Y-%m-%d %H:%M:%S", fraction: ".000000", at: 20}
}

var extracted = map[expr.Unit]string{
	expr.Year: "%Y", expr.Month: "%m", expr.Day: "%d", expr.Hour: "%H", expr.Minute: "%M", expr.Second: "%S",
	expr.Weekday: "%w", expr.YearDay: "%j", expr.Epoch: "%s",
}

func extract(c *compile.Compiler, x *expr.Extract) {
	switch x.Unit {
	case expr.Quarter:
		c.Text("((CAST(strftime('%m', ")
		c.Expression(x.X)
		c.Text(") AS INTEGER) + 2) / 3)")
	case expr.ISOWeek: // that of the week's Thursday
		c.Text("((CAST(strftime('%j', ")
		c.Expression(x.X)
		c.Text(", '-3 days', 'weekday 4') AS INTEGER) + 6) / 7)")
	case expr.Microsecond:
		microseconds(c, x.X)
	default:
		format, ok := extracted[x.Unit]
		if !ok {
			c.NoUnit("EXTRACT of", x.Unit)
		}
		formatted(c, format, x.X)
	}
}

func formatted(c *compile.Compiler, format string, x expr.Expression) {
	c.Text("CAST(strftime('" + format + "', ")
	c.Expression(x)
	c.Text(") AS INTEGER)")
}

// microseconds reads the fraction, of which strftime knows three digits alone.
func microseconds(c *compile.Compiler, x expr.Expression) {
	s := storedAs(x.SQLType())
	if s.at == 0 {
		c.Text("0")
		return
	}
	c.Text("CAST(substr(")
	c.Expression(x)
	c.Text(", " + strconv.Itoa(s.at+1) + ", 6) AS INTEGER)")
}

var steps = map[expr.Unit]struct{ times, unit string }{
	expr.Year: {"", " years"}, expr.Quarter: {" * 3", " months"}, expr.Month: {"", " months"}, expr.Week: {" * 7", " days"},
	expr.Day: {"", " days"}, expr.Hour: {"", " hours"}, expr.Minute: {"", " minutes"}, expr.Second: {"", " seconds"},
}

// dateAdd adds by a modifier, to the second, and keeps the fraction as it is.
func (s server) dateAdd(c *compile.Compiler, x *expr.DateAdd) {
	step, ok := steps[x.Unit]
	if !ok {
		c.NoUnit("dates plus", x.Unit)
		return
	}
	months := x.Unit <= expr.Month
	if months && !s.Version.AtLeast(floor[:]...) {
		c.Unsupported("dates plus months, whose last day is kept,", "use SQLite 3.46")
		return
	}
	form := storedAs(x.X.SQLType())
	if form.at > 0 {
		c.Text("(")
	}
	c.Text("strftime('" + form.format + "', ")
	c.Expression(x.X)
	c.Text(", (")
	c.Operand(x.N, expr.OpMul, false)
	c.Text(step.times + ") || '" + step.unit + "'")
	if months {
		c.Text(", 'floor'")
	}
	c.Text(")")
	if form.at > 0 {
		c.Text(" || substr(")
		c.Expression(x.X)
		c.Text(", " + strconv.Itoa(form.at) + "))")
	}
}

var inMicroseconds = map[expr.Unit]string{
	expr.Week: "604800000000", expr.Day: "86400000000", expr.Hour: "3600000000", expr.Minute: "60000000", expr.Second: "1000000", expr.Microsecond: "1",
}

func dateDiff(c *compile.Compiler, x *expr.DateDiff) {
	unit, ok := inMicroseconds[x.Unit]
	if !ok {
		c.NoUnit("differences of dates in", x.Unit)
		return
	}
	c.Text("((")
	moment(c, x.B)
	c.Text(" - ")
	moment(c, x.A)
	c.Text(") / " + unit + ")")
}

// moment writes microseconds since 1970.
func moment(c *compile.Compiler, x expr.Expression) {
	c.Text("(")
	formatted(c, "%s", x)
	c.Text(" * 1000000 + ")
	microseconds(c, x)
	c.Text(")")
}

// beginnings are what follows the unit's own part of the text.
var beginnings = map[expr.Unit]struct{ date, clock string }{
	expr.Year: {"%Y-01-01", "00:00:00"}, expr.Month: {"%Y-%m-01", "00:00:00"}, expr.Day: {"%Y-%m-%d", "00:00:00"},
	expr.Hour: {"%Y-%m-%d", "%H:00:00"}, expr.Minute: {"%Y-%m-%d", "%H:%M:00"}, expr.Second: {"%Y-%m-%d", "%H:%M:%S"},
}

func dateTrunc(c *compile.Compiler, x *expr.DateTrunc) {
	begin, ok := beginnings[x.Unit]
	if !ok {
		c.NoUnit("the truncation of dates to", x.Unit)
		return
	}
	form := storedAs(x.X.SQLType())
	format := begin.date
	switch {
	case form.at == 9:
		format = begin.clock
	case form.at > 0:
		format += " " + begin.clock
	}
	c.Text("strftime('" + format + form.fraction + form.end + "', ")
	c.Expression(x.X)
	c.Text(")")
}

// clock writes the clock as moments are stored.
func clock(c *compile.Compiler, x expr.Clock) {
	if _, ok := x.SQLType().(sqltype.Date); ok {
		c.Text("CURRENT_DATE")
		return
	}
	c.Text("strftime('%Y-%m-%d %H:%M:%f000Z', 'now')")
}

// castAs names a type in CAST, which for a date or time would make a number of
// the text: https://www.sqlite.org/datatype3.html#determination_of_column_affinity.
func castAs(t sqltype.Type) (string, error) {
	switch t.Kind() {
	case sqltype.KindDate, sqltype.KindTimeOfDay, sqltype.KindDateTime, sqltype.KindInstant:
		return "TEXT", nil
	}
	return castName(t)
}
