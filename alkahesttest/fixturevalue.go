package alkahesttest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// convert makes the value of a column of what stands in a fixture.
func convert(col *schema.Column, v any) (sqltype.Value, error) {
	if v == nil {
		if !col.Nullable {
			return sqltype.Value{}, errors.New("the column can't be NULL")
		}
		return sqltype.NullValue(), nil
	}
	g := goType(col)
	codec, err := sqltype.CodecFor(col.Type, g)
	if err != nil {
		return sqltype.Value{}, err
	}
	p := reflect.New(g)
	if err := assign(p, v); err != nil {
		return sqltype.Value{}, fmt.Errorf("%s can't be made of a %T: %w", col.Type, v, err)
	}
	return codec.Encode(mem.Pointer(p.Pointer()))
}

// assign sets what p points to.
func assign(p reflect.Value, v any) error {
	to := p.Elem()
	text, isText := v.(string)
	switch {
	case reflect.TypeOf(v).AssignableTo(to.Type()):
		to.Set(reflect.ValueOf(v))
		return nil
	case isText && to.Type() == reflect.TypeFor[time.Time]():
		at, err := moment(text)
		to.Set(reflect.ValueOf(at))
		return err
	case isText && to.Type() == reflect.TypeFor[time.Duration]():
		d, err := duration(text)
		to.SetInt(int64(d))
		return err
	case to.Type() == reflect.TypeFor[sqltype.Decimal]():
		d, err := sqltype.ParseDecimal(fmt.Sprint(v))
		to.Set(reflect.ValueOf(d))
		return err
	}
	encoded, err := json.Marshal(v)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(encoded))
	d.UseNumber()
	return d.Decode(p.Interface())
}

// layouts are those in which fixtures tell times; without a zone they are UTC.
var layouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", time.DateOnly}

func moment(text string) (time.Time, error) {
	for _, layout := range layouts {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, errors.New("it is not of the form 2006-01-02, 2006-01-02 15:04:05 or 2006-01-02T15:04:05Z")
}

// duration reads a time of day or a Go duration.
func duration(text string) (time.Duration, error) {
	if strings.Count(text, ":") == 2 {
		at, err := time.Parse("15:04:05.999999999", text)
		return at.Sub(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)), err
	}
	return time.ParseDuration(text)
}

// goType is a Go type that holds the column's values: that of its entity, but
// without what says NULL.
func goType(col *schema.Column) reflect.Type {
	if col.Codec != nil {
		g := col.Codec.Go
		for g.Kind() == reflect.Pointer {
			g = g.Elem()
		}
		if g.PkgPath() != "database/sql" {
			return g
		}
	}
	return plainType(sqltype.Base(col.Type))
}

func plainType(t sqltype.Type) reflect.Type {
	if a, ok := t.(sqltype.Array); ok {
		return reflect.SliceOf(plainType(a.Elem))
	}
	switch t.Kind() {
	case sqltype.KindInt64:
		return reflect.TypeFor[int64]()
	case sqltype.KindUint64:
		return reflect.TypeFor[uint64]()
	case sqltype.KindFloat64:
		return reflect.TypeFor[float64]()
	case sqltype.KindBool:
		return reflect.TypeFor[bool]()
	case sqltype.KindBytes:
		return reflect.TypeFor[[]byte]()
	case sqltype.KindDecimal:
		return reflect.TypeFor[sqltype.Decimal]()
	case sqltype.KindDate, sqltype.KindDateTime, sqltype.KindInstant:
		return reflect.TypeFor[time.Time]()
	case sqltype.KindTimeOfDay, sqltype.KindInterval:
		return reflect.TypeFor[time.Duration]()
	case sqltype.KindJSON:
		return reflect.TypeFor[json.RawMessage]()
	}
	return reflect.TypeFor[string]()
}
