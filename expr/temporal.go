package expr

import (
	"time"

	"github.com/alkahest-go/alkahest/sqltype"
)

// Unit is a part of a date or a time.
type Unit uint8

// The units. Weekday counts from 0, Sunday, as time.Weekday does; ISOWeek and
// YearDay count from 1; Epoch is the seconds since 1970 and Microsecond those
// within the second, both for Extract alone.
const (
	Year Unit = iota
	Quarter
	Month
	Week // seven days; for DateTrunc, from Monday
	Day
	Hour
	Minute
	Second
	Microsecond
	Weekday
	YearDay
	ISOWeek
	Epoch
)

var unitNames = [...]string{
	Year: "YEAR", Quarter: "QUARTER", Month: "MONTH", Week: "WEEK", Day: "DAY", Hour: "HOUR", Minute: "MINUTE", Second: "SECOND",
	Microsecond: "MICROSECOND", Weekday: "WEEKDAY", YearDay: "YEARDAY", ISOWeek: "ISOWEEK", Epoch: "EPOCH",
}

// String is the unit's name in capital letters.
func (u Unit) String() string { return unitNames[u] }

// Extract is one part of a date or a time, a whole number.
type Extract struct {
	Unit Unit
	X    Expression
}

// SQLType implements Expression.
func (e *Extract) SQLType() sqltype.Type { return countCodec.Type }

// AppendKey implements Node.
func (e *Extract) AppendKey(k *Key) {
	k.Tag(tagExtract)
	k.Tag(byte(e.Unit))
	k.Node(e.X)
}

// Children implements Parent.
func (e *Extract) Children() []Expression { return []Expression{e.X} }

func (e *Extract) special() {}

// ExtractOf is one part of a date or a time, without fractions. Of a time with
// zone it is that in the session's zone, which the library sets to UTC.
func ExtractOf[T any](u Unit, x Of[T]) Num[int64] {
	return NewNum[int64](&Extract{Unit: u, X: Unwrap(x)}, countCodec)
}

// DateAdd is X plus N units: Year to Microsecond.
type DateAdd struct {
	Unit Unit
	X, N Expression
}

// SQLType implements Expression.
func (e *DateAdd) SQLType() sqltype.Type { return e.X.SQLType() }

// AppendKey implements Node.
func (e *DateAdd) AppendKey(k *Key) {
	k.Tag(tagDateAdd)
	k.Tag(byte(e.Unit))
	k.Node(e.X)
	k.Node(e.N)
}

// Children implements Parent.
func (e *DateAdd) Children() []Expression { return []Expression{e.X, e.N} }

func (e *DateAdd) special() {}

// AddUnits is x plus n units, Year to Second. A day that the month does not have
// becomes its last: a month after January 31 is February 28 or 29.
func AddUnits[T any](x Of[T], n int64, u Unit) Ordered[T] {
	return AddUnitsExpr(x, NewScalar[int64](NewBind(countCodec, n), countCodec), u)
}

// AddUnitsExpr is AddUnits of a number that is an expression.
func AddUnitsExpr[T any](x Of[T], n Of[int64], u Unit) Ordered[T] {
	return Ordered[T]{NewScalar[T](&DateAdd{Unit: u, X: Unwrap(x), N: Unwrap(n)}, x.Codec())}
}

// AddDuration is x plus the duration, in whole seconds, or in microseconds where
// it has a fraction of one, which SQLite's dates can't be given.
func AddDuration[T any](x Of[T], d time.Duration) Ordered[T] {
	if d%time.Second == 0 {
		return AddUnits(x, int64(d/time.Second), Second)
	}
	return AddUnits(x, d.Microseconds(), Microsecond)
}

// DateDiff is how much B is later than A, in whole units: Day to Microsecond, by
// which 24 hours are a day.
type DateDiff struct {
	Unit Unit
	A, B Expression
}

// SQLType implements Expression.
func (e *DateDiff) SQLType() sqltype.Type { return countCodec.Type }

