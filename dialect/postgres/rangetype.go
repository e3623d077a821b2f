package postgres

import (
	"errors"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// The range types take a Range of each Go type that the type of their elements
// accepts, and the multirange types a slice of such ranges.

// INT4RANGE is a range of whole numbers of 32 bits.
func INT4RANGE() sqltype.Type { return sqltype.Exactly("INT4RANGE", int4Range).On(name) }

// INT8RANGE is a range of whole numbers of 64 bits.
func INT8RANGE() sqltype.Type { return sqltype.Exactly("INT8RANGE", int8Range).On(name) }

// NUMRANGE is a range of exact numbers.
func NUMRANGE() sqltype.Type { return sqltype.Exactly("NUMRANGE", numRange).On(name) }

// DATERANGE is a range of days.
func DATERANGE() sqltype.Type { return sqltype.Exactly("DATERANGE", dateRange).On(name) }

// TSRANGE is a range of what a clock on the wall shows.
func TSRANGE() sqltype.Type { return sqltype.Exactly("TSRANGE", tsRange).On(name) }

// TSTZRANGE is a range of moments.
func TSTZRANGE() sqltype.Type { return sqltype.Exactly("TSTZRANGE", tstzRange).On(name) }

// INT4MULTIRANGE is a list of ranges of whole numbers of 32 bits. As in all
// multirange types, the server sorts the ranges and merges those that touch.
func INT4MULTIRANGE() sqltype.Type {
	return sqltype.Exactly("INT4MULTIRANGE", int4Range.list()).On(name)
}

// INT8MULTIRANGE is a list of ranges of whole numbers of 64 bits.
func INT8MULTIRANGE() sqltype.Type {
	return sqltype.Exactly("INT8MULTIRANGE", int8Range.list()).On(name)
}

// NUMMULTIRANGE is a list of ranges of exact numbers.
func NUMMULTIRANGE() sqltype.Type { return sqltype.Exactly("NUMMULTIRANGE", numRange.list()).On(name) }

// DATEMULTIRANGE is a list of ranges of days.
func DATEMULTIRANGE() sqltype.Type {
	return sqltype.Exactly("DATEMULTIRANGE", dateRange.list()).On(name)
}

// TSMULTIRANGE is a list of ranges of what a clock on the wall shows.
func TSMULTIRANGE() sqltype.Type { return sqltype.Exactly("TSMULTIRANGE", tsRange.list()).On(name) }

// TSTZMULTIRANGE is a list of ranges of moments.
func TSTZMULTIRANGE() sqltype.Type {
	return sqltype.Exactly("TSTZMULTIRANGE", tstzRange.list()).On(name)
}

var (
	int4Range = &rangeType{of: sqltype.Integer{Bits: 32}, natural: reflect.TypeFor[Range[int32]]()}
	int8Range = &rangeType{of: sqltype.Integer{Bits: 64}, natural: reflect.TypeFor[Range[int64]]()}
	numRange  = &rangeType{of: sqltype.Numeric{}, natural: reflect.TypeFor[Range[sqltype.Decimal]]()}
	dateRange = &rangeType{of: sqltype.Date{}, natural: ofTimes}
	tsRange   = &rangeType{of: sqltype.DateTime{Precision: 6}, natural: ofTimes}
	tstzRange = &rangeType{of: sqltype.DateTime{Precision: 6, Zone: true}, natural: ofTimes}
)

// rangeType is a range, or a list of ranges, of values of a type.
type rangeType struct {
	of      sqltype.Type
	natural reflect.Type
	multi   bool
}

var ofTimes = reflect.TypeFor[Range[time.Time]]()

func (t *rangeType) list() *rangeType {
	return &rangeType{of: t.of, multi: true, natural: reflect.SliceOf(t.natural)}
}

// Natural is the Go type of a column for which the program names none.
func (t *rangeType) Natural() reflect.Type { return t.natural }

// Kind implements sqltype.Type.
func (*rangeType) Kind() sqltype.Kind { return sqltype.KindText }

// String implements sqltype.Type.
func (t *rangeType) String() string {
	if t.multi {
		return "ranges of " + t.of.String()
	}
	return "a range of " + t.of.String()
}

// limits is what the codec sees of a *Range[T].
type limits interface {
	elem() reflect.Type
	// ends returns the range in its canonical form, to be changed through.
	ends() (lower, upper mem.Pointer, lb, ub *Bound, empty *bool)
	normalize()
}

func (r *Range[T]) elem() reflect.Type { return reflect.TypeFor[T]() }

func (r *Range[T]) ends() (lower, upper mem.Pointer, lb, ub *Bound, empty *bool) {
	return mem.Pointer(&r.Lower), mem.Pointer(&r.Upper), &r.LowerBound, &r.UpperBound, &r.Empty
}

// normalize brings the range to the form in which the server gives it back.
// Days are the one kind of discrete value whose Go type does not tell.
func (r *Range[T]) normalize() { *r = r.canonical() }

// NewCodec implements sqltype.CodecProvider.
func (t *rangeType) NewCodec(g reflect.Type) *sqltype.Codec {
	one := g
	if t.multi {
		if g.Kind() != reflect.Slice {
			return nil
		}
		one = g.Elem()
	}
	x, ok := reflect.New(one).Interface().(limits)
	if !ok {
		return nil
	}
	inner, err := sqltype.CodecFor(t.of, x.elem())
	if err != nil || inner.Nullable {
		return nil
	}
	w := &rangeCodec{inner: inner, one: one, days: t.of.Kind() == sqltype.KindDate}
	if t.multi {
		return w.list(g, t)
	}
	return w.codec(t)
}

// rangeCodec moves ranges of one Go type.
type rangeCodec struct {
	inner *sqltype.Codec
	one   reflect.Type
	days  bool
}

func (w *rangeCodec) at(p mem.Pointer) limits { return reflect.NewAt(w.one, p).Interface().(limits) }

func (w *rangeCodec) codec(t *rangeType) *sqltype.Codec {
	return &sqltype.Codec{
		Reference: true,
		IsZero:    func(p mem.Pointer) bool { return reflect.NewAt(w.one, p).Elem().IsZero() },
		Encode: func(p mem.Pointer) (sqltype.Value, error) {
			text, err := w.text(p)
			return sqltype.TextValue(text), err
		},
		Decode: func(r sqltype.Row, i int, p mem.Pointer) error {
			if r.IsNull(i) {
				return nullRange(t, w.one)
			}
			s := string(r.Text(i))
			if r.Err() != nil {
				return nil
			}
			rest, err := w.read(s, p)
			if err == nil && rest != "" {
				err = errRange(t)
			}
			return err
		},
		Round: w.round,
	}
}

func nullRange(t *rangeType, g reflect.Type) error {
	return &sqlerr.ValueError{Type: t.String(), Reason: "is NULL, which the Go type " + g.String() + " cannot hold; use a pointer or sql.Null"}
}

func errRange(t *rangeType) error {
	return &sqlerr.ValueError{Type: t.String(), Reason: "the stored text is not a range"}
}

func (w *rangeCodec) list(g reflect.Type, t *rangeType) *sqltype.Codec {
	each := func(p mem.Pointer, f func(at mem.Pointer) error) error {
		list := reflect.NewAt(g, p).Elem()
		for i := range list.Len() {
			if err := f(list.Index(i).Addr().UnsafePointer()); err != nil {
				return err
			}
		}
		return nil
	}
	return &sqltype.Codec{
		Reference: true,
		IsZero:    func(p mem.Pointer) bool { return reflect.NewAt(g, p).Elem().IsNil() },
		Encode: func(p mem.Pointer) (sqltype.Value, error) {
			var parts []string
			err := each(p, func(at mem.Pointer) error {
				text, err := w.text(at)
				parts = append(parts, text)
				return err
			})
			return sqltype.TextValue("{" + strings.Join(parts, ",") + "}"), err
		},
		Decode: func(r sqltype.Row, i int, p mem.Pointer) error {
			if r.IsNull(i) {
				return nullRange(t, g)
			}
			s := string(r.Text(i))
			if r.Err() != nil {
				return nil
			}
			if len(s) < 2 || s[0] != '{' {
				return errRange(t)
			}
			fresh := reflect.MakeSlice(g, 0, 1)
			for s = s[1:]; s != "}"; s = strings.TrimPrefix(s, ",") {
				v := reflect.New(w.one)
				rest, err := w.read(s, v.UnsafePointer())
				if err != nil {
					return err
				}
				fresh, s = reflect.Append(fresh, v.Elem()), rest
			}
			reflect.NewAt(g, p).Elem().Set(fresh)
			return nil
		},
	}
}

// round brings a range to the form in which it comes back.
func (w *rangeCodec) round(p mem.Pointer) {
	x := w.at(p)
	lower, upper, lb, ub, empty := x.ends()
	for _, end := range []mem.Pointer{lower, upper} {
		if w.inner.Round != nil {
			w.inner.Round(end)
		}
	}
	if w.days && !*empty {
		nextDay(lower, lb, Exclusive, Inclusive)
		nextDay(upper, ub, Inclusive, Exclusive)
	}
	x.normalize()
}

// nextDay moves an end to the next day, and its bound from one form to another.
func nextDay(p mem.Pointer, b *Bound, from, to Bound) {
	if *b == from {
		t := (*time.Time)(p)
		*t, *b = t.AddDate(0, 0, 1), to
	}
}

// text writes the canonical form of the range at p, which it leaves as it is.
func (w *rangeCodec) text(p mem.Pointer) (string, error) {
	own := reflect.New(w.one)
	own.Elem().Set(reflect.NewAt(w.one, p).Elem())
	w.round(own.UnsafePointer())
	lower, upper, lb, ub, empty := w.at(own.UnsafePointer()).ends()
	if *empty {
		return "empty", nil
	}
	var b strings.Builder
	b.WriteByte("([("[*lb])
	if err := w.end(&b, lower, *lb); err != nil {
		return "", err
	}
	b.WriteByte(',')
	if err := w.end(&b, upper, *ub); err != nil {
		return "", err
	}
	b.WriteByte(")])"[*ub])
	return b.String(), nil
}

func (w *rangeCodec) end(b *strings.Builder, p mem.Pointer, bound Bound) error {
	if bound == Unbounded {
		return nil
	}
	v, err := w.inner.Encode(p)
	if err != nil {
		return err
	}
	switch v.Kind() {
	case sqltype.KindInt64:
		b.WriteString(strconv.FormatInt(v.Int64(), 10))
	case sqltype.KindDecimal:
		b.WriteString(v.Text())
	case sqltype.KindDate:
		b.WriteString(v.Time().Format(time.DateOnly))
	case sqltype.KindDateTime:
		b.WriteString(v.Time().Format(`"2006-01-02 15:04:05.999999"`))
	default:
		b.WriteString(v.Time().Format(`"2006-01-02 15:04:05.999999+00"`))
	}
	return nil
}

var errEnd = errors.New("postgres: an end of the stored range was not understood")

// read reads the range that s starts with, and returns what follows.
func (w *rangeCodec) read(s string, p mem.Pointer) (rest string, err error) {
	lower, upper, lb, ub, empty := w.at(p).ends()
	reflect.NewAt(w.one, p).Elem().SetZero()
	if rest, ok := strings.CutPrefix(s, "empty"); ok {
		*empty = true
		return rest, nil
	}
	n := strings.IndexAny(s, ")]")
	if n < 0 || s[0] != '(' && s[0] != '[' {
		return s, errEnd
	}
	from, to, ok := strings.Cut(s[1:n], ",")
	if !ok {
		return s, errEnd
	}
	if *lb, err = w.readEnd(from, lower, s[0] == '['); err == nil {
		*ub, err = w.readEnd(to, upper, s[n] == ']')
	}
	return s[n+1:], err
}

func (w *rangeCodec) readEnd(text string, p mem.Pointer, inclusive bool) (Bound, error) {
	if text == "" {
		return Unbounded, nil
	}
	v, err := w.value(strings.Trim(text, `"`))
	if err != nil {
		return Unbounded, errEnd
	}
	if inclusive {
		return Inclusive, w.inner.Decode(sqltype.RowOf(v), 0, p)
	}
	return Exclusive, w.inner.Decode(sqltype.RowOf(v), 0, p)
}

// value reads an end as the server writes it, in the session's zone.
func (w *rangeCodec) value(text string) (sqltype.Value, error) {
	switch w.inner.Type.Kind() {
	case sqltype.KindInt64:
		n, err := strconv.ParseInt(text, 10, 64)
		return sqltype.Int64Value(n), err
	case sqltype.KindDecimal:
		_, err := sqltype.ParseDecimal(text)
		return sqltype.DecimalValue(text), err
	case sqltype.KindDate:
		t, err := time.Parse(time.DateOnly, text)
		return sqltype.DateValue(t), err
	case sqltype.KindDateTime:
		t, err := time.Parse("2006-01-02 15:04:05.999999", text)
		return sqltype.DateTimeValue(t), err
	}
	var t time.Time
	var err error
	for _, zone := range []string{"-07", "-07:00", "-07:00:00"} {
		if t, err = time.Parse("2006-01-02 15:04:05.999999"+zone, text); err == nil {
			break
		}
	}
	return sqltype.InstantValue(t), err
}
