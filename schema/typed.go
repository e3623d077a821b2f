package schema

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/google/uuid"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Columner is a typed column: a field of a struct of columns.
type Columner interface {
	expr.Expression
	// Definition returns the column, or nil before the struct was declared.
	Definition() *Column
}

// Field is a typed column that Bind gives its place; a pointer to every typed
// column of this package implements it.
type Field interface {
	// declared returns what the constructor said, nil for the zero column.
	declared() *Column
	// goType is the Go type of the column's expressions.
	goType() reflect.Type
	// bind makes the column that of the source.
	bind(from expr.Source, def *Column) error
}

// column is what every typed column has beside its expression.
type column struct{ def *Column }

// Definition returns the column, or nil before the struct was declared.
func (c column) Definition() *Column {
	if c.def == nil || c.def.Table == nil {
		return nil
	}
	return c.def
}

func (c column) declared() *Column { return c.def }

func reference[T any](from expr.Source, def *Column) (expr.Expression, *sqltype.Codec, error) {
	codec, err := sqltype.CodecFor(def.Type, reflect.TypeFor[T]())
	if err != nil {
		return nil, nil, fmt.Errorf("schema: column %q: %w", def.Name, err)
	}
	if from == expr.Source(def.Table) && def.ref != nil && def.Codec == codec {
		return def.ref, codec, nil
	}
	return &expr.Column{From: from, Name: def.Name, Codec: codec}, codec, nil
}

// Num is a column of numbers that are T in Go.
type Num[T any] struct {
	expr.Num[T]
	column
}

// TextOf is a column of text that is T in Go.
type TextOf[T ~string] struct {
	expr.TextOf[T]
	column
}

// BoolOf is a column of truth values that are T in Go.
type BoolOf[T ~bool] struct {
	expr.BoolOf[T]
	column
}

// TimeOf is a column of dates, moments or times of day that are T in Go.
type TimeOf[T any] struct {
	expr.Ordered[T]
	column
}

// Val is a column of any other type: bytes, UUIDs, and types of one product.
type Val[T any] struct {
	expr.Scalar[T]
	column
}

// JSON is a column of JSON documents that are T in Go.
type JSON[T any] struct {
	expr.Scalar[T]
	column
}

// The short names of the common columns.
type (
	Int64   = Num[int64]
	Int32   = Num[int32]
	Int16   = Num[int16]
	Int     = Num[int]
	Float64 = Num[float64]
	Float32 = Num[float32]
	Decimal = Num[sqltype.Decimal]
	Text    = TextOf[string]
	Bool    = BoolOf[bool]
	Time    = TimeOf[time.Time]
	Clock   = TimeOf[time.Duration]
	Bytes   = Val[[]byte]
	UUID    = Val[uuid.UUID]
)

func (c *Num[T]) goType() reflect.Type    { return reflect.TypeFor[T]() }
func (c *TextOf[T]) goType() reflect.Type { return reflect.TypeFor[T]() }
func (c *BoolOf[T]) goType() reflect.Type { return reflect.TypeFor[T]() }
func (c *TimeOf[T]) goType() reflect.Type { return reflect.TypeFor[T]() }
func (c *Val[T]) goType() reflect.Type    { return reflect.TypeFor[T]() }
func (c *JSON[T]) goType() reflect.Type   { return reflect.TypeFor[T]() }

func (c *Num[T]) bind(from expr.Source, def *Column) error {
	x, codec, err := reference[T](from, def)
	c.def, c.Num = def, expr.NewNum[T](x, codec)
	return err
}

func (c *TextOf[T]) bind(from expr.Source, def *Column) error {
	x, codec, err := reference[T](from, def)
	c.def, c.TextOf = def, expr.NewText[T](x, codec)
	return err
}

func (c *BoolOf[T]) bind(from expr.Source, def *Column) error {
	x, codec, err := reference[T](from, def)
	c.def, c.BoolOf = def, expr.NewBool[T](x, codec)
	return err
}

func (c *TimeOf[T]) bind(from expr.Source, def *Column) error {
	x, codec, err := reference[T](from, def)
	c.def, c.Ordered = def, expr.Ordered[T]{Scalar: expr.NewScalar[T](x, codec)}
	return err
}

func (c *Val[T]) bind(from expr.Source, def *Column) error {
	x, codec, err := reference[T](from, def)
	c.def, c.Scalar = def, expr.NewScalar[T](x, codec)
	return err
}

func (c *JSON[T]) bind(from expr.Source, def *Column) error {
	x, codec, err := reference[T](from, def)
	c.def, c.Scalar = def, expr.NewScalar[T](x, codec)
	return err
}

var naturalTypes = map[sqltype.Kind]reflect.Type{
	sqltype.KindInt64:     reflect.TypeFor[int64](),
	sqltype.KindUint64:    reflect.TypeFor[uint64](),
	sqltype.KindFloat64:   reflect.TypeFor[float64](),
	sqltype.KindBool:      reflect.TypeFor[bool](),
	sqltype.KindText:      reflect.TypeFor[string](),
	sqltype.KindBytes:     reflect.TypeFor[[]byte](),
	sqltype.KindDecimal:   reflect.TypeFor[sqltype.Decimal](),
	sqltype.KindDate:      reflect.TypeFor[time.Time](),
	sqltype.KindDateTime:  reflect.TypeFor[time.Time](),
	sqltype.KindInstant:   reflect.TypeFor[time.Time](),
	sqltype.KindTimeOfDay: reflect.TypeFor[time.Duration](),
	sqltype.KindInterval:  reflect.TypeFor[time.Duration](),
	sqltype.KindUUID:      reflect.TypeFor[uuid.UUID](),
	sqltype.KindJSON:      reflect.TypeFor[json.RawMessage](),
}