// AppendKey implements Node.
func (e *DateDiff) AppendKey(k *Key) {
	k.Tag(tagDateDiff)
	k.Tag(byte(e.Unit))
	k.Node(e.A)
	k.Node(e.B)
}

// Children implements Parent.
func (e *DateDiff) Children() []Expression { return []Expression{e.A, e.B} }

func (e *DateDiff) special() {}

// UnitsBetween is the time from a to b in whole units, cut towards zero: Week to
// Second. 24 hours are a day.
func UnitsBetween[T any](u Unit, a, b Of[T]) Num[int64] {
	return NewNum[int64](&DateDiff{Unit: u, A: Unwrap(a), B: Unwrap(b)}, countCodec)
}

// Elapsed is how much B is later than A, as an interval.
type Elapsed struct{ A, B Expression }

// SQLType implements Expression.
func (e *Elapsed) SQLType() sqltype.Type { return spanCodec.Type }

// AppendKey implements Node.
func (e *Elapsed) AppendKey(k *Key) {
	k.Tag(tagElapsed)
	k.Node(e.A)
	k.Node(e.B)
}

// Children implements Parent.
func (e *Elapsed) Children() []Expression { return []Expression{e.A, e.B} }

func (e *Elapsed) special() {}

var spanCodec = sqltype.CodecOf[time.Duration](sqltype.Interval{Precision: 6})

// TimeBetween is the time from a to b, to the microsecond; negative where b is
// the earlier. 24 hours are a day.
func TimeBetween[T any](a, b Of[T]) Num[time.Duration] {
	return NewNum[time.Duration](&Elapsed{A: Unwrap(a), B: Unwrap(b)}, spanCodec)
}

// AddInterval is x plus a length of time that is an expression, such as a
// column.
func AddInterval[T any](x Of[T], d Of[time.Duration]) Ordered[T] {
	return Ordered[T]{NewScalar[T](&DateAdd{Unit: Microsecond, X: Unwrap(x), N: Unwrap(d)}, x.Codec())}
}

// DateTrunc is the beginning of the unit in which X is: Year to Second.
type DateTrunc struct {
	Unit Unit
	X    Expression
}

// SQLType implements Expression.
func (e *DateTrunc) SQLType() sqltype.Type { return e.X.SQLType() }

// AppendKey implements Node.
func (e *DateTrunc) AppendKey(k *Key) {
	k.Tag(tagDateTrunc)
	k.Tag(byte(e.Unit))
	k.Node(e.X)
}

// Children implements Parent.
func (e *DateTrunc) Children() []Expression { return []Expression{e.X} }

func (e *DateTrunc) special() {}

// TruncTo is the beginning of the unit in which x is: Year, Month, Day, Hour,
// Minute or Second.
func TruncTo[T any](u Unit, x Of[T]) Ordered[T] {
	return Ordered[T]{NewScalar[T](&DateTrunc{Unit: u, X: Unwrap(x)}, x.Codec())}
}

// Clock is a function of the database's clock.
type Clock string

// The clocks. All but CurrentDate are of the transaction's or the statement's
// beginning, as the database has it.
const (
	clockDate Clock = "CURRENT_DATE"
	clockNow  Clock = "CURRENT_TIMESTAMP"
)

// SQLType implements Expression.
func (c Clock) SQLType() sqltype.Type {
	if c == clockDate {
		return sqltype.Date{}
	}
	return sqltype.DateTime{Precision: 6, Zone: true}
}

// AppendKey implements Node.
func (c Clock) AppendKey(k *Key) {
	k.Tag(tagClock)
	k.String(string(c))
}

// Children implements Parent.
func (c Clock) Children() []Expression { return nil }

func (c Clock) special() {}

// Now is the moment at which the transaction or the statement began, by the
// database's clock.
func Now() Ordered[time.Time] {
	return Ordered[time.Time]{typed[time.Time](clockNow, clockNow.SQLType())}
}

// CurrentDate is today, by the database's clock and the session's zone.
func CurrentDate() Ordered[time.Time] {
	return Ordered[time.Time]{typed[time.Time](clockDate, clockDate.SQLType())}
}
