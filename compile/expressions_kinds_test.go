package compile_test

import (
	"encoding/json"
	"time"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

var functionCases = []valueCase{
	gives("coalesce", "The first that is not NULL.", expr.Coalesce(expr.Typed[string](expr.NULL, sqltype.Text{}), str("b"), str("c")), "b"),
	null("nullif", "NULL instead of a value.", expr.NullIf(num(3), num(3))),
	gives("greatest", "The largest.", expr.Greatest(num(3), num(9), num(5)), 9),
	gives("greatest_of_one", "The largest of one is no aggregate.", expr.Greatest(num(3)), 3),
	gives("least", "The smallest.", expr.Least(num(3), num(9)), 3),
	gives("length", "Characters, not bytes.", str("aé€").Length(), 3, "mssql"),
	gives("substring", "Some characters.", str("abcdef").Substring(2, 3), "bcd"),
	gives("substring_from", "All characters from one on.", str("abcdef").SubstringFrom(3), "cdef"),
	gives("replace", "Text within text.", str("a-b-c").Replace("-", "+"), "a+b+c"),
	gives("trim", "Without blanks.", str("  a ").Trim().Concat("|"), "a|"),
	gives("trim_sides", "Without blanks at one side.", str("  a ").TrimLeft().Concat("|").ConcatExpr(str("  b ").TrimRight()), "a |  b"),
	gives("floor", "Rounded down.", expr.AsNum(expr.Value(-1.5)).Floor(), -2.0),
	gives("ceil", "Rounded up.", expr.AsNum(expr.Value(-1.5)).Ceil(), -1.0),
	gives("sqrt", "The square root.", expr.AsNum(expr.Value(2.25)).Sqrt(), 1.5),
	gives("power", "A power.", num(2).Power(10), 1024.0),
	gives("by_name", "Any function, by name.", expr.Fn[string]("upper", str("ab")), "AB"),
	gives("condition_by_name", "A function as a condition.", holds(expr.FnPred("coalesce", expr.Value(true), expr.Value(false))), 1),
	gives("custom_operator", "An operator that the library does not know.", expr.AsNum[int64](expr.Typed[int64](expr.CustomOperator("+").Between(num(2), num(3), sqltype.Integer{Bits: 64}), sqltype.Integer{Bits: 64})).Mul(4), 20),
	gives("custom_condition", "Such an operator as a condition.", holds(expr.CustomOperator("<=").Pred(num(2).Add(1), num(3))), 1),
}

// at is a moment on the wall, as a value of the given precision.
func at(text string) expr.Of[time.Time] {
	t, err := time.Parse("2006-01-02 15:04:05.999999", text)
	must(err)
	wall := sqltype.CodecOf[time.Time](sqltype.DateTime{Precision: 6})
	return expr.NewScalar[time.Time](&expr.Cast{X: expr.NewBind(wall, t), Type: wall.Type}, wall)
}

// on is a day.
func on(text string) expr.Of[time.Time] {
	t, err := time.Parse(time.DateOnly, text)
	must(err)
	day := sqltype.CodecOf[time.Time](sqltype.Date{})
	return expr.NewScalar[time.Time](&expr.Cast{X: expr.NewBind(day, t), Type: day.Type}, day)
}

func moments(text string) time.Time {
	t, err := time.Parse("2006-01-02 15:04:05.999999", text)
	must(err)
	return t
}

var temporalCases = []valueCase{
	gives("year", "A part of a moment.", expr.ExtractOf(expr.Year, at("2024-02-29 13:14:15.678901")), 2024),
	gives("month", "The month.", expr.ExtractOf(expr.Month, at("2024-02-29 13:14:15.678901")), 2),
	gives("quarter", "The quarter.", expr.ExtractOf(expr.Quarter, at("2024-08-29 13:14:15")), 3),
	gives("day", "The day of a date.", expr.ExtractOf(expr.Day, on("2024-02-29")), 29),
	gives("hour", "The hour.", expr.ExtractOf(expr.Hour, at("2024-02-29 13:14:15")), 13),
	gives("minute", "The minute.", expr.ExtractOf(expr.Minute, at("2024-02-29 13:14:15")), 14),
	gives("second", "The second, without its fraction.", expr.ExtractOf(expr.Second, at("2024-02-29 13:14:15.999999")), 15),
	gives("microsecond", "The fraction of the second.", expr.ExtractOf(expr.Microsecond, at("2024-02-29 13:14:15.678901")), 678901),
	gives("weekday", "Sunday is 0.", expr.ExtractOf(expr.Weekday, on("2024-03-03")), 0),
	gives("weekday_saturday", "Saturday is 6.", expr.ExtractOf(expr.Weekday, on("2024-03-02")), 6),
	gives("year_day", "The day of the year.", expr.ExtractOf(expr.YearDay, on("2024-12-31")), 366),
	gives("iso_week", "The week of the year in which its Thursday is.", expr.ExtractOf(expr.ISOWeek, on("2024-12-30")), 1),
	gives("iso_week_53", "A year may have 53.", expr.ExtractOf(expr.ISOWeek, on("2021-01-02")), 53),
	gives("epoch", "Seconds since 1970.", expr.ExtractOf(expr.Epoch, at("1970-01-02 00:00:01")), 86401),
	gives("add_days", "Days across a month.", expr.AddUnits(on("2024-02-28"), 2, expr.Day), moments("2024-03-01 00:00:00")),
	gives("add_month_end", "A month later, at the month's end.", expr.AddUnits(on("2024-01-31"), 1, expr.Month), moments("2024-02-29 00:00:00"), "oracle"),
	gives("add_year", "A year after a leap day.", expr.AddUnits(at("2024-02-29 01:02:03.5"), 1, expr.Year), moments("2025-02-28 01:02:03.5"), "oracle"),
	gives("add_quarters", "Two quarters back.", expr.AddUnits(on("2024-08-31"), -2, expr.Quarter), moments("2024-02-29 00:00:00"), "oracle"),
	gives("add_weeks", "Weeks back.", expr.AddUnits(on("2024-03-01"), -1, expr.Week), moments("2024-02-23 00:00:00")),
	gives("add_hours", "Hours keep the fraction.", expr.AddUnits(at("2024-02-29 23:30:00.25"), 1, expr.Hour), moments("2024-03-01 00:30:00.25")),
	gives("add_expr", "A number that is an expression.", expr.AddUnitsExpr(at("2024-01-01 00:00:00"), num(3).Mul(2), expr.Minute), moments("2024-01-01 00:06:00")),
	gives("add_duration", "A duration of whole seconds.", expr.AddDuration(at("2024-01-01 00:00:00"), 90*time.Second), moments("2024-01-01 00:01:30")),
	gives("add_microseconds", "A duration with a fraction.", expr.AddDuration(at("2024-01-01 00:00:00.25"), 1500*time.Millisecond), moments("2024-01-01 00:00:01.75"), "sqlite"),
	gives("between_days", "Days between two dates.", expr.UnitsBetween(expr.Day, on("2024-02-28"), on("2024-03-01")), 2),
	gives("between_cut", "Units that are not whole do not count.", expr.UnitsBetween(expr.Hour, at("2024-01-01 10:30:00"), at("2024-01-01 12:29:59.5")), 1),
	gives("between_back", "The later may come first.", expr.UnitsBetween(expr.Second, at("2024-01-01 00:00:02.5"), at("2024-01-01 00:00:00")), -2),
	gives("trunc_year", "The beginning of the year.", expr.TruncTo(expr.Year, at("2024-02-29 13:14:15.5")), moments("2024-01-01 00:00:00")),
	gives("trunc_month", "The beginning of the month, of a date.", expr.TruncTo(expr.Month, on("2024-02-29")), moments("2024-02-01 00:00:00")),
	gives("trunc_hour", "The beginning of the hour.", expr.TruncTo(expr.Hour, at("2024-02-29 13:14:15.5")), moments("2024-02-29 13:00:00")),
	gives("now", "The clock goes on.", holds(expr.Now().Gt(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC))), 1),
	gives("today", "The calendar too.", holds(expr.CurrentDate().Gt(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC))), 1),
}

