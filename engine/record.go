package engine

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Record is a row of which the program does not know the columns beforehand.
// It is read by position, by name, or, by Value, through the column that was
// selected. It stays valid after the result is closed.
type Record struct {
	columns []resultColumn // shared by the records of a result
	values  []any          // nil for NULL
}

// Len returns the number of columns.
func (r Record) Len() int { return len(r.values) }

// Names returns the names of the columns, in order.
func (r Record) Names() []string {
	names := make([]string, len(r.columns))
	for i, c := range r.columns {
		names[i] = c.Name
	}
	return names
}

// At returns the value of a column by its position, from 0; nil for NULL. The
// value is of the column's Go type, or of the one that fits its SQL type best.
func (r Record) At(i int) any { return held(r.values[i]) }

// Get returns the value of the column of the name. A name that no column has,
// or several have, is an error; a name of the form table.column tells columns
// of joined tables apart.
func (r Record) Get(name string) (any, error) {
	i, err := r.find(name, func(c resultColumn) bool {
		return c.Name == name || c.Table != "" && c.Table+"."+c.Name == name
	})
	if err != nil {
		return nil, err
	}
	return r.At(i), nil
}

// Map returns the values by the names of their columns. Two columns of one name
// are an error.
func (r Record) Map() (map[string]any, error) {
	m := make(map[string]any, len(r.values))
	for i, c := range r.columns {
		if _, twice := m[c.Name]; twice {
			return nil, fmt.Errorf("engine: the result has the column %q twice; name one by As", c.Name)
		}
		m[c.Name] = r.At(i)
	}
	return m, nil
}

func (r Record) find(what string, is func(c resultColumn) bool) (int, error) {
	at := -1
	for i, c := range r.columns {
		if !is(c) {
			continue
		}
		if at >= 0 {
			return 0, fmt.Errorf("engine: the result has the column %q twice; name one by As, or say table.column", what)
		}
		at = i
	}
	if at < 0 {
		return 0, fmt.Errorf("engine: the result has no column %q; it has %s", what, strings.Join(r.Names(), ", "))
	}
	return at, nil
}

// Value returns the value of a column that the statement selected, as the
// column's Go type: a column of a table or alias, or an expression that was
// given a name by As. NULL is an error unless T can hold it.
func Value[T any](r Record, column expr.Of[T]) (T, error) {
	var v T
	want := compile.ResultColumnOf(column)
	name := want.Name
	if want.Table != "" {
		name = want.Table + "." + name
	}
	i, err := r.find(name, func(c resultColumn) bool { return c.Name == want.Name && c.Table == want.Table })
	if err != nil {
		return v, err
	}
	if r.values[i] == nil {
		if codec := column.Codec(); codec != nil && codec.Nullable {
			return v, nil
		}
		return v, fmt.Errorf("engine: the column %q is NULL, which %T can't hold; read it by Get", name, v)
	}
	v, ok := r.values[i].(T)
	if !ok {
		return v, fmt.Errorf("engine: the column %q is %T, and is read as %T", name, r.values[i], v)
	}
	return v, nil
}

// held returns what a pointer or sql.Null holds.
func held(v any) any {
	switch x := reflect.ValueOf(v); {
	case x.Kind() == reflect.Pointer:
		if x.IsNil() {
			return nil
		}
		return x.Elem().Interface()
	case x.Kind() == reflect.Struct && x.NumField() == 2 && x.Type().Field(1).Name == "Valid" && x.Type().PkgPath() == "database/sql":
		if !x.Field(1).Bool() {
			return nil
		}
		return x.Field(0).Interface()
	}
	return v
}

// goTypes are the Go types of values whose expression has none.
var goTypes = map[sqltype.Kind]reflect.Type{
	sqltype.KindInt64: reflect.TypeFor[int64](), sqltype.KindUint64: reflect.TypeFor[uint64](), sqltype.KindFloat64: reflect.TypeFor[float64](),
	sqltype.KindBool: reflect.TypeFor[bool](), sqltype.KindText: reflect.TypeFor[string](), sqltype.KindBytes: reflect.TypeFor[[]byte](),
	sqltype.KindDecimal: reflect.TypeFor[sqltype.Decimal](), sqltype.KindDate: reflect.TypeFor[time.Time](),
	sqltype.KindTimeOfDay: reflect.TypeFor[time.Duration](), sqltype.KindDateTime: reflect.TypeFor[time.Time](),
	sqltype.KindInstant: reflect.TypeFor[time.Time](), sqltype.KindUUID: reflect.TypeFor[uuid.UUID](), sqltype.KindJSON: reflect.TypeFor[json.RawMessage](),
}

// recordReader reads rows into records.
type recordReader struct {
	r       *Result
	columns []resultColumn
	codecs  []*sqltype.Codec // nil for a value that is taken as the driver has it
}

func newRecordReader(r *Result, columns []resultColumn) (*recordReader, error) {
	rec := &recordReader{r: r, columns: columns, codecs: make([]*sqltype.Codec, len(columns))}
	for i, c := range columns {
		if c.Codec != nil {
			rec.codecs[i] = c.Codec
			continue
		}
		if c.Type == nil || goTypes[c.Type.Kind()] == nil {
			continue
		}
		var err error
		if rec.codecs[i], err = c.codecFor(goTypes[c.Type.Kind()]); err != nil {
			return nil, fmt.Errorf("engine: column %q: %w", c.Name, err)
		}
	}
	return rec, nil
}

func (rec *recordReader) read(into *Record) error {
	into.columns, into.values = rec.columns, make([]any, len(rec.columns))
	for i, codec := range rec.codecs {
		if rec.r.rows.IsNull(i) {
			continue
		}
		if codec == nil {
			var err error
			if into.values[i], err = natural(rec.r.rows.Raw(i)); err != nil {
				return fmt.Errorf("engine: column %q: %w", rec.columns[i].Name, err)
			}
			continue
		}
		v := reflect.New(codec.Go)
		if err := codec.Decode(rec.r.rows, i, v.UnsafePointer()); err != nil {
			return fmt.Errorf("engine: column %q: %w", rec.columns[i].Name, err)
		}
		into.values[i] = v.Elem().Interface()
	}
	return nil
}

// natural is the value of a column of which only the driver knows a type.
func natural(raw sqltype.Raw) (any, error) {
	switch raw.Format {
	case sqltype.FormatText:
		return string(raw.Bytes), nil
	case sqltype.FormatBinary:
		return append([]byte{}, raw.Bytes...), nil
	}
	return naturalValue(raw.Value)
}

func naturalValue(v sqltype.Value) (any, error) {
	switch v.Kind() {
	case sqltype.KindNull:
		return nil, nil
	case sqltype.KindArray:
		list := make([]any, len(v.Array()))
		for i, e := range v.Array() {
			var err error
			if list[i], err = naturalValue(e); err != nil {
				return nil, err
			}
		}
		return list, nil
	}
	g := goTypes[v.Kind()]
	codec, err := sqltype.CodecFor(kindTypes[v.Kind()], g)
	if err != nil {
		return nil, err
	}
	p, row := reflect.New(g), sqltype.RowOf(v.Clone())
	if err := codec.Decode(row, 0, p.UnsafePointer()); err != nil {
		return nil, err
	}
	return p.Elem().Interface(), row.Err()
}