// doc is a document as a value.
func doc(text string) expr.JSONValue {
	return expr.JSONOf(&expr.Cast{X: expr.BindValue(sqltype.Text{}, sqltype.TextValue(text)), Type: sqltype.JSON{}})
}

const sample = `{"k": "v", "n": 7, "f": 1.5, "t": true, "no": null, "a": {"b": [10, {"c": "it's"}]}, "q\"uo\\te": 1, "d.o$t": 2, "d": "1.25"}`

var jsonCases = []valueCase{
	gives("text", "A string without its quotes.", doc(sample).Key("k").Text(), "v"),
	gives("text_of_number", "A number as text.", doc(sample).Key("n").Text(), "7"),
	gives("text_of_truth", "A truth value as text.", doc(sample).Key("t").Text(), "true"),
	null("text_of_null", "JSON's null is NULL.", doc(sample).Key("no").Text()),
	null("text_missing", "What is not there is NULL.", doc(sample).Key("x").Key("y").Text()),
	gives("int", "A whole number.", doc(sample).Key("n").Int().Add(1), 8),
	null("int_missing", "A number that is not there is NULL.", doc(sample).Key("x").Int()),
	gives("float", "A floating-point number.", doc(sample).Key("f").Float(), 1.5),
	gives("decimal", "An exact number.", doc(sample).Key("f").Decimal(10, 2), sqltype.MustParseDecimal("1.50")),
	gives("bool", "A truth value, as a condition.", holds(doc(sample).Key("t").Bool()), 1),
	null("bool_missing", "A truth value that is not there is NULL, not false.", doc(sample).Key("x").Bool()),
	gives("path", "Keys and indexes.", doc(sample).Key("a").Key("b").Index(1).Key("c").Text(), "it's"),
	gives("steps", "The same as one path.", expr.JSONOf(doc(sample), expr.JSONKey("a"), expr.JSONKey("b"), expr.JSONIndex(0)).Int(), 10),
	gives("key_special", "A key with characters that paths use.", doc(sample).Key("d.o$t").Int(), 2),
	gives("within_concat", "A value within another operator.", expr.AsText[string](str("x")).ConcatExpr(doc(sample).Key("k").Text()).Concat("y"), "xvy"),
	gives("equal", "Documents are compared as such.", holds(expr.JSONEq(doc(sample).Key("a"), map[string]any{"b": []any{10, map[string]string{"c": "it's"}}})), 1, "mssql"),
	gives("equal_not", "A document that is another.", holds(expr.JSONEq(doc(sample).Key("a"), []int{1})), 0, "mssql"),
	gives("document", "A document within a document.", compact(doc(sample).Key("a").Key("b").Index(1).JSON()), json.RawMessage(`{"c":"it's"}`)),
}

// compact removes the blanks that products write differently.
func compact(x expr.Scalar[json.RawMessage]) expr.Scalar[json.RawMessage] {
	t := expr.AsText[string](expr.Typed[string](&expr.Cast{X: expr.Unwrap(x), Type: sqltype.String{Length: 100}}, sqltype.Text{})).Replace(": ", ":")
	return expr.Typed[json.RawMessage](t, sqltype.JSON{})
}
